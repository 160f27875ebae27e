// Which notifier gets a line, and when: severity, checks, quiet hours, digest. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "heartbeat/window.h"
#include "tasks/records.h"

namespace chela::heartbeat {

enum class SayKind { opened, worse, reminder, flapping, event, recovered };

// One line for people, already safe to print.
struct SayLine {
  tasks::Severity severity = tasks::Severity::info;
  SayKind kind = SayKind::event;
  std::string check;
  std::string key;  // "" for a summary of several
  std::string text;
  std::optional<Timestamp> not_before{};          // said then, with what else waits for that time
  tasks::Severity worst = tasks::Severity::crit;  // of what is over: the worst that was said of it
  Timestamp last_said = Timestamp::max();         // of what is over: when it was said last
};

// A notifier that is on, and what its manifest says about lines.
struct NotifierRules {
  std::string id;
  tasks::Severity least = tasks::Severity::info;
  std::vector<std::string> checks{};  // only these, "mail-*" is all that begin so; none: all
  std::vector<std::string> except{};
  bool wants_recovered = true;
  Timestamp since{};  // it is on: what was said last before that, it was not told
  std::optional<Window> quiet{};
  std::optional<tasks::Severity> quiet_except{};  // from this on at once even then
  Duration digest{0};                             // below crit: waits so long for more
};

// When the line is to be sent, nullopt where the notifier does not get it. That something is over
// is told to whom it was told, and never in quiet hours.
std::optional<Timestamp> send_at(const NotifierRules& rules, const SayLine& line, Timestamp now);

// When a message that is due, or that failed, may be sent from `at` on: then, or at the end of
// quiet hours. `row` is a say row of that notifier.
Timestamp outside_quiet(const NotifierRules& rules, const tasks::OutboxRow& row, Timestamp at);

}  // namespace chela::heartbeat
