// From what a program printed and how it ended to a report. Pure.
#pragma once

#include <map>
#include <string>

#include "chela/host.h"
#include "chela/report.h"
#include "nagios_output.h"
#include "range.h"

namespace check_exec {

struct Limits {
  std::optional<Range> warn;
  std::optional<Range> crit;
  std::string warn_text;  // as written
  std::string crit_text;
};

struct Wishes {
  std::string program;  // its name, for messages
  std::string key;      // of the condition
  std::string title;    // put before the program's own words; may be empty
  bool needs_human = false;
  std::map<std::string, Limits> limits;  // by label of the performance data
  chela::Duration timeout{};
};

// Nagios' exit codes: 0 ok, 1 warn, 2 crit, 3 unknown. A program that did not come so far (time,
// signal, 126, 127) is an Error: it could not check, which says nothing about what it looks at. A
// value outside of `limits` makes the report worse than the exit code, never better.
chela::Result<chela::Report> judge_nagios(const chela::ExecReply& reply, const Wishes& wishes);

// A program that prints a chela.check.report/1 itself; its exit code must be 0.
chela::Result<chela::Report> judge_report(const chela::ExecReply& reply, const Wishes& wishes);

}  // namespace check_exec
