// What `chela status` knows: gathered without starting a worker, shown as text or JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/engine.h"
#include "heartbeat/history.h"

namespace chela::cli {

struct CheckView {
  std::string id;
  std::string state;  // ok, warn, crit, unknown, failing, quarantined, waits, new
  std::optional<Timestamp> last_ok;
  Timestamp next;  // kNever where it waits for another
  std::string summary;
  std::string waits_for;
  std::vector<tasks::RunRow> runs;  // newest first, at most 200
  heartbeat::History history;
  const tasks::CheckRow* row = nullptr;  // in `snapshot`; null where it never ran
};

struct FaultCount {
  std::string plugin;
  std::size_t count = 0;
  tasks::FaultRow newest;
};

struct MirrorView {
  std::string id;
  heartbeat::MirrorState state;
};

// One that is on, and what it is owed.
struct NotifierView {
  std::string id;
  std::int64_t waiting = 0;        // messages that could not be sent yet
  std::int64_t held = 0;           // those that wait for the end of quiet hours or for more lines
  std::optional<Timestamp> since;  // the oldest of them
  std::optional<Timestamp> next;   // the next try
  std::string problem;             // why, in the words of the last try
};

struct StatusView {
  tasks::Snapshot snapshot;
  std::string task_source;  // the backend that new tasks go to, or ""
  std::vector<MirrorView> mirrors;
  std::vector<NotifierView> notifiers;
  std::vector<CheckView> checks;
  std::vector<tasks::QuarantineRow> quarantines;
  std::vector<FaultCount> faults;  // of the last 24 h, by plugin
  std::vector<std::string> problems;
  std::string workspace;
  json::value enforced;  // what confined the last worker that was started, or null
  std::optional<std::int64_t> daemon_pid;
};

// `view` points into itself: it is filled where it stays.
Result<void> look(app::Engine& engine, Timestamp now, StatusView& view);

// {"workspace","daemon_pid","checks":[{"id","state","last_ok","next","summary","waits_for",
//  "uptime_percent","since","missed_slots","metrics","history":[["2026-11-22T05:40:11Z","ok",12],..]}],
//  "alerts":[..],"quarantines":[..],"faults":[{"plugin","count","newest","what"}],"problems":[..],
//  "open_tasks","tasks":{"queue":2,..},"outbox","confinement":{..},
//  "notifiers":[{"id","waiting","held","since","problem"}],"task_source","mirrors":[{"id","last_ok","pairs","failures","failing_since","problem"}]}
json::object to_json(const StatusView& view);

// The page as lines of at most 80 columns.
std::vector<std::string> status_lines(const StatusView& view, Timestamp now,
                                      heartbeat::Glyphs glyphs);

}  // namespace chela::cli
