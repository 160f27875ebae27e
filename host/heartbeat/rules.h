// Turns one tick's alert changes into actions: tasks to open, change and close, lines to say. Pure
// functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "heartbeat/alerts.h"
#include "heartbeat/route.h"
#include "tasks/records.h"

namespace chela::heartbeat {

// No tick opens more tasks than this; what is beyond is folded into the last of them.
inline constexpr std::size_t kTasksPerTick = 5;

// Draws a fresh task id (base::random_id); decide() draws again while an id is known already.
using IdSource = std::function<std::string()>;

// What is known before the tick, from Ledger::load().
struct Known {
  std::vector<tasks::AlertRow> alerts{};   // open ones of all checks
  std::vector<tasks::TaskRow> tasks{};     // the mirror; `closed` may be a person's doing
  std::string task_backend{};              // instance that new tasks go to, "": the default one
  std::vector<NotifierRules> notifiers{};  // that lines go to, besides the plain ones of target ""
  std::vector<tasks::OutboxRow> outbox{};  // what is owed already: lines that wait may be joined
  std::vector<SayLine> news{};             // lines that no check stands behind
};

// What the tick comes to. `record` holds alerts, recovered, seen, outbox and tasks; the tick adds
// checks, runs and faults and commits it whole. Payloads of its outbox rows, in this order:
//   create_task {"id":"k3f9q2","title":"..","priority":"high","needs_human":true,"notes":"..",
//                "keys":["system/disk:/"]}                            id is the idempotency key
//   update_task {"id":"k3f9q2","notes":["recovered after 3 h 5 min"],"close":true}
//               {"id":"k3f9q2","notes":["now crit:
//               .."],"close":false,"priority":"high","needs_human":true}
//   say {"message_id":"0d3k8s2m5xqa","lines":[{"severity":"crit","kind":"opened","check":"system",
//                "key":"disk:/","text":".."}]}
//       one row for the plain lines (target "") and one for each notifier that gets any, and one
//       more for each time that some of them wait for. Lines for a notifier join a row that waits
//       already and that nobody has begun to send.
struct Actions {
  tasks::TickRecord record;
  std::vector<SayLine> lines;  // most severe first; recoveries last
};

// `changes` holds each check at most once. The rules:
//   * An opened condition gets a task of its own (id from `next_id`), or joins the open task that
//   names it.
//   * The first run of a check that finds several conditions opens one task for all and says one
//   line; its
//     events are remembered, not said.
//   * At most kTasksPerTick tasks: the most severe get their own, the rest share the last one.
//   * A condition that got worse than ever said is said again, noted in its task, and may raise its
//   priority.
//   * One that stays open is said again where fold() says so: a reminder, flapping, a snooze's end.
//   * Events of a snoozed check wait in the outbox for its end.
//   * A recovered one is said once and noted; its task is closed when no open alert shares it any
//   more.
//   * A task that a person closed is left alone; its alert stays known until it recovers.
Actions decide(const std::vector<AlertChanges>& changes, const Known& known, Timestamp now,
               const IdSource& next_id);

// The texts of the lines, or the single line "HEARTBEAT_OK" when there is nothing to say.
std::vector<std::string> tick_lines(const std::vector<SayLine>& lines);

}  // namespace chela::heartbeat
