// The expander against two that others wrote, python3-dateutil and ical.js, over thousands of
// random rules: each difference must be of a kind that the README explains.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <optional>

#include "ask_oracle.h"
#include "expand.h"
#include "random_rules.h"
#include "support/real_peers.h"

namespace check_calendar::test {
namespace {

constexpr int kRules = 3600;
constexpr std::size_t kMost = 300;

struct Case {
  RandomRule rule;
  Rule parsed;
  std::vector<std::string> ours;
};

std::vector<std::string> expand(const RandomRule& one, const Rule& parsed) {
  Rule rule = parsed;
  const auto found = expand_rule(rule, one.first, one.from, one.to, {50'000'000, kMost});
  std::vector<std::string> texts;
  for (const Local start : found.starts) texts.push_back(format_basic_time(start));
  return texts;
}

void set_to_first_start(Case& one) {
  Rule endless = one.parsed;
  endless.count.reset();
  endless.until.reset();
  const auto first =
      expand_rule(endless, one.rule.first, one.rule.first, one.rule.to, {50'000'000, 1});
  if (first.starts.empty()) return;
  const std::int64_t moved = first.starts[0] - one.rule.first;
  one.rule.first += moved;
  one.rule.from += moved;
  one.rule.to += moved;
}

std::vector<Case> draw_cases() {
  RuleDrawer drawer(20261128);
  std::vector<Case> cases;
  for (int i = 0; i < kRules; ++i) {
    Case one{drawer.draw(), {}, {}};
    const auto parsed = parse_rule(one.rule.text);
    EXPECT_TRUE(parsed.has_value()) << one.rule.text;
    if (!parsed) continue;
    one.parsed = *parsed;
    // RFC 5545 wants DTSTART to be the first start of its rule; most are, some are not.
    if (i % 8 != 0) set_to_first_start(one);
    one.ours = expand(one.rule, *parsed);
    cases.push_back(std::move(one));
  }
  return cases;
}

// The rule with its lists in order and without doubles: what a list means does not depend on that,
// but ical.js takes it in the order written.
std::string in_order(const RandomRule& one, const Rule& rule) {
  static constexpr const char* kDays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ";") + part; };
  const auto numbers = [&](const char* name, const std::vector<int>& list) {
    std::string joined;
    for (const int number : list) joined += (joined.empty() ? "" : ",") + std::to_string(number);
    if (!list.empty()) add(std::string(name) + "=" + joined);
  };
  for (std::size_t at = 0; at < one.text.size();) {
    const auto end = std::min(one.text.find(';', at), one.text.size());
    const std::string part = one.text.substr(at, end - at);
    if (!part.starts_with("BY")) add(part);
    at = end + 1;
  }
  numbers("BYMONTH", rule.months);
  numbers("BYWEEKNO", rule.week_numbers);
  numbers("BYYEARDAY", rule.year_days);
  numbers("BYMONTHDAY", rule.month_days);
  std::string days;
  for (const auto& day : rule.days) {
    days += (days.empty() ? "" : ",") + (day.ordinal == 0 ? "" : std::to_string(day.ordinal)) +
            kDays[day.weekday];
  }
  if (!days.empty()) add("BYDAY=" + days);
  numbers("BYHOUR", rule.hours);
  numbers("BYMINUTE", rule.minutes);
  numbers("BYSECOND", rule.seconds);
  numbers("BYSETPOS", rule.positions);
  return text;
}

std::string write_questions(const std::vector<Case>& cases) {
  std::string text;
  for (const auto& one : cases) {
    text += json::serialize(json::object{{"start", format_basic_time(one.rule.first)},
                                         {"rule", in_order(one.rule, one.parsed)},
                                         {"from", format_basic_time(one.rule.from)},
                                         {"to", format_basic_time(one.rule.to)},
                                         {"most", kMost}}) +
            "\n";
  }
  return text;
}

bool has_only_month_days(const Rule& rule) {
  return rule.frequency == Frequency::yearly && !rule.month_days.empty() && rule.months.empty() &&
         rule.days.empty() && rule.year_days.empty() && rule.week_numbers.empty();
}
bool mixes_ordinals(const Rule& rule) {
  const auto plain = std::count_if(rule.days.begin(), rule.days.end(),
                                   [](const RuleDay& day) { return day.ordinal == 0; });
  return plain > 0 && plain < static_cast<std::ptrdiff_t>(rule.days.size());
}

// Why dateutil may differ; "" where there is no reason known.
std::string reason_dateutil(const Case& one) {
  const Rule& rule = one.parsed;
  if (has_only_month_days(rule)) return "YEARLY;BYMONTHDAY without BYMONTH";
  if (!rule.week_numbers.empty() && rule.days.empty()) return "BYWEEKNO without BYDAY";
  if (!rule.week_numbers.empty() && (rule.interval > 1 || !rule.positions.empty()))
    return "BYWEEKNO with INTERVAL or BYSETPOS";
  if (mixes_ordinals(rule)) return "BYDAY with and without ordinals";
  if (rule.frequency == Frequency::weekly && !rule.positions.empty())
    return "WEEKLY;BYSETPOS in the week of DTSTART";
  return "";
}

bool names_its_first(const Case& one) {
  Rule endless = one.parsed;
  endless.count.reset();
  endless.until.reset();
  return !expand_rule(endless, one.rule.first, one.rule.first, one.rule.first + 1, {})
              .starts.empty();
}

// What ical.js 2.2.1 gets wrong, seen in these comparisons; where it differs, dateutil must side
// with us as well.
std::string reason_icaljs(const Case& one) {
  const Rule& rule = one.parsed;
  const bool has_times =
      rule.hours.size() > 1 || rule.minutes.size() > 1 || rule.seconds.size() > 1;
  const bool has_ordinals = std::any_of(rule.days.begin(), rule.days.end(),
                                        [](const RuleDay& day) { return day.ordinal != 0; });
  const bool counts_back =
      std::any_of(rule.month_days.begin(), rule.month_days.end(), [](int day) { return day < 0; });
  if (!names_its_first(one)) return "DTSTART that its rule does not name";
  if (!rule.week_numbers.empty()) return "BYWEEKNO";
  if (!rule.positions.empty()) return "BYSETPOS";
  if (counts_back) return "BYMONTHDAY from the end";
  if (rule.frequency == Frequency::yearly && has_times) return "YEARLY with several times a day";
  if (rule.frequency == Frequency::yearly && has_ordinals) return "YEARLY;BYDAY with ordinals";
  const int last_day = date_of(day_of_local(one.rule.first)).day;
  const bool meets_short_months =
      last_day > 28 ||
      std::any_of(rule.month_days.begin(), rule.month_days.end(), [](int day) { return day > 28; });
  if (meets_short_months) return "a day that the month does not have";
  if (rule.frequency >= Frequency::hourly && rule.interval > 1)
    return "HOURLY and below with INTERVAL";
  if (rule.frequency == Frequency::monthly && has_times && !rule.days.empty())
    return "MONTHLY;BYDAY with several times a day";
  if (rule.frequency == Frequency::monthly && !rule.months.empty())
    return "MONTHLY;BYMONTH with BYDAY or INTERVAL";
  return "";
}

// Where scripts/install_npm_peers.sh puts it; "" where it did not run.
std::string icaljs_folder() {
  const char* peers = std::getenv("CHELA_PEERS");
  const std::string folder =
      (peers != nullptr ? std::string(peers) : CHELA_PEERS_DIR) + "/node_modules/ical.js";
  return std::filesystem::exists(folder + "/dist/ical.es5.cjs") ? folder : "";
}

using Reason = std::string (*)(const Case&);
using Starts = std::optional<std::vector<std::string>>;  // nullopt: no answer

struct Oracle {
  const char* name;
  std::vector<Starts> answers{};
  Reason reason;
};

std::vector<Starts> read_answers(const std::vector<json::value>& lines) {
  std::vector<Starts> all;
  for (const auto& line : lines) {
    Starts& starts = all.emplace_back();
    if (!line.is_array()) continue;
    starts.emplace();
    for (const auto& start : line.get_array()) starts->emplace_back(start.as_string());
  }
  return all;
}

std::string shown(std::vector<std::string> list) {
  const auto size = list.size();
  if (size > 8) list.resize(8);
  return std::to_string(size) + " " + json::serialize(json::value_from(list));
}

// Counts and prints how often `oracle` differs, and why. `least_same`: how many in a hundred rules
// that were answered must come out the same. Where `judge` is given, it must side with us in each
// difference.
void compare(const std::vector<Case>& cases, const Oracle& oracle, int least_same,
             const Oracle* judge = nullptr) {
  ASSERT_EQ(oracle.answers.size(), cases.size()) << oracle.name << " did not answer every rule";
  std::map<std::string, int> kinds;
  int without_answer = 0, same = 0, confirmed = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& theirs = oracle.answers[i];
    without_answer += theirs ? 0 : 1;
    if (!theirs) continue;
    if (*theirs == cases[i].ours) {
      ++same;
      continue;
    }
    const std::string why = oracle.reason(cases[i]);
    ++kinds[why.empty() ? "not explained" : why];
    const bool is_judged = judge != nullptr && judge->answers[i] && judge->reason(cases[i]).empty();
    const bool is_right = is_judged && *judge->answers[i] == cases[i].ours;
    confirmed += is_right ? 1 : 0;
    if (!why.empty() && (!is_judged || is_right)) continue;
    ADD_FAILURE() << oracle.name << " differs: DTSTART:" << format_basic_time(cases[i].rule.first)
                  << " " << cases[i].rule.text << "\n from "
                  << format_basic_time(cases[i].rule.from) << "\n ours   " << shown(cases[i].ours)
                  << "\n theirs " << shown(*theirs);
  }
  std::cout << oracle.name << ": " << same << " of " << cases.size() << " rules the same, "
            << without_answer << " without an answer\n";
  for (const auto& [why, count] : kinds) std::cout << "  " << count << "  " << why << "\n";
  if (judge != nullptr)
    std::cout << "  of these differences " << judge->name << " agrees with ours in " << confirmed
              << "\n";
  const int answered = static_cast<int>(cases.size()) - without_answer;
  EXPECT_GT(answered, kRules / 2);
  EXPECT_GT(same, answered * least_same / 100);
}

TEST(ExpandRule, AgreesWithDateutilAndIcalJs) {
  CHELA_WANT_PEER(runs("/usr/bin/python3 -c 'import dateutil'"),
                  "install python3-dateutil (scripts/install_packages.sh --tests)");
  const auto cases = draw_cases();
  const std::string questions = write_questions(cases);
  const Oracle dateutil{
      "dateutil",
      read_answers(
          ask("/usr/bin/python3 " CHELA_PLUGIN_DIR "/oracles/dateutil_starts.py", questions)),
      &reason_dateutil};
  compare(cases, dateutil, 90);
  const std::string folder = icaljs_folder();
  CHELA_WANT_PEER(!folder.empty() && runs("node --version"),
                  "ical.js: run scripts/install_npm_peers.sh (node and npm)");
  // ical.js walks minute by minute, second by second; few of these come to an end.
  std::vector<Case> slower;
  std::vector<Starts> judged;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].parsed.frequency > Frequency::hourly) continue;
    slower.push_back(cases[i]);
    judged.push_back(dateutil.answers.at(i));
  }
  const Oracle judge{dateutil.name, judged, dateutil.reason};
  const Oracle icaljs{
      "ical.js",
      read_answers(ask("node " CHELA_PLUGIN_DIR "/oracles/icaljs_starts.cjs " + folder,
                       write_questions(slower))),
      &reason_icaljs};
  compare(slower, icaljs, 60, &judge);
}

}  // namespace
}  // namespace check_calendar::test
