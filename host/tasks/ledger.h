// The ledger: the truth about checks, alerts, tasks and what is still owed to the outside, in one
// SQLite file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"
#include "services/sqlite.h"
#include "tasks/mirror.h"
#include "tasks/records.h"

namespace chela::tasks {

// The text of the heartbeat state file as we last wrote it (a TickRecord's `meta` or set_meta).
inline constexpr const char* kMetaStateFile = "heartbeat_state";

// What a tick starts from. Seen events are read per check (Ledger::seen): loading all of them would
// cost more than a tick with nothing due may take.
struct Snapshot {
  std::vector<CheckRow> checks;
  std::vector<AlertRow> alerts;   // all that are open
  std::vector<OutboxRow> outbox;  // oldest first
  std::vector<TaskRow> tasks;     // open ones, and closed ones of the last 90 days
  std::vector<MuteRow> mutes;     // acknowledged and snoozed
  std::string state_file;         // as last written, or ""
};

struct FileVersion {
  std::int64_t id = 0;
  Timestamp at{};
  std::int64_t size_bytes = 0;
};

// Every function that writes is one durable transaction: after it returned, a power cut does not
// undo it; when it failed, nothing of it happened and it may be called again. Errors name the file:
//   resource_exhausted  the disk is full        permission_denied  read-only, or another user's
//   data_loss           the file is damaged     unavailable        another process held it for over
//   2 s
// Used by one thread.
class Ledger {
 public:
  // Opens the ledger, or creates it (mode 0600) with its folders. After a crash of the last writer
  // the whole file is checked first. Also fails with failed_precondition, nothing touched, for a
  // ledger of a newer chela (the message names both versions) or another program's file.
  static Result<Ledger> open(const std::filesystem::path& path);

  Result<Snapshot> load();

  // Applies everything a tick changed. `aborted` when another process committed a tick since this
  // object last loaded or committed: load again and decide again, or its tasks would be opened
  // twice. Keeps the last 200 runs of a check, and its newest 5,000 seen events of at most 90 days.
  Result<void> commit(const TickRecord& record);

  Result<std::vector<OutboxRow>> outbox();  // oldest first
  // Both are no error for a row that is already gone.
  Result<void> outbox_done(std::int64_t id);
  Result<void> outbox_failed(std::int64_t id, std::string_view error, Timestamp not_before);
  // Counts a try that begins now and gives the row as it is: from here on nothing joins it any
  // more. nullopt where it is gone. What became of the try: outbox_done, or outbox_put_off, which
  // counts no other one.
  Result<std::optional<OutboxRow>> outbox_begin(std::int64_t id);
  Result<void> outbox_put_off(std::int64_t id, std::string_view error, Timestamp not_before);

  // What is remembered of a check's conditions, open or not.
  Result<std::vector<ConditionRow>> conditions(std::string_view check);

  // What people said about alerts. A tick that is under way neither sees nor undoes it. `unmute`
  // takes back an acknowledgement and a snooze; nothing to take back is no error.
  Result<std::vector<MuteRow>> mutes();
  Result<void> mute(const std::vector<MuteRow>& rows);
  Result<void> unmute(const std::vector<AlertId>& ids);

  // The events of one check that were said already.
  Result<std::vector<SeenEvent>> seen(std::string_view check);
  Result<std::vector<RunRow>> runs(std::string_view check, int limit = 200);  // newest first

  Result<void> record_fault(const FaultRow& fault);  // the newest 1,000 are kept
  Result<std::vector<FaultRow>> faults_since(std::string_view plugin, Timestamp since);
  Result<void> set_quarantine(const QuarantineRow& row);
  Result<void> lift_quarantine(std::string_view plugin);
  Result<std::vector<QuarantineRow>> quarantines();

  // The mirror of the tasks: all of them, or what a backend says they have become.
  Result<std::vector<TaskRow>> tasks();
  Result<void> save_tasks(const std::vector<TaskRow>& rows);

  // What mirrored tasks looked like when both sides were last alike. Pairs of the two the other way
  // round are turned and taken over where there are none yet: somebody has made the mirror the
  // source.
  Result<std::vector<MirrorPair>> mirror_pairs(std::string_view source, std::string_view mirror);
  // Puts `pair` in the place of the one whose task in the source was `source_id` ("" = of none);
  // nullopt removes it. What chela wrote to that task up to `listed_at` is forgotten with it.
  Result<void> settle_mirror_pair(std::string_view source, std::string_view mirror,
                                  std::string_view source_id, const std::optional<MirrorPair>& pair,
                                  Timestamp listed_at);
  // Forgets what was written up to `listed_at` to tasks that are in no pair.
  Result<void> forget_mirror_writes(std::string_view mirror, Timestamp listed_at);
  // Remembers until the pair is settled that chela itself set `fields` (a chela.tasks/1 `set`, and
  // "note") of a task in the source; later ones are added.
  Result<void> record_mirror_write(std::string_view mirror, std::string_view source_id,
                                   const json::object& fields, Timestamp now);

  // chela.state/1. At most 1,000 keys per instance, keys of 1 to 200 bytes, values of at most 64
  // KiB: resource_exhausted or invalid_argument above that.
  Result<std::optional<std::string>> state_get(std::string_view instance, std::string_view key);
  Result<void> state_set(std::string_view instance, std::string_view key, std::string_view value);
  Result<void> state_remove(std::string_view instance, std::string_view key);
  Result<std::vector<std::string>> state_keys(std::string_view instance);

  // Earlier contents of a file, such as TASKS.md: the last 50 are kept, one equal to the newest is
  // not added.
  Result<void> keep_version(std::string_view path, Timestamp at, std::string_view content);
  Result<std::vector<FileVersion>> versions(std::string_view path);  // newest first
  Result<std::string> version_content(std::int64_t id);              // not_found

  Result<std::optional<std::string>> meta(std::string_view key);
  Result<void> set_meta(std::string_view key, std::string_view value);
  Result<void> remove_meta(std::string_view key);

 private:
  static Result<Ledger> open_once(const std::filesystem::path& path);
  explicit Ledger(services::Database database) : database_(std::move(database)) {}
  Result<std::int64_t> stored_revision();
  Result<void> write_findings(const TickRecord& record);
  Result<void> write_conditions(const TickRecord& record);
  Result<void> write_history(const TickRecord& record);
  Result<void> write_tasks(const std::vector<TaskRow>& rows);
  Result<void> put_fault(const FaultRow& fault);
  Result<void> put_mirror_pair(std::string_view source, std::string_view mirror,
                               const MirrorPair& pair);
  Result<void> put_meta(std::string_view key, std::string_view value);

  services::Database database_;
  std::int64_t revision_ = 0;  // the tick this object knows of
};

}  // namespace chela::tasks
