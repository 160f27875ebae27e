// What systemctl and timedatectl print, and what is made of it. The texts are written in the shape
// that systemd 252 prints.
#include <gtest/gtest.h>

#include "clock_sync.h"
#include "units.h"
#include "words.h"

namespace check_system {
namespace {

using chela::Timestamp;

constexpr std::int64_t kHour = 3600 * 1000;
constexpr std::int64_t kNow = 1'795'745'000'000;

// "key [severity] title; ..", for short comparisons.
std::string show(const Outcome& outcome) {
  std::string text;
  for (const auto& finding : outcome.findings) {
    text += (text.empty() ? "" : "; ") + chela::get_string(finding.value(), "key") + " [" +
            chela::get_string(finding.value(), "severity") + "] " +
            chela::get_string(finding.value(), "title");
  }
  return text;
}

std::string detail(const Outcome& outcome, std::size_t i = 0) {
  return chela::get_string(outcome.findings.at(i).value(), "detail");
}

TEST(ParseFailedUnits, ReadsTheListOrRefuses) {
  const struct {
    const char* name;
    const char* text;
    int units;  // -1 = refused
  } cases[] = {
      {"none", "[]\n", 0},
      {"one",
       R"([{"unit":"backup.service","load":"loaded","active":"failed","sub":"failed","description":"Nightly backup"}])",
       1},
      {"members of the future", R"([{"unit":"a.mount","new":[1]},{"unit":"b.service"}])", 2},
      {"the table of an old systemctl", "  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units\n", -1},
      {"empty", "", -1},
      {"no list", R"({"unit":"a.service"})", -1},
      {"no names", R"([{"load":"loaded"}])", -1},
      {"no objects", "[1]", -1},
      {"cut off", R"([{"unit":"a.serv)", -1},
      {"bytes", "\xff\xfe", -1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto units = parse_failed_units(c.text);
    ASSERT_EQ(units.has_value(), c.units >= 0);
    if (units) {
      EXPECT_EQ(units->size(), static_cast<std::size_t>(c.units));
    } else {
      EXPECT_EQ(units.error().code, chela::ErrorCode::data_loss);
    }
  }
}

TEST(ParseTimers, TakesZeroAndNullForNever) {
  const auto timers = parse_timers(
      R"([{"next":1795824000000000,"left":1795824000000000,"last":1795745067700829,"passed":1,"unit":"a.timer","activates":"a.service"},
          {"next":null,"left":null,"last":0,"passed":0,"unit":"b.timer","activates":"b.service"},
          {"next":"soon","last":-5,"unit":"c.timer"}])");
  ASSERT_TRUE(timers) << timers.error().message;
  ASSERT_EQ(timers->size(), 3u);
  EXPECT_EQ((*timers)[0].next_ms, 1'795'824'000'000);
  EXPECT_EQ((*timers)[0].last_ms, 1'795'745'067'700);
  EXPECT_EQ((*timers)[0].service, "a.service");
  for (const int i : {1, 2}) {
    EXPECT_FALSE((*timers)[static_cast<std::size_t>(i)].next_ms);
    EXPECT_FALSE((*timers)[static_cast<std::size_t>(i)].last_ms);
  }
  for (const char* text : {"", "NEXT LEFT LAST\n", "{}", R"([{"activates":"x.service"}])"})
    EXPECT_FALSE(parse_timers(text)) << text;
}

TEST(ParseServices, ReadsOneBlockForEachUnit) {
  const auto services = parse_services(
      "Result=exit-code\nExecMainStatus=3\nId=backup.service\nTriggeredBy=backup.timer\n"
      "ActiveState=failed\nStateChangeTimestamp=Fri 2026-11-27 02:04:26 UTC\nNew=x=y\n\n"
      "Result=success\nExecMainStatus=0\nId=quick.service\nTriggeredBy=\nActiveState=inactive\n\n"
      "Result=signal\nno equals sign\n\n"
      "Id=last.service\nResult=oom-kill\nExecMainStatus=x");
  ASSERT_EQ(services.size(), 3u);
  const Service& backup = services.at("backup.service");
  EXPECT_EQ(backup.result, "exit-code");
  EXPECT_EQ(backup.exit_status, 3);
  EXPECT_EQ(backup.started_by, "backup.timer");
  EXPECT_EQ(backup.since, "Fri 2026-11-27 02:04:26 UTC");
  EXPECT_EQ(services.at("quick.service").exit_status, 0);
  EXPECT_EQ(services.at("last.service").result, "oom-kill");
  EXPECT_TRUE(parse_services("").empty());
  EXPECT_TRUE(parse_services("\xff\n\n\n=\n").empty());
}

TEST(JudgeUnits, TellsEachFailedUnitOnce) {
  Manager manager;
  manager.services["backup.service"] = {"exit-code", "failed", 3, "Fri 2026-11-27 02:04:26 UTC",
                                        "backup.timer"};
  manager.services["flaky.service"] = {"signal", "activating", 11, "", "flaky.timer"};
  manager.services["good.service"] = {"success", "inactive", 0, "", "good.timer"};
  const std::vector<Timer> timers{{"backup.timer", "backup.service", {}, {}},
                                  {"flaky.timer", "flaky.service", {}, {}},
                                  {"good.timer", "good.service", {}, {}},
                                  {"odd.timer", "odd.target", {}, {}}};
  const std::vector<Unit> failed{{"backup.service", "Nightly\x1b[31m backup"},
                                 {"srv.mount", "srv.mount"}};
  const auto outcome = judge_units(manager, failed, timers);
  EXPECT_EQ(show(outcome),
            "unit:backup.service [warn] backup.service has failed; "
            "unit:srv.mount [warn] srv.mount has failed; "
            "unit:flaky.service [warn] flaky.service has failed");
  EXPECT_EQ(outcome.summary, "3 failed units");
  EXPECT_EQ(detail(outcome),
            "Nightly?[31m backup. It ended with exit code 3. Since Fri 2026-11-27 02:04:26 UTC. "
            "Started by backup.timer. `systemctl status backup.service` tells more.");
  EXPECT_EQ(detail(outcome, 1), "`systemctl status srv.mount` tells more.");
  EXPECT_EQ(detail(outcome, 2),
            "It was ended by signal 11. Started by flaky.timer. `systemctl status flaky.service` "
            "tells more.");
  EXPECT_EQ(show(judge_units(manager, {}, {timers[2]})), "");
}

TEST(JudgeUnits, NamesTheUsersOwnApartAndPassesOverTheIgnored) {
  const Manager manager{true, {}, {"snap-*.mount", "x?.service"}};
  const auto outcome =
      judge_units(manager, {{"snap-core.mount", ""}, {"x1.service", ""}, {"x10.service", ""}}, {});
  EXPECT_EQ(show(outcome), "user-unit:x10.service [warn] x10.service of the user has failed");
  EXPECT_EQ(outcome.summary, "1 failed unit of the user");
  EXPECT_EQ(detail(outcome), "`systemctl --user status x10.service` tells more.");
}

TEST(JudgeUnits, TellsTwentyAndTheNumberOfTheRest) {
  std::vector<Unit> failed;
  for (int i = 0; i < 57; ++i) failed.push_back({"u" + std::to_string(i) + ".service", ""});
  const auto outcome = judge_units({}, failed, {});
  ASSERT_EQ(outcome.findings.size(), 21u);
  EXPECT_EQ(chela::get_string(outcome.findings.back().value(), "title"), "37 more failed units");
  EXPECT_EQ(chela::get_string(outcome.findings.back().value(), "key"), "unit:more");
  EXPECT_EQ(outcome.summary, "57 failed units");
}

// `last`, `next` and `due` in hours from now; `due` is what an earlier look was promised.
TEST(JudgeTimers, TellsWhatHasNotRunForTwoPeriods) {
  constexpr double kNone = 1e9;
  const struct {
    const char* name;
    double last, next, due;
    bool is_overdue;
  } cases[] = {
      {"a daily one in order", -5, 19, kNone, false},
      {"late, but not by a whole period", -30, -6, kNone, false},
      {"two periods without a run", -49, -1, -25, true},
      {"the same without an earlier look", -49, -25, kNone, true},
      {"put off each time: the first promise counts", -49, 12, -25, true},
      {"put off once after a start of the machine", -30, 12, -6, false},
      {"just on the edge", -48, 0, -24, false},
      {"a quick one has an hour's grace", -0.5, -0.4, kNone, false},
      {"a quick one beyond it", -2, -1.5, kNone, true},
      {"it runs now", -0.01, -0.02, kNone, false},
      {"never ran", kNone, -100, kNone, false},
      {"never again", -500, kNone, kNone, false},
      {"started by hand, so the promise is another one's", -1, 23, -25, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto at = [&](double hours) -> std::optional<std::int64_t> {
      if (hours == kNone) return std::nullopt;
      return kNow + static_cast<std::int64_t>(hours * kHour);
    };
    Promises promises;
    const bool is_other_run = std::string(c.name).starts_with("started by hand");
    if (c.due != kNone)
      promises["a.timer"] = {is_other_run ? kNow - 49 * kHour : *at(c.last), *at(c.due)};
    const Timer timer{"a.timer", "a.service", at(c.last), at(c.next)};
    const auto outcome = judge_timers({}, {timer}, promises, kNow);
    EXPECT_EQ(show(outcome), c.is_overdue ? "timer:a.timer [warn] a.timer is overdue" : "");
    if (c.due != kNone && !is_other_run) {
      EXPECT_EQ(promises.at("a.timer").due_ms, *at(c.due)) << "the first promise is kept";
    }
  }
}

// Of a look after a pause; `last`, `next` and `due` as above.
TEST(JudgeTimers, DoesNotCountPausesOfTheMachine) {
  constexpr double kNone = 1e9;
  const struct {
    const char* name;
    double last, next, due;
    double paused;  // before the last look
    double pause;   // before this look
    double least;   // as long as looks may lie apart
    bool is_overdue;
  } cases[] = {
      {"one that stood still in suspend, after a weekend", -68, 18, -44, 0, 62, 2, false},
      {"the same without the pause", -68, 18, -44, 0, 0, 2, true},
      {"at the next look", -69, 17, -45, 62, 0, 2, false},
      {"it had a whole period more, and did not run", -111, 1, -87, 62, 0, 2, true},
      {"pauses add up, but lengthen no period", -112, 1, -88, 50, 13, 2, true},
      {"a delay drawn anew after a weekend off", -50, 18, -26, 0, 40, 2, false},
      {"a nap as short as a usual gap", -2, 0.2, -1.75, 0, 0, 2, false},
      {"a quick one, which was due before the nap", -4, 0.2, -3.75, 0, 0, 2, true},
      {"it ran after the last look, and fell due in the pause", -61, -60, kNone, 0, 62, 2, false},
      {"but not if there was none", -61, -60, kNone, 0, 0, 2, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto hours = [](double count) { return static_cast<std::int64_t>(count * kHour); };
    const Pause pause{hours(c.least), hours(c.pause)};
    Promises promises;
    if (c.due != kNone)
      promises["a.timer"] = {kNow + hours(c.last), kNow + hours(c.due), hours(c.paused), false};
    const Timer timer{"a.timer", "a.service", kNow + hours(c.last), kNow + hours(c.next)};
    put_off(promises, pause);
    const auto outcome = judge_timers({}, {timer}, promises, kNow, pause);
    EXPECT_EQ(show(outcome), c.is_overdue ? "timer:a.timer [warn] a.timer is overdue" : "");
    EXPECT_EQ(promises.at("a.timer").is_overdue, c.is_overdue);
  }
}

TEST(JudgeTimers, LeavesAnOverdueOneOverdueThroughAPauseUntilItRuns) {
  Promises promises{{"a.timer", {kNow - 49 * kHour, kNow - 25 * kHour}}};
  const Timer timer{"a.timer", "a.service", kNow - 49 * kHour, kNow + kHour};
  EXPECT_NE(show(judge_timers({}, {timer}, promises, kNow)), "");
  const Pause pause{kHour, 62 * kHour};
  put_off(promises, pause);
  EXPECT_EQ(promises.at("a.timer").paused_ms, 0);
  EXPECT_NE(show(judge_timers({}, {timer}, promises, kNow + 62 * kHour, pause)), "");
  const Timer ran{"a.timer", "a.service", kNow + 62 * kHour, kNow + 86 * kHour};
  EXPECT_EQ(show(judge_timers({}, {ran}, promises, kNow + 63 * kHour)), "");
  EXPECT_FALSE(promises.at("a.timer").is_overdue);
}

TEST(JudgeTimers, ForgetsTimersThatAreGoneAndKeepsFewEnough) {
  Promises promises{{"gone.timer", {1, 2}}};
  std::vector<Timer> timers;
  for (int i = 0; i < 400; ++i)
    timers.push_back({std::to_string(i) + ".timer", "", kNow - 1, kNow + 1});
  judge_timers({}, timers, promises, kNow);
  EXPECT_EQ(promises.size(), 300u);
  EXPECT_FALSE(promises.contains("gone.timer"));
  promises["0.timer"].paused_ms = kHour;
  promises["1.timer"].is_overdue = true;
  const auto again = to_json(promises);
  const chela::json::value document(again);
  EXPECT_EQ(parse_promises(&document), promises);
}

TEST(Promises, AreReadFromADamagedCursorAsFarAsTheyGo) {
  const auto document =
      chela::parse_json(
          R"({"a":[1,2,3,true],"b":[1,2],"c":"x","d":[1,"2",3,true],"e":null,"f":[1,2,3,4],
          "g":[1,2,3,true,5],"h":[1,-2,3,true],"i":[1,9223372036854775807,3,true]})")
          .value();
  EXPECT_EQ(parse_promises(&document), (Promises{{"a", {1, 2, 3, true}}}));
  EXPECT_TRUE(parse_promises(nullptr).empty());
}

TEST(Clock, IsJudgedByTheFileOfTimesyncd) {
  const Timestamp now{chela::Duration(kNow)};
  const auto day = std::chrono::hours(24);
  const auto hour = std::chrono::hours(1);
  const auto minute = std::chrono::minutes(1);
  const struct {
    const char* name;
    std::optional<chela::Duration> synchronized;  // ago
    chela::Duration started;                      // ago
    chela::Duration max_age;
    bool is_told;
  } cases[] = {
      {"an hour ago", hour, 9 * day, day, false},
      {"just on the edge", day, 9 * day, day, false},
      {"too long ago", 2 * day, 9 * day, day, true},
      {"the clock was set back", -day, 9 * day, day, false},
      {"the machine has just started", {}, minute, day, false},
      {"not within the first hour", {}, hour, day, false},
      {"not after it", {}, hour + minute, day, true},
      {"never", {}, 9 * day, day, true},
      {"a shorter age also counts from the start", {}, 11 * minute, 10 * minute, true},
      {"but no less", {}, 10 * minute, 10 * minute, false},
      {"a longer age does not wait for the first", {}, 2 * hour, 9 * day, true},
      {"started in the future, by a clock that was set back", {}, -day, day, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto when = c.synchronized ? std::optional(now - *c.synchronized) : std::nullopt;
    EXPECT_EQ(show(judge_timesyncd(when, now - c.started, c.max_age, now)),
              c.is_told ? "clock [warn] the clock is not synchronised" : "");
  }
  EXPECT_EQ(detail(judge_timesyncd({}, now - day, day, now)),
            "systemd-timesyncd runs since 2026-11-26 02:03 UTC and has reached no time server so "
            "far. `timedatectl status` tells more.");
}

TEST(Clock, IsJudgedByTimedatectlWhereItSaysSo) {
  const struct {
    const char* name;
    const char* text;
    int findings;  // -1 = it says nothing
  } cases[] = {
      {"in order", "NTP=yes\nNTPSynchronized=yes\n", 0},
      {"not synchronised", "NTP=yes\nNTPSynchronized=no\n", 1},
      {"nobody is to set it", "NTP=no\nNTPSynchronized=no\n", -1},
      {"nobody is to, yet it is", "NTP=no\nNTPSynchronized=yes\n", -1},
      {"half of it", "NTP=yes\n", -1},
      {"another word", "NTP=yes\nNTPSynchronized=maybe\n", -1},
      {"names that are like it", "XNTP=yes\nNTPSynchronizedX=no\n", -1},
      {"empty", "", -1},
      {"bytes", "\xff\xfe", -1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = judge_timedatectl(c.text);
    ASSERT_EQ(outcome.has_value(), c.findings >= 0);
    if (outcome) {
      EXPECT_EQ(outcome->findings.size(), static_cast<std::size_t>(c.findings));
    }
  }
}

TEST(Words, MatchPatterns) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } cases[] = {
      {"*", "", true},
      {"*", "anything", true},
      {"", "", true},
      {"", "a", false},
      {"a", "a", true},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"db-*.gz", "db-1.gz", true},
      {"db-*.gz", "db-1.gz.tmp", false},
      {"*a*b*", "xxaxxb", true},
      {"*a*b", "xxaxxbx", false},
      {"**a", "a", true},
      {"*aab", "aaaaab", true},
      {"a*", "ba", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(matches(c.pattern, c.name), c.matches) << c.pattern << " " << c.name;
}

TEST(Words, ShowForeignTextOnOneHarmlessLine) {
  const struct {
    const char* name;
    std::string text;
    const char* line;
  } cases[] = {
      {"plain", "disk sda1: ok", "disk sda1: ok"},
      {"line breaks and tabs", "a\nb\tc", "a b c"},
      {"an escape sequence", "\x1b[2Jx", "?[2Jx"},
      {"C1 controls",
       "a\xc2\x9b"
       "b",
       "a?b"},
      {"marks that turn the direction",
       "a\xe2\x80\xae"
       "b\xe2\x81\xa6"
       "c\xe2\x80\x8f",
       "a?b?c?"},
      {"line separators",
       "a\xe2\x80\xa8"
       "b",
       "a?b"},
      {"other letters stay", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac"},
      {"DEL", "a\x7f", "a?"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(shown(c.text), c.line);
  }
  EXPECT_EQ(shown("abcdef", 3), "abc...");
  EXPECT_TRUE(chela::is_utf8(shown("aa\xe2\x82\xac", 3)));
  EXPECT_TRUE(chela::is_utf8(shown("\xff\xfe\xe2")));
}

TEST(Words, WriteSizes) {
  EXPECT_EQ(bytes(0), "0 bytes");
  EXPECT_EQ(bytes(1023), "1023 bytes");
  EXPECT_EQ(bytes(1536), "1.5 KiB");
  EXPECT_EQ(bytes(5u << 20), "5.0 MiB");
  EXPECT_EQ(bytes(1u << 30), "1.0 GiB");
  EXPECT_EQ(bytes(~std::uint64_t{0}), "16777215.9 TiB");
}

}  // namespace
}  // namespace check_system
