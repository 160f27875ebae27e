// Looks at calendars, over CalDAV or as an ICS file behind an address: what starts soon, what is
// new or moved, what collides, and whether tomorrow begins early.
//
// Source: RFC 4791 (CalDAV), 6578 (sync-collection), 6764 (discovery), 5545 (iCalendar). Times are
// UTC seconds; what a person reads is in `timezone`. Nothing is ever written to a server.
#include <chela/check.h>
#include <chela/untrusted.h>

#include "dav.h"
#include "feed.h"
#include "judge.h"
#include "mirror_store.h"
#include "show.h"
#include "state_findings.h"

namespace check_calendar {
namespace {

namespace json = chela::json;

constexpr std::size_t kMostMirror = 3u << 20;
constexpr std::uint64_t kMostZoneFile = 256 * 1024;
constexpr const char* kZoneFolder = "/usr/share/zoneinfo/";

// What the last run left.
struct Past {
  StoredMirror stored{};
  Mirror mirror{};
  DavPlace place{};
  Told told{};
  Instant looked_at = 0;
};

class CalendarCheck : public chela::Check {
 public:
  explicit CalendarCheck(Settings settings) : settings_(std::move(settings)) {}

  static Result<std::unique_ptr<CalendarCheck>> create(const chela::Config& config) {
    CHELA_TRY(auto settings, read_settings(config));
    return std::make_unique<CalendarCheck>(std::move(settings));
  }

  Result<chela::Report> run(chela::Host& host) override {
    if (chela::get_bool(host.request(), "learn")) return learn(host);
    const bool is_brief = chela::get_bool(host.request(), "brief");
    const Instant now =
        std::chrono::floor<std::chrono::seconds>(host.clock().now()).time_since_epoch().count();
    CHELA_TRY(Past past, remember(host));
    CHELA_TRY(ZoneBook zones, open_zones(host));
    add_definitions(past.mirror, zones);

    Past present = past;
    Notes notes;
    std::vector<chela::Finding> troubles;
    const auto synced = sync(host, now, zones, present, notes, troubles);
    if (!synced && !(is_brief && !past.mirror.calendars.empty())) return fail(synced.error());
    Moment moment{now, past.looked_at, feed_age(present.mirror)};
    if (!synced) {
      // A brief from what is known is better than none; it says how old that is.
      present = past;
      moment.as_of = format_basic_time(zones.local().to_local(past.looked_at)) +
                     ", because the calendars cannot be reached now";
    }
    fit(present.mirror, kMostMirror, zones);
    const auto agenda = make_agenda(present.mirror, window_at(now), zones, notes);
    if (is_brief) return brief_report(agenda, moment, zones.local());

    const auto changes =
        changes_between(past.mirror, present.mirror, past.looked_at, now, zones, notes);
    chela::Report report = judge(agenda, changes, moment, zones.local(), present.told);
    for (const auto& trouble : troubles) report.add(trouble);
    add_state_findings(report, present.mirror, zones, notes);
    CHELA_TRY(present.stored, save_mirror(host, present.mirror, past.stored));
    present.looked_at = now;
    finish(report, present, agenda, notes, moment, zones.local());
    return report;
  }

 private:
  // Which calendars there are, for `calendars`.
  Result<chela::Report> learn(chela::Host& host) const {
    if (settings_.protocol == Settings::Protocol::ics)
      return chela::Report::ok("an ICS address is one calendar: there is nothing to choose");
    Settings all = settings_;
    all.calendars.clear();
    Dav dav(host, all);
    CHELA_TRY(const DavPlace place, dav.discover());
    CHELA_TRY(const auto listed, dav.list(place));
    chela::Report report =
        chela::Report::ok(std::to_string(listed.size()) + " calendars at " + place.url);
    for (const auto& item : listed) {
      report.add(chela::event("calendar:" + item.href, "calendar " + show_summary(item.name) +
                                                           " at " +
                                                           chela::untrusted_text(item.href))
                     .info()
                     .untrusted());
    }
    return report;
  }

  Window window_at(Instant now) const {
    // To the end of tomorrow at least, whatever the zone.
    return {now - std::max<Instant>(settings_.soon, kHour),
            now + std::max<Instant>(settings_.horizon, 3 * kDaySeconds)};
  }

  Result<Past> remember(chela::Host& host) const {
    Past past;
    const json::value& cursor = host.cursor();
    if (chela::get_string(cursor, "account") != settings_.fingerprint()) {
      // The other generation than the last one is free; which that was stays known.
      past.stored.generation = chela::get_string(cursor, "mirror");
      return past;
    }
    past.stored = stored_from(cursor);
    past.looked_at = chela::get_int(cursor, "looked_at");
    if (const auto* place = chela::find(cursor, "place")) {
      past.place.url = chela::get_string(*place, "url");
      past.place.is_home = chela::get_bool(*place, "home");
      past.place.addresses = chela::get_strings(*place, "addresses");
    }
    const auto* told = chela::find(cursor, "told");
    if (told != nullptr && told->is_object()) {
      for (const auto& [key, until] : told->get_object()) {
        if (until.is_int64()) past.told[key] = until.get_int64();
      }
    }
    auto mirror = load_mirror(host, past.stored);
    if (mirror) {
      past.mirror = *std::move(mirror);
      return past;
    }
    const ErrorCode code = mirror.error().code;
    if (code != ErrorCode::not_found && code != ErrorCode::data_loss) return fail(mirror.error());
    host.log().warn("the stored calendars are lost, they are read anew: " + mirror.error().message);
    past.stored.hash = 0;
    return past;
  }

  Result<ZoneBook> open_zones(chela::Host& host) const {
    const auto load = [&host](const std::string& name) -> std::optional<Zone> {
      const auto file = host.files().read(kZoneFolder + name, {.max_bytes = kMostZoneFile});
      if (!file) return std::nullopt;
      auto zone = parse_zone_file(file->bytes, name);
      return zone ? std::optional<Zone>(*std::move(zone)) : std::nullopt;
    };
    std::string name = settings_.timezone;
    if (name == "local") name = chela::get_string(host.request(), "timezone", "local");
    if (name == "local") {
      host.log().warn("this host's time zone has no name, UTC is taken; set `timezone`");
      name = "UTC";
    }
    if (name == "UTC") return ZoneBook(Zone{}, load);
    const auto file = host.files().read(kZoneFolder + name, {.max_bytes = kMostZoneFile});
    if (!file) return fail(file.error().code, "timezone " + name + ": " + file.error().message);
    CHELA_TRY(Zone zone, parse_zone_file(file->bytes, name));
    return ZoneBook(std::move(zone), load);
  }

  IntakeRules intake_rules(Instant now, const DavPlace& place) const {
    IntakeRules rules{now, settings_.addresses};
    rules.own_addresses.insert(rules.own_addresses.end(), place.addresses.begin(),
                               place.addresses.end());
    if (settings_.user.find('@') != std::string::npos)
      rules.own_addresses.push_back(settings_.user);
    return rules;
  }

  Result<void> sync(chela::Host& host, Instant now, ZoneBook& zones, Past& present, Notes& notes,
                    std::vector<chela::Finding>& troubles) const {
    if (settings_.protocol == Settings::Protocol::ics)
      return fetch_feed(host, settings_, intake_rules(now, {}), zones, present.mirror.calendars[""],
                        notes);
    Dav dav(host, settings_);
    const bool is_known = !present.place.url.empty();
    if (!is_known) {
      CHELA_TRY(present.place, dav.discover());
    }
    auto listed = dav.list(present.place);
    if (!listed && is_known && listed.error().code == ErrorCode::not_found) {
      CHELA_TRY(present.place, dav.discover());
      // What was there once, and is named, is missed by its name.
      listed =
          settings_.calendars.empty() ? dav.list(present.place) : dav.list_named(present.place);
    }
    if (!listed) return fail(listed.error());
    for (const auto& name : dav.missing_names(*listed)) {
      troubles.push_back(
          chela::condition("calendar-name:" + name, "the calendar '" + name + "' is not there")
              .detail("`calendars` names it, but the server has no calendar with events of this "
                      "name or path. It may have been renamed, deleted or no longer be shared; "
                      "`chela check learn` lists what is there."));
    }
    return sync_all(dav, *listed, intake_rules(now, present.place), zones, present, notes,
                    troubles);
  }

  // One calendar that cannot be read does not hide the others.
  static Result<void> sync_all(Dav& dav, const std::vector<DavItem>& listed,
                               const IntakeRules& rules, ZoneBook& zones, Past& present,
                               Notes& notes, std::vector<chela::Finding>& troubles) {
    std::set<std::string> paths;
    for (const auto& item : listed) paths.insert(item.href);
    std::erase_if(present.mirror.calendars,
                  [&](const auto& one) { return !paths.contains(one.first); });
    for (const auto& item : listed) {
      const auto done =
          dav.sync(present.place, item, rules, zones, present.mirror.calendars[item.href], notes);
      if (done) continue;
      const ErrorCode code = done.error().code;
      const bool is_its_own = code == ErrorCode::permission_denied ||
                              code == ErrorCode::not_found || code == ErrorCode::data_loss ||
                              code == ErrorCode::failed_precondition;
      if (!is_its_own || listed.size() == 1) return fail(done.error());
      troubles.push_back(chela::condition("calendar:" + item.href, "one calendar cannot be read")
                             .detail(done.error().message)
                             .untrusted());
    }
    return {};
  }

  static std::string feed_age(const Mirror& mirror) {
    const auto feed = mirror.calendars.find("");
    return feed == mirror.calendars.end() ? "" : feed->second.as_of;
  }

  static Result<chela::Report> brief_report(const std::vector<Entry>& agenda, const Moment& moment,
                                            const Zone& zone) {
    const auto found = brief(agenda, moment, zone);
    std::string summary = "nothing today or tomorrow";
    if (found.count > 0)
      summary = std::to_string(found.count) + (found.count == 1 ? " event" : " events") +
                " today and tomorrow";
    if (found.count > found.findings.size())
      summary += ", " + std::to_string(found.findings.size()) + " of them listed";
    chela::Report report = chela::Report::ok(summary);
    for (const auto& finding : found.findings) report.add(finding);
    return report;
  }

  chela::Report judge(const std::vector<Entry>& agenda, const std::vector<Change>& changes,
                      const Moment& moment, const Zone& zone, Told& told) const {
    chela::Report report = chela::Report::ok();
    const auto add = [&](const std::vector<chela::Finding>& findings) {
      for (const auto& finding : findings) report.add(finding);
    };
    add(starting_soon(agenda, settings_, moment, zone, told));
    add(tell_changes(changes, settings_, moment, zone));
    add(early_tomorrow(agenda, settings_, moment, zone, told));
    add(conflicts(agenda, settings_, moment, zone));
    return report;
  }

  void finish(chela::Report& report, const Past& present, const std::vector<Entry>& agenda,
              const Notes& notes, const Moment& moment, const Zone& zone) const {
    std::size_t kept = 0;
    for (const auto& [path, calendar] : present.mirror.calendars) kept += calendar.kept.size();
    std::string summary = std::to_string(present.mirror.calendars.size()) +
                          (present.mirror.calendars.size() == 1 ? " calendar, " : " calendars, ") +
                          std::to_string(kept) + " events kept";
    const auto next = std::find_if(agenda.begin(), agenda.end(), [&](const Entry& entry) {
      return !entry.is_all_day && entry.start > moment.now;
    });
    if (next != agenda.end()) {
      const Local local = zone.to_local(next->start);
      summary += "; the next at " + show_clock(local) + " on " + show_day(day_of_local(local));
    }
    if (notes.pending > 0) summary += "; " + std::to_string(notes.pending) + " still to be read";
    if (!moment.as_of.empty()) summary += "; as of " + moment.as_of.substr(0, 60);
    report.set_summary(summary);
    report.metric("events", static_cast<double>(kept), "");
    const json::value document = report.to_json();
    for (const auto& finding : document.at("findings").as_array()) {
      if (chela::get_string(finding, "severity") == "warn") report.set_status("warn");
    }
    report.set_cursor(make_cursor(present, moment.now));
  }

  json::object make_cursor(const Past& present, Instant now) const {
    json::object cursor{{"v", 1},
                        {"account", settings_.fingerprint()},
                        {"looked_at", present.looked_at},
                        {"place",
                         {{"url", present.place.url},
                          {"home", present.place.is_home},
                          {"addresses", json::value_from(present.place.addresses)}}}};
    put_stored(present.stored, cursor);
    json::object told;
    for (const auto& [key, until] : present.told) {
      if (until > now) told[key] = until;
    }
    cursor["told"] = std::move(told);
    return cursor;
  }

  Settings settings_;
};

}  // namespace
}  // namespace check_calendar

using check_calendar::CalendarCheck;
CHELA_CHECK(CalendarCheck)
