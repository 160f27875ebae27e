#include "series.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "instants.h"
#include "when.h"

namespace check_calendar {
namespace {

constexpr std::size_t kMostLater = 50;       // of THISANDFUTURE in one series
constexpr std::size_t kMostStarts = 20'000;  // of all masters of one series

// One start of a master, and where it says so, its own length.
struct Start {
  Local local = 0;  // in the master's zone
  Instant instant = 0;
  Span length{};
};

// The difference of two times: whole days between dates, else seconds as a stopwatch shows them.
Span between(const When& start, const When& end, ZoneBook& zones) {
  if (start.is_date())
    return {std::max<std::int64_t>(1, (end.local - start.local) / kDaySeconds), 0};
  return {0, std::max<std::int64_t>(0, instant_of(end, zones) - instant_of(start, zones))};
}

Span length_of(const Event& event, ZoneBook& zones) {
  if (event.end) return between(event.start, *event.end, zones);
  if (event.length && event.length->days >= 0 && event.length->seconds >= 0) {
    Span length = *event.length;
    // A day that lasts an hour is a whole day.
    if (event.start.is_date()) length = {std::max<std::int64_t>(1, length.days), 0};
    return length;
  }
  return event.start.is_date() ? Span{1, 0} : Span{};
}

// Of an RDATE; `usual` is the length of its series.
Span length_of(const ExtraStart& extra, const Span& usual, ZoneBook& zones) {
  if (extra.length) return *extra.length;
  return extra.end ? between(extra.start, *extra.end, zones) : usual;
}

std::int64_t seconds_of(const Span& length) {
  return length.days * kDaySeconds + length.seconds;
}

Instant end_of(Local start, const Span& length, const Zone& zone) {
  return zone.to_instant(start + length.days * kDaySeconds) + length.seconds;
}

// UNTIL as the clock of DTSTART's zone shows it, the last second that is still in.
void settle_until(Rule& rule, const Event& master, const Zone& zone) {
  if (!rule.until) return;
  Until& until = *rule.until;
  if (until.form == Until::Form::utc) until.value = zone.to_local(until.value);
  if (until.form == Until::Form::date) {
    until.value *= kDaySeconds;
    if (!master.start.is_date()) until.value += kDaySeconds - 1;
  }
  until.form = Until::Form::local;
}

// DTSTART is the first of its series even where the rule does not name it (RFC 5545, 3.8.5.3).
// Returns what it cost to know.
std::int64_t count_first(Rule& rule, Local first, const ExpandLimits& limits) {
  if (!rule.count) return 0;
  const auto own = expand_rule(rule, first, first, first + 1, limits);
  if (own.starts.empty()) --*rule.count;
  return own.steps;
}

class Expand {
 public:
  Expand(const Event& master, const Window& window, ZoneBook& zones, const ExpandLimits& limits,
         Occurrences& out)
      : master_(master),
        zone_(zone_of(master.start, zones)),
        zones_(zones),
        limits_(limits),
        out_(out),
        length_(length_of(master, zones)) {
    // A day more on each side: no zone is further from UTC.
    from_ = window.from - seconds_of(length_) - kDaySeconds;
    to_ = window.to + kDaySeconds;
  }

  // Earlier starts matter as well where a later replacement moves them all, or makes them longer.
  void widen(std::int64_t seconds) {
    from_ -= seconds;
    to_ += seconds;
  }

  std::vector<Start> run() {
    add(master_.start.local, length_);
    for (const auto& text : master_.rules) {
      for (const Local local : starts_of(text)) add(local, length_);
    }
    for (const auto& extra : master_.extra) add_extra(extra);
    for (const auto& text : master_.excluded_rules) {
      const auto gone = starts_of(text);
      std::erase_if(starts_, [&](const Start& start) {
        return std::binary_search(gone.begin(), gone.end(), start.local);
      });
    }
    std::stable_sort(starts_.begin(), starts_.end(),
                     [](const Start& a, const Start& b) { return a.instant < b.instant; });
    // The rule, DTSTART and RDATE may all name the same; a gap may put two on one time.
    const auto last =
        std::unique(starts_.begin(), starts_.end(),
                    [](const Start& a, const Start& b) { return a.instant == b.instant; });
    starts_.erase(last, starts_.end());
    const NamedStarts excluded(master_.excluded, zones_);
    std::erase_if(starts_, [&](const Start& start) {
      return excluded.contain(start.local, start.instant, master_.start.is_date());
    });
    return std::move(starts_);
  }

  const Zone& zone() const { return zone_; }

 private:
  void add(Local local, const Span& length) {
    // One that is longer than the others may have begun before them.
    const std::int64_t more = std::max<std::int64_t>(0, seconds_of(length) - seconds_of(length_));
    if (local < from_ - more || local >= to_) return;
    starts_.push_back({local, zone_.to_instant(local), length});
  }

  void add_extra(const ExtraStart& extra) {
    add(zone_.to_local(instant_of(extra.start, zones_)), length_of(extra, length_, zones_));
  }

  std::vector<Local> starts_of(const std::string& text) {
    auto rule = parse_rule(text);
    if (!rule) {
      out_.is_complete = false;
      return {};
    }
    settle_until(*rule, master_, zone_);
    out_.steps += count_first(*rule, master_.start.local, limits_);
    auto expansion = expand_rule(*rule, master_.start.local, from_, to_, limits_);
    out_.is_complete = out_.is_complete && expansion.is_complete;
    out_.is_cut = out_.is_cut || !expansion.is_complete;
    out_.steps += expansion.steps;
    return std::move(expansion.starts);
  }

  const Event& master_;
  const Zone& zone_;
  ZoneBook& zones_;
  const ExpandLimits& limits_;
  Occurrences& out_;
  Span length_;
  Local from_ = 0, to_ = 0;
  std::vector<Start> starts_;
};

bool overlaps(const Occurrence& occurrence, const Window& window) {
  if (occurrence.start >= window.to) return false;
  return occurrence.end > window.from || occurrence.start >= window.from;
}

std::string id_of(const Event& master, const Start& start) {
  if (master.start.is_date()) return format_basic_date(day_of_local(start.local));
  return format_basic_time(start.instant) + "Z";
}

// How far a replacement moves its occurrence, by the clock of the master's zone.
std::int64_t shift_of(const Event& replacement, const Zone& zone, ZoneBook& zones) {
  return zone.to_local(instant_of(replacement.start, zones)) -
         zone.to_local(instant_of(*replacement.recurrence, zones));
}

Occurrence of_replacement(const Event& event, ZoneBook& zones) {
  const Zone& zone = zone_of(event.start, zones);
  Occurrence one{&event};
  one.id = event.recurrence->is_date()
               ? format_when(*event.recurrence)
               : format_basic_time(instant_of(*event.recurrence, zones)) + "Z";
  one.start = zone.to_instant(event.start.local);
  one.end = end_of(event.start.local, length_of(event, zones), zone);
  one.is_all_day = event.start.is_date();
  return one;
}

// What the replacements of one UID mean for its masters.
struct Replaced {
  explicit Replaced(const std::vector<const Event*>& replacements, ZoneBook& zones)
      : starts(names_of(replacements), zones) {
    for (const Event* one : replacements) {
      if (one->replaces_later_ones) later.emplace_back(instant_of(*one->recurrence, zones), one);
    }
    std::stable_sort(later.begin(), later.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    is_whole = later.size() <= kMostLater;
    if (!is_whole) later.resize(kMostLater);
  }

  // The change that is in force for what the rule puts at `instant`, or nullptr.
  const Event* change_at(Instant instant) const {
    const auto next = std::upper_bound(
        later.begin(), later.end(), instant,
        [](Instant at, const std::pair<Instant, const Event*>& one) { return at < one.first; });
    return next == later.begin() ? nullptr : std::prev(next)->second;
  }

  static std::vector<When> names_of(const std::vector<const Event*>& replacements) {
    std::vector<When> names;
    for (const Event* one : replacements) names.push_back(*one->recurrence);
    return names;
  }

  NamedStarts starts;
  std::vector<std::pair<Instant, const Event*>> later;  // THISANDFUTURE, by what they replace
  bool is_whole = true;
};

void expand_master(const Event& master, const Replaced& replaced, const Window& window,
                   ZoneBook& zones, const ExpandLimits& limits, Occurrences& out) {
  Expand expand(master, window, zones, limits, out);
  const Zone& zone = expand.zone();
  std::int64_t farthest = 0;
  for (const auto& [at, change] : replaced.later)
    farthest = std::max(
        farthest, std::abs(shift_of(*change, zone, zones)) + seconds_of(length_of(*change, zones)));
  expand.widen(farthest);
  out.is_complete = out.is_complete && replaced.is_whole;
  for (const Start& start : expand.run()) {
    if (master.repeats() &&
        replaced.starts.contain(start.local, start.instant, master.start.is_date()))
      continue;
    Occurrence one{&master, master.repeats() ? id_of(master, start) : "", start.instant};
    Local local = start.local;
    Span length = start.length;
    if (const Event* change = replaced.change_at(start.instant)) {
      one.event = change;
      local = start.local + shift_of(*change, zone, zones);
      length = length_of(*change, zones);
    }
    one.start = zone.to_instant(local);
    one.end = length.days == 0 ? one.start + length.seconds : end_of(local, length, zone);
    one.is_all_day = one.event->start.is_date();
    if (overlaps(one, window)) out.list.push_back(std::move(one));
  }
}

// Whether more than kMostPerDay of `list`, which is sorted, lie within 24 hours.
bool is_dense(const std::vector<Occurrence>& list) {
  for (std::size_t i = kMostPerDay; i < list.size(); ++i) {
    if (list[i].start - list[i - kMostPerDay].start < kDaySeconds) return true;
  }
  return false;
}

// What makes two events stand for the same.
auto identity_of(const Event& event) {
  const When& when = event.recurrence ? *event.recurrence : event.start;
  return std::tuple(event.recurrence.has_value(), event.uid, when.form, when.local, when.zone);
}

}  // namespace

Series make_series(std::vector<Event> events) {
  using Identity = decltype(identity_of(Event()));
  std::map<Identity, std::int64_t> newest;
  for (const auto& event : events) {
    const auto [same, is_first] = newest.emplace(identity_of(event), event.sequence);
    if (!is_first) same->second = std::max(same->second, event.sequence);
  }
  std::map<std::pair<Identity, std::string>, std::size_t> places;
  Series series;
  for (auto& event : events) {
    Identity identity = identity_of(event);
    if (event.sequence < newest[identity]) continue;
    auto& list = event.recurrence ? series.replacements : series.masters;
    const std::string name = event.recurrence ? "" : event.summary;
    const auto [same, is_first] = places.emplace(std::pair(std::move(identity), name), list.size());
    if (is_first) {
      list.push_back(std::move(event));
    } else {
      list[same->second] = std::move(event);
    }
  }
  return series;
}

Occurrences occurrences_of(const Series& series, const Window& window, ZoneBook& zones,
                           const ExpandLimits& limits) {
  Occurrences out;
  std::map<std::string_view, std::vector<const Event*>> replacements;
  for (const auto& one : series.replacements) replacements[one.uid].push_back(&one);
  std::map<std::string_view, Replaced> replaced;
  for (const auto& master : series.masters) {
    if (out.list.size() > kMostStarts) {
      out.is_complete = false;
      out.is_cut = true;
      break;
    }
    const auto& own =
        replaced.try_emplace(master.uid, replacements[master.uid], zones).first->second;
    expand_master(master, own, window, zones, limits, out);
  }
  for (const auto& event : series.replacements) {
    Occurrence one = of_replacement(event, zones);
    if (overlaps(one, window)) out.list.push_back(std::move(one));
  }
  std::stable_sort(out.list.begin(), out.list.end(),
                   [](const Occurrence& a, const Occurrence& b) { return a.start < b.start; });
  out.is_dense = is_dense(out.list);
  return out;
}

bool is_ahead(const Series& series, Instant now, ZoneBook& zones, std::int64_t& steps_left) {
  constexpr Instant kFarAway = 30 * 366 * kDaySeconds;
  const bool is_counting = std::any_of(series.masters.begin(), series.masters.end(),
                                       [](const Event& one) { return one.counts(); }) ||
                           std::any_of(series.replacements.begin(), series.replacements.end(),
                                       [](const Event& one) { return one.counts(); });
  if (!is_counting) return false;
  // One start is enough to know, and a rule that needs many steps for it is kept.
  const std::int64_t steps = std::clamp<std::int64_t>(steps_left, 100, 20'000);
  const auto found = occurrences_of(series, {now, now + kFarAway}, zones, {steps, 1});
  steps_left -= found.steps;
  return !found.list.empty() || !found.is_complete;
}

void drop_past(Series& series, Instant before, ZoneBook& zones) {
  // How long what a rule puts at one place can go on, and how far it can have been moved.
  std::map<std::string, std::int64_t, std::less<>> longest;
  const auto widen = [&](const Event& event, std::int64_t seconds) {
    std::int64_t& known = longest[event.uid];
    known = std::max(known, seconds);
  };
  for (const auto& master : series.masters) {
    widen(master, seconds_of(length_of(master, zones)));
    for (const auto& extra : master.extra) widen(master, seconds_of(length_of(extra, {}, zones)));
  }
  for (const auto& one : series.replacements) {
    if (!one.replaces_later_ones) continue;
    widen(one, seconds_of(length_of(one, zones)) +
                   std::abs(instant_of(one.start, zones) - instant_of(*one.recurrence, zones)));
  }
  const auto is_past = [&](const When& when, const Event& event) {
    return instant_of(when, zones) + longest[event.uid] + kDaySeconds < before;
  };
  for (auto& master : series.masters) {
    std::erase_if(master.excluded, [&](const When& when) { return is_past(when, master); });
    std::erase_if(master.extra, [&](const ExtraStart& extra) {
      // Without them a series of nothing but extra dates would turn into a single event.
      return !master.rules.empty() && !extra.length && !extra.end && is_past(extra.start, master);
    });
  }
  std::erase_if(series.replacements, [&](const Event& one) {
    return !one.replaces_later_ones && is_past(*one.recurrence, one) &&
           of_replacement(one, zones).end < before;
  });
}

}  // namespace check_calendar
