#include "changes.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>

#include "agenda.h"

namespace check_calendar {
namespace {

constexpr Instant kAhead = 400 * kDaySeconds;
// The nearest occurrences tell enough, and whether they are too dense.
constexpr ExpandLimits kFew{20'000, kMostPerDay + 10};
constexpr std::size_t kMostCompared = 500;

struct Slot {
  std::string id;
  Instant start = 0, end = 0;
  bool is_all_day = false;
  std::string summary;
};

struct Slots {
  std::vector<Slot> list{};
  bool is_complete = true;
};

Slots slots_of(const Calendar& calendar, const std::string& key, Instant now, ZoneBook& zones) {
  Slots slots;
  const auto kept = calendar.kept.find(key);
  if (kept == calendar.kept.end()) return slots;
  const Series series = series_from(kept->second.text);
  const auto found = occurrences_of(series, {now, now + kAhead}, zones, kFew);
  slots.is_complete = found.is_complete;
  if (found.is_dense) return slots;
  for (const auto& one : found.list) {
    if (one.event->counts())
      slots.list.push_back({one.id, one.start, one.end, one.is_all_day, one.event->summary});
  }
  return slots;
}

bool is_before(const Slot& a, const Slot& b) {
  return std::tie(a.start, a.end, a.is_all_day) < std::tie(b.start, b.end, b.is_all_day);
}

// Takes out of both lists what did not change.
void drop_common(std::vector<Slot>& before, std::vector<Slot>& after) {
  std::stable_sort(before.begin(), before.end(), is_before);
  std::stable_sort(after.begin(), after.end(), is_before);
  std::vector<Slot> gone, fresh;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(gone), is_before);
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(fresh), is_before);
  before = std::move(gone);
  after = std::move(fresh);
}

// The new place of `old`: the same occurrence where its id is still there, else the next in order.
std::optional<Slot> take_partner(const Slot& old, std::vector<Slot>& after) {
  if (after.empty()) return std::nullopt;
  auto partner =
      std::find_if(after.begin(), after.end(), [&](const Slot& one) { return one.id == old.id; });
  if (partner == after.end()) partner = after.begin();
  Slot taken = *partner;
  after.erase(partner);
  return taken;
}

std::optional<Change> compare(const std::string& key, Slots before, Slots after,
                              const std::string& calendar, Instant last_look) {
  const bool was_there = !before.list.empty();
  const bool is_whole = before.is_complete && after.is_complete;
  drop_common(before.list, after.list);
  Change change;
  change.calendar = calendar;
  const auto describe_new = [&](const Slot& slot) {
    change.start = slot.start;
    change.end = slot.end;
    change.is_all_day = slot.is_all_day;
    change.summary = slot.summary;
  };
  if (!before.list.empty()) {
    const Slot old = before.list.front();
    change.old_start = old.start;
    change.old_end = old.end;
    change.summary = old.summary;
    change.is_all_day = old.is_all_day;
    change.others = before.list.size() - 1;
    const auto partner = take_partner(old, after.list);
    change.kind = partner ? Change::Kind::moved : Change::Kind::gone;
    if (partner) describe_new(*partner);
  } else if (!after.list.empty()) {
    // Of a long series only the nearest are compared; what comes in at the far end is no news.
    if (was_there && !is_whole) return std::nullopt;
    describe_new(after.list.front());
    change.others = after.list.size() - 1;
  } else {
    return std::nullopt;
  }
  static constexpr const char* kNames[] = {"new:", "moved:", "gone:"};
  change.key = kNames[static_cast<int>(change.kind)] + key + "@" +
               std::to_string(change.kind == Change::Kind::gone ? change.old_start : change.start) +
               "." + std::to_string(last_look);
  return change;
}

}  // namespace

std::vector<Change> changes_between(const Mirror& before, const Mirror& after, Instant last_look,
                                    Instant now, ZoneBook& zones, const Notes& notes) {
  std::vector<Change> changes;
  std::size_t compared = 0;
  for (const auto& [path, calendar] : after.calendars) {
    const auto old = before.calendars.find(path);
    if (old == before.calendars.end() || !old->second.is_complete || !calendar.is_complete)
      continue;
    std::set<std::string> keys;
    for (const auto& [key, resource] : calendar.kept) {
      const auto same = old->second.kept.find(key);
      if (same == old->second.kept.end() || same->second.text != resource.text) keys.insert(key);
    }
    for (const auto& [key, resource] : old->second.kept) {
      // What was only cut off for want of room is still there.
      if (!calendar.kept.contains(key) && !calendar.is_cut && !notes.declined.contains(key))
        keys.insert(key);
    }
    if (old->second.is_cut) {
      // Nobody knows which of them were there before.
      std::erase_if(keys, [&](const auto& key) { return !old->second.kept.contains(key); });
    }
    for (const auto& key : keys) {
      if (++compared > kMostCompared) return changes;
      auto change = compare(key, slots_of(old->second, key, now, zones),
                            slots_of(calendar, key, now, zones), calendar.name, last_look);
      if (change) changes.push_back(*std::move(change));
    }
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return std::max(a.start, a.old_start) < std::max(b.start, b.old_start);
  });
  return changes;
}

}  // namespace check_calendar
