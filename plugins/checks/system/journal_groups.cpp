#include "journal_groups.h"

#include <algorithm>

#include "shape.h"
#include "words.h"

namespace check_system {
namespace {

namespace json = chela::json;
using chela::event;
using chela::Finding;

constexpr std::size_t kMostEvents = 20;
constexpr std::size_t kMostTold = 200;
constexpr int kAlertPriority = 1;

// The messages of one kind.
struct Group {
  std::string id;
  const Entry* first = nullptr;
  const Entry* last = nullptr;
  int count = 0;
  int priority = 7;
};

bool is_ignored(const JournalRules& rules, const Entry& entry) {
  const std::string line = entry.who + ": " + entry.message;
  return std::any_of(rules.ignored.begin(), rules.ignored.end(),
                     [&](const auto& pattern) { return matches(pattern, line); });
}

// Gravest first, then most often; else in the order of the journal.
std::vector<Group> group(const std::vector<Entry>& entries, const JournalRules& rules) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> places;
  for (const auto& entry : entries) {
    if (is_ignored(rules, entry)) continue;
    const std::string id = hash_of(shape_of(entry.who) + "\n" + shape_of(entry.message));
    const auto [place, is_new] = places.emplace(id, groups.size());
    if (is_new) groups.push_back({id, &entry, &entry, 0, 7});
    Group& one = groups[place->second];
    one.last = &entry;
    ++one.count;
    one.priority = std::min(one.priority, entry.priority);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.priority != b.priority ? a.priority < b.priority : a.count > b.count;
  });
  return groups;
}

Finding finding_of(const Group& group) {
  const std::string who = shown(group.first->who, 60);
  const auto& message = group.last->message;
  const auto first_line = std::string_view(message).substr(0, message.find('\n'));
  const std::string times = group.count == 1 ? "" : " (" + std::to_string(group.count) + " times)";
  Finding finding = event("journal:" + who + ":" + group.id + "@" + hash_of(group.first->cursor),
                          who + ": " + shown(first_line, 120) + times);
  finding.detail((group.count == 1
                      ? "An error in the journal, " + moment(group.first->at_ms) + ": "
                      : std::to_string(group.count) + " errors of this kind in the journal, " +
                            moment(group.first->at_ms) + " to " + moment(group.last->at_ms) +
                            ". The last: ") +
                 shown(message, 600) + "\n`journalctl -p 3 --since '" + moment(group.first->at_ms) +
                 "'` shows what else happened.");
  if (group.priority <= kAlertPriority) finding.crit();
  return finding;
}

void forget_old(std::map<std::string, std::int64_t>& told, std::int64_t before_ms) {
  std::erase_if(told, [&](const auto& one) { return one.second <= before_ms; });
  while (told.size() > kMostTold) {
    told.erase(std::min_element(told.begin(), told.end(),
                                [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
}

}  // namespace

json::object to_json(const JournalState& state) {
  json::object told;
  for (const auto& [id, at_ms] : state.told) told[id] = at_ms;
  return {{"folder", state.folder},
          {"cursor", state.cursor},
          {"since_ms", state.since_ms},
          {"told", std::move(told)}};
}

JournalState parse_journal_state(const json::value* value) {
  JournalState state;
  if (value == nullptr) return state;
  state.folder = chela::get_string(*value, "folder");
  state.cursor = chela::get_string(*value, "cursor");
  if (!is_cursor(state.cursor)) state.cursor.clear();
  state.since_ms = std::max<std::int64_t>(0, chela::get_int(*value, "since_ms"));
  const auto* told = chela::find(*value, "told");
  if (told == nullptr || !told->is_object()) return state;
  for (const auto& [id, at_ms] : told->get_object())
    if (at_ms.is_int64()) state.told[std::string(id)] = at_ms.get_int64();
  return state;
}

JournalNews judge_journal(const std::vector<Entry>& entries, const JournalRules& rules,
                          std::map<std::string, std::int64_t>& told, std::int64_t now_ms) {
  forget_old(told, now_ms - rules.again_after_ms);
  JournalNews news;
  const Entry* first_untold = nullptr;
  std::size_t untold = 0;
  for (const auto& one : group(entries, rules)) {
    news.errors += one.count;
    if (told.contains(one.id)) {
      news.repeats += one.count;
    } else if (news.events.size() < kMostEvents) {
      news.events.push_back(finding_of(one));
      told[one.id] = now_ms;
    } else {
      if (untold++ == 0) first_untold = one.first;
    }
  }
  if (untold > 0) {
    news.events.push_back(event("journal:more@" + hash_of(first_untold->cursor),
                                std::to_string(untold) + " more kinds of errors in the journal")
                              .detail("`journalctl -p 3` shows them."));
  }
  forget_old(told, now_ms - rules.again_after_ms);
  return news;
}

}  // namespace check_system
