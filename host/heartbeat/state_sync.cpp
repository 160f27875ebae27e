#include "heartbeat/state_sync.h"

#include <filesystem>

#include "base/durable_file.h"

namespace chela::heartbeat {
namespace {

TimesById times_of(const tasks::Snapshot& snapshot) {
  TimesById times;
  for (const auto& row : snapshot.checks)
    times[row.check] = {row.last_ok, row.last_attempt, row.consecutive_failures};
  return times;
}

void put_aside(const std::string& path, const Error& why, Timestamp now, SyncedTimes& synced) {
  synced.may_write = false;
  if (why.code == ErrorCode::failed_precondition) {  // a newer chela's: not ours to touch
    synced.problems.push_back(path + ": " + why.message);
    return;
  }
  const auto moved = base::set_aside(path, now);
  if (!moved) {
    synced.problems.push_back(path + ": " + why.message + "; " + moved.error().message);
    return;
  }
  synced.may_write = true;
  synced.set_aside = path + " was corrupt (" + why.message + "); it is kept as " + *moved +
                     ", and the times come from chela's ledger";
  synced.problems.push_back(*synced.set_aside);
}

// The text of `path`, "" where there is none.
Result<std::string> read_text(const std::string& path) {
  auto text = base::read_file(path, kMaxStateFile);
  if (!text && text.error().code == ErrorCode::not_found) return std::string();
  return text;
}

// Nobody's state: what grew without end, or was never ours.
bool is_too_large(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return !error && size > kMaxStateFile;
}

}  // namespace

SyncedTimes read_times(const std::string& path, const std::string& old_path,
                       const tasks::Snapshot& snapshot, Timestamp now) {
  SyncedTimes synced;
  synced.times = times_of(snapshot);
  const auto text = read_text(path);
  if (text) {
    synced.text = *text;
  } else if (is_too_large(path)) {
    put_aside(path, text.error(), now, synced);
  } else {
    synced.problems.push_back(text.error().message);
    synced.may_write = false;
  }
  auto file = read_state(synced.text);
  if (file) {
    // The file's own account of what chela wrote is as old as its entries, the ledger's may be one
    // crash ahead.
    const std::string last_written = file->written.empty() ? snapshot.state_file : "";
    if (const auto merged = merge(synced.text, last_written, synced.times); merged) {
      synced.times = merged->times;
      synced.edits = merged->edits;
    }
    synced.file = std::move(*file);
  } else {
    put_aside(path, file.error(), now, synced);
    synced.text.clear();
  }
  if (!synced.may_write || synced.file.taken_over == old_path) return synced;
  const auto old_text = read_text(old_path);
  if (!old_text) synced.problems.push_back(old_text.error().message + "; it is left alone");
  if (!old_text || old_text->empty()) return synced;
  const auto before = synced.times;
  if (const auto taken = take_over(*old_text, synced.file, synced.times); !taken) {
    synced.problems.push_back(old_path + ": " + taken.error().message + "; it is left alone");
  }
  for (const auto& [id, times] : synced.times) {
    const auto known = before.find(id);
    if (known == before.end() || known->second.last_ok != times.last_ok)
      synced.edits.push_back({id, times.last_ok});
  }
  return synced;
}

Result<void> write_times(const std::string& path, const SyncedTimes& synced, const TimesById& times,
                         tasks::Ledger& ledger) {
  if (!synced.may_write) return {};
  const std::string text = write_state(synced.file, times);
  if (text == synced.text) return {};
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error)
    return fail(ErrorCode::permission_denied,
                path + ": its folder cannot be made: " + error.message());
  CHELA_TRY(base::write_durably(path, text, 0644));
  return ledger.set_meta(tasks::kMetaStateFile, text);
}

}  // namespace chela::heartbeat
