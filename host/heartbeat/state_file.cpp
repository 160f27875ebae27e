#include "heartbeat/state_file.h"

#include <cmath>

#include "base/text.h"
#include "base/time.h"
#include "chela/json.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

constexpr std::string_view kRootFile = "heartbeat-state.json";
// As seconds this is the year 5138, as milliseconds the year 1973: nobody means either.
constexpr double kSecondsBelow = 1e11;
constexpr double kMillisecondsBelow = 1e14;

std::optional<StateEntry> entry_of_number(double number) {
  if (!(number >= 0) || number >= kMillisecondsBelow) return std::nullopt;
  if (number >= kSecondsBelow) return StateEntry{Timestamp(Duration(std::llround(number))), 1ms};
  const Duration resolution = number == std::floor(number) ? Duration(1s) : Duration(1ms);
  return StateEntry{Timestamp(Duration(std::llround(number * 1000))), resolution};
}

std::optional<StateEntry> entry_of(const json::value& value) {
  if (value.is_null()) return StateEntry{};
  if (value.is_string()) {
    const auto time = base::parse_utc(std::string_view(value.get_string()));
    if (!time) return std::nullopt;
    const bool is_whole = time->time_since_epoch() % 1s == Duration::zero();
    return StateEntry{*time, is_whole ? Duration(1s) : Duration(1ms)};
  }
  if (!value.is_number()) return std::nullopt;
  return entry_of_number(value.to_number<double>());
}

std::map<std::string, StateEntry> entries_of(const std::vector<RawMember>& members,
                                             std::vector<std::string>& notes) {
  std::map<std::string, StateEntry> entries;
  for (const RawMember& member : members) {
    const auto value = parse_json(member.json);
    const auto entry = value ? entry_of(*value) : std::nullopt;
    if (entry) {
      entries.emplace(member.key, *entry);
    } else {
      notes.push_back("lastChecks." + base::printable(member.key, 100) + " is " +
                      base::printable(member.json, 60) +
                      "; wanted a time in s or ms, an ISO time or null; left as it is");
    }
  }
  return entries;
}

tl::unexpected<Error> corrupt(const std::string& what) {
  return fail(ErrorCode::data_loss, "heartbeat state is corrupt: " + what);
}

const RawMember* find_member(const std::vector<RawMember>& members, std::string_view key) {
  for (const RawMember& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

// The members of the object under `key`; none where it is missing or null.
Result<std::vector<RawMember>> object_under(const std::vector<RawMember>& members,
                                            std::string_view key) {
  const RawMember* found = find_member(members, key);
  if (found == nullptr || found->json == "null") return std::vector<RawMember>();
  auto parts = split_object(found->json);
  if (!parts) return corrupt("\"" + std::string(key) + "\" is not an object");
  return parts;
}

Result<void> read_own_part(StateFile& state) {
  CHELA_TRY(state.own, object_under(state.members, "chela"));
  if (const RawMember* version = find_member(state.own, "version")) {
    const auto value = parse_json(version->json);
    if (!value || !value->is_int64()) return corrupt("\"chela\".\"version\" is not a whole number");
    if (value->get_int64() > kStateVersion) {
      return fail(ErrorCode::failed_precondition,
                  "heartbeat state was written by a newer chela (format " + version->json +
                      ", this one knows " + std::to_string(kStateVersion) +
                      "); it is left untouched: update chela, or move the file away");
    }
  }
  CHELA_TRY(const auto written, object_under(state.own, "written"));
  std::vector<std::string>
      ignored;  // our own bookkeeping; what is unreadable there counts as not written
  state.written = entries_of(written, ignored);
  if (const RawMember* name = find_member(state.own, "takenOver")) {
    const auto value = parse_json(name->json);
    if (value && value->is_string()) state.taken_over = std::string(value->get_string());
  }
  return {};
}

// Whether `found` is what we wrote as `ours`, perhaps in a coarser form.
bool is_same(const StateEntry& found, const StateEntry& ours) {
  if (!found.time || !ours.time) return !found.time && !ours.time;
  return floor<Duration>(*found.time) <= *ours.time && *ours.time - *found.time < found.resolution;
}

// Milliseconds; where that number would read as seconds or as nothing (before 1973, after 5138),
// the ISO form.
std::string json_of(const std::optional<Timestamp>& time) {
  if (!time) return "null";
  const std::string number = std::to_string(time->time_since_epoch().count());
  const auto read = entry_of_number(static_cast<double>(time->time_since_epoch().count()));
  if (read && read->time == time) return number;
  std::string iso = base::format_utc(*time);
  const auto fraction = *time - floor<seconds>(*time);
  if (fraction != Duration::zero()) {
    const std::string digits = std::to_string(1000 + fraction / 1ms);
    iso.insert(iso.size() - 1, "." + digits.substr(1));
  }
  return '"' + iso + '"';
}

}  // namespace

Result<StateFile> read_state(std::string_view text) {
  if (text.size() > kMaxStateFile) {
    return fail(ErrorCode::resource_exhausted,
                "heartbeat state has " + std::to_string(text.size()) + " bytes; wanted at most " +
                    std::to_string(kMaxStateFile));
  }
  StateFile state;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return state;
  auto members = split_object(text);
  if (!members) return corrupt(members.error().message);
  state.members = *std::move(members);
  CHELA_TRY(read_own_part(state));
  CHELA_TRY(state.last_checks, object_under(state.members, "lastChecks"));
  state.entries = entries_of(state.last_checks, state.notes);
  return state;
}

Result<Merged> merge(std::string_view file_text, std::string_view last_written,
                     const TimesById& ledger_times) {
  CHELA_TRY(const StateFile file, read_state(file_text));
  const auto ours = read_state(last_written);
  const auto& written = last_written.empty() || !ours ? file.written : ours->entries;
  Merged merged{ledger_times, {}};
  for (const auto& [id, entry] : file.entries) {
    const auto before = written.find(id);
    if (before != written.end() && is_same(entry, before->second)) {
      // Ours, and not in the ledger only where the ledger was lost: then the file is all there is.
      if (!ledger_times.contains(id)) merged.times[id].last_ok = entry.time;
      continue;
    }
    const auto known = ledger_times.find(id);
    if (known != ledger_times.end() && is_same(entry, {known->second.last_ok, 1ms})) continue;
    merged.times[id] = CheckTimes{entry.time, std::nullopt, 0};
    merged.edits.push_back({id, entry.time});
  }
  return merged;
}

Result<void> take_over(std::string_view root_text, StateFile& state, TimesById& times) {
  if (!state.taken_over.empty()) return {};
  CHELA_TRY(const StateFile root, read_state(root_text));
  for (const auto& [id, entry] : root.entries) {
    CheckTimes& known = times[id];
    if (!known.last_ok && !known.last_attempt) known.last_ok = entry.time;
  }
  state.taken_over = std::string(kRootFile);
  return {};
}

std::string write_state(const StateFile& before, const TimesById& times) {
  auto members = before.members;
  auto last_checks = before.last_checks;
  std::vector<RawMember> written;
  for (const auto& [id, known] : times) {
    const std::string value = json_of(known.last_ok);
    set_member(last_checks, id, value);
    written.push_back({id, value});
  }
  auto own = before.own;
  set_member(own, "version", std::to_string(kStateVersion));
  if (!before.taken_over.empty()) {
    set_member(own, "takenOver", json::serialize(json::string(before.taken_over)));
  }
  set_member(own, "written", join_object(written, 4));
  set_member(members, "lastChecks", join_object(last_checks, 2));
  set_member(members, "chela", join_object(own, 2));
  return join_object(members, 0) + "\n";
}

}  // namespace chela::heartbeat
