// A message for a notifier, made of what the outbox owes it. Pure.
#pragma once

#include "chela/json.h"
#include "chela/result.h"
#include "tasks/records.h"

namespace chela::heartbeat {

// Of lines in the order of their time those that still hold: where several are about one finding's
// state (opened, worse, reminder, flapping, recovered), the last.
json::array latest_of(const json::array& lines);

// The chela.notifier.message/1 of a `say` row: its latest lines, the most severe first, a title for
// a subject. invalid_argument for a payload that is not ours or has no lines.
Result<json::value> message_of(const tasks::OutboxRow& row);

// The same of lines:
// [{"severity":"crit","kind":"opened","check":"system","key":"disk:/","text":".."}]
json::value make_message(const std::string& message_id, json::array lines, Timestamp made,
                         bool is_test);

// "crit: disk nearly full: /", "2 crit, 1 warn: disk nearly full: /"; what is over counts as such:
// "over: ..".
std::string title_of(const json::array& lines);

}  // namespace chela::heartbeat
