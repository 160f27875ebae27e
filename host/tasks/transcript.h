// What a selftest of a task backend did and saw, so that one machine's run can be held against
// another's. Pure.
#pragma once

#include <string>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::tasks {

// One program that the backend ran.
struct TranscriptCall {
  std::vector<std::string> argv;
  std::string input;
  int exit_code = 0;
  std::string out;
  std::string err;
  std::string error;  // where it could not be run
};

struct TranscriptStep {
  std::string name;  // "create", "list again", ...
  bool is_good = false;
  std::string remark;  // what differed or failed, or ""
  std::vector<TranscriptCall> calls;
};

// {"format":1,"backend":"reminders","steps":[{"name":"create","ok":true,"remark":"","calls":[{"argv":
//  [..],"stdin":"","exit_code":0,"stdout":"..","stderr":"..","error":""}]}]}
json::object to_json(const std::string& backend, const std::vector<TranscriptStep>& steps);
// invalid_argument for what is no transcript.
Result<std::vector<TranscriptStep>> transcript_from(const json::value& document);

// `text` with what differs from run to run taken out: UUIDs, points in time, and `own` (ids and
// titles of this run) become <uuid>, <time>, <own>.
std::string normalized(std::string_view text, const std::vector<std::string>& own);

// Where two runs differ, one line each: steps, number of calls, arguments, exit codes, outputs line
// by line. Both must be normalized.
std::vector<std::string> differences(const std::vector<TranscriptStep>& ours,
                                     const std::vector<TranscriptStep>& theirs);

}  // namespace chela::tasks
