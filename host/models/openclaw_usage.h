// What OpenClaw's transcripts say was spent on heartbeats, cron jobs and sessions: lines in, sums
// out. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/catalog.h"

namespace chela::models {

enum class WorkKind {
  quiet_heartbeat,  // it woke, found nothing to say and said so
  heartbeat,        // it woke and did or said something, or was cut off
  cron,
  subagent,
  session,  // somebody asked, or nothing tells otherwise
};
const char* to_string(WorkKind kind);

struct WorkSum {
  std::int64_t turns = 0;  // a user message with all model calls up to the next
  std::int64_t calls = 0;
  std::int64_t input_tokens = 0;  // neither read from a cache nor written to one
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  std::int64_t output_tokens = 0;
  Usd recorded;                      // as the transcripts say
  Usd estimated;                     // by the catalogue, where they say nothing or zero
  std::int64_t estimated_calls = 0;  // whose cost is in `estimated`
  std::int64_t unpriced_calls = 0;   // whose cost nobody knows

  WorkSum& operator+=(const WorkSum& other);
  std::int64_t tokens() const {
    return input_tokens + cache_read_tokens + cache_write_tokens + output_tokens;
  }
};

struct SessionSum {
  WorkKind kind = WorkKind::session;  // of its last turn
  WorkSum sum;
};

struct OpenClawReport {
  std::map<WorkKind, WorkSum> by_kind;
  std::map<std::string, WorkSum> by_model;       // "provider/model"
  std::map<std::string, SessionSum> by_session;  // without heartbeats; see session_name
  std::int64_t unreadable_lines = 0;             // no JSON object: torn, or foreign
  std::int64_t long_lines = 0;
  std::int64_t repeated_calls = 0;  // copies of a call that is counted already (forks)

  WorkSum total() const;
};

// Which transcript the next lines are from.
struct TranscriptOrigin {
  std::string agent;
  std::string session_id;
  std::string session_key;  // "agent:main:main"; "" where the store does not name it any more
};

// One user text, without its envelope: what it began.
//   heartbeat_prompts  prompts of the configuration, beside those that OpenClaw has by default
enum class Opening { other, heartbeat, cron };
Opening opening_of(std::string_view text, const std::vector<std::string>& heartbeat_prompts);

// Whether a reply says nothing but HEARTBEAT_OK or NO_REPLY: the token at its beginning or end, at
// most 300 bytes beside it.
bool is_acknowledgement(std::string_view reply);

// What a session key says of its own: cron, subagent, session; `heartbeat` for sessions that only
// beat ("agent:main:main:heartbeat").
WorkKind kind_of_key(std::string_view session_key);

// Takes transcripts one after the other, line by line; keeps sums and one number per call.
class OpenClawUsage {
 public:
  // Counts calls in [since, until). `catalog` outlives it.
  OpenClawUsage(const Catalog& catalog, Timestamp since, Timestamp until,
                std::vector<std::string> heartbeat_prompts);

  void begin(TranscriptOrigin origin);
  // One entry: {"type":"message","id":..,"timestamp":"..Z","message":{"role":..,"content":..,
  // "provider":..,"model":..,"usage":{"input":..,"cost":{"total":..}}}}. What is none is passed
  // over.
  void line(std::string_view text);
  // What stands behind the last line end. A gateway may be writing it, so it is no fault that it
  // cannot be read.
  void unfinished_line(std::string_view text);
  // An entry that is too long to be read; `head` is how it begins.
  void long_line(std::string_view head);
  void end();

  const OpenClawReport& report() const { return report_; }

 private:
  struct Turn {
    Opening opening = Opening::other;
    bool is_quiet = false;  // the last reply was an acknowledgement, or none
    bool says_heartbeat_ok = false;
    bool is_asked = false;  // a user message began it
    std::string cron_id;
    std::vector<std::pair<std::string, WorkSum>> by_model;
  };

  void finish_turn();
  void take_user(const json::value& message);
  void take_assistant(const json::value& entry, const json::value& message);
  bool is_repeated(const json::value& entry, const WorkSum& sum);
  WorkKind kind_of_turn() const;
  std::string session_name(WorkKind kind) const;

  const Catalog* catalog_;
  Timestamp since_;
  Timestamp until_;
  std::vector<std::string> prompts_;
  TranscriptOrigin origin_;
  Turn turn_;
  std::unordered_set<std::uint64_t> seen_;  // at most kMostSeen
  OpenClawReport report_;
};

}  // namespace chela::models
