#include "first_run.h"

#include <algorithm>

namespace weather {
namespace {

namespace json = chela::json;

constexpr std::size_t kMost = 20;  // with their texts they stand in the cursor
constexpr const char* kAlert = "alert:";
// A clock that was wrong once must not hold anything for years.
constexpr std::int64_t kLatest = 7'258'118'400'000;

// "gusts" of "gusts:497224".
std::string kind_of(const json::value& finding) {
  const std::string key = chela::get_string(finding, "key");
  return key.substr(0, key.find(':'));
}

}  // namespace

std::vector<Held> hold(const std::vector<chela::Finding>& findings, Told& told,
                       std::map<std::string, Severity>& seen) {
  std::vector<Held> held;
  std::map<std::string, Severity> held_alerts;
  for (const auto& one : findings) {
    Held made{one.value(), kind_of(one.value()), {}, ""};
    const bool has_room = held.size() < kMost;
    if (made.kind == "alert") {
      made.kind.clear();
      made.alert = chela::get_string(one.value(), "key").substr(std::string(kAlert).size());
      const auto at = seen.find(made.alert);
      // A key that is no id's own is a changed one: its warning is an event of the second run.
      if (has_room && at != seen.end() && held_alerts.insert(*at).second)
        held.push_back(std::move(made));
    } else if (has_room && (made.kind == "gusts" || made.kind == "thunder")) {
      made.until = told[made.kind];
      held.push_back(std::move(made));
    } else {
      told.erase(made.kind);
    }
  }
  seen = std::move(held_alerts);
  return held;
}

void keep_forecast(std::vector<Held>& held, const std::map<std::string, Episode>& episodes,
                   Told& told) {
  std::erase_if(held, [&](Held& one) {
    if (!one.alert.empty()) return false;
    const auto at = episodes.find(one.kind);
    if (at != episodes.end() && is_same(at->second.begin, one.until)) {
      one.until = at->second.end;
      return false;
    }
    told.erase(one.kind);
    return true;
  });
}

void keep_unfinished(std::vector<Held>& held, chela::Timestamp now) {
  std::erase_if(held, [&](const Held& one) { return one.alert.empty() && one.until <= now; });
}

void keep_alerts(std::vector<Held>& held, const std::vector<Alert>& alerts,
                 const std::map<std::string, Severity>& seen) {
  std::erase_if(held, [&](Held& one) {
    if (one.alert.empty()) return false;
    for (const auto& alert : alerts) {
      const bool is_it = alert.id == one.alert ||
                         std::find(alert.replaces.begin(), alert.replaces.end(), one.alert) !=
                             alert.replaces.end();
      if (!is_it || !seen.contains(alert.id)) continue;
      one.alert = alert.id;
      return false;
    }
    return true;
  });
}

chela::Finding finding_of(const Held& held) {
  auto finding = chela::condition(chela::get_string(held.finding, "key"),
                                  chela::get_string(held.finding, "title"));
  finding.detail(chela::get_string(held.finding, "detail"));
  const std::string severity = chela::get_string(held.finding, "severity");
  if (severity == "crit") finding.crit();
  if (severity == "info") finding.info();
  if (chela::get_bool(held.finding, "untrusted")) finding.untrusted();
  return finding;
}

json::array write_held(const std::vector<Held>& held) {
  json::array list;
  for (const auto& one : held) {
    list.push_back(json::object{{"finding", one.finding},
                                {"kind", one.kind},
                                {"until", one.until.time_since_epoch().count()},
                                {"alert", one.alert}});
  }
  return list;
}

std::vector<Held> read_held(const json::value& cursor) {
  std::vector<Held> held;
  const auto* list = chela::find(cursor, "first");
  if (list == nullptr || !list->is_array()) return held;
  for (const auto& value : list->get_array()) {
    const auto* finding = chela::find(value, "finding");
    const auto until = chela::get_int(value, "until");
    if (finding == nullptr || until < 0 || until > kLatest) continue;
    if (chela::get_string(*finding, "key").empty() || chela::get_string(*finding, "title").empty())
      continue;
    held.push_back({finding->get_object(), chela::get_string(value, "kind"),
                    chela::Timestamp(chela::Duration(until)), chela::get_string(value, "alert")});
  }
  return held;
}

}  // namespace weather
