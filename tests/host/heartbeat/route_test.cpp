// Which notifier gets a line, and when; and the message that it gets.
#include "heartbeat/route.h"

#include <gtest/gtest.h>

#include "heartbeat/message.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;
using tasks::Severity;

// 2026-11-28 12:00 UTC.
const Timestamp kNoon = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 28)) + 12h;

SayLine line(Severity severity, const std::string& check = "disk", SayKind kind = SayKind::opened) {
  return {severity, kind, check, "key", "text", {}};
}

SayLine over(Severity worst) {
  SayLine made = line(Severity::info, "disk", SayKind::recovered);
  made.worst = worst;
  return made;
}

TEST(SendAt, GoesBySeverityAndCheck) {
  const NotifierRules warn{.id = "n", .least = Severity::warn};
  const NotifierRules some{.id = "n", .checks = {"disk", "mail-*"}};
  const NotifierRules others{.id = "n", .except = {"disk"}};
  const NotifierRules no_ends{.id = "n", .wants_recovered = false};
  const struct {
    const char* name;
    const NotifierRules& rules;
    SayLine said;
    bool is_sent;
  } cases[] = {
      {"everything", NotifierRules{.id = "n"}, line(Severity::info), true},
      {"below", warn, line(Severity::info), false},
      {"at it", warn, line(Severity::warn), true},
      {"over, of what was severe", warn, line(Severity::info, "disk", SayKind::recovered), true},
      {"over, of what it was told", warn, over(Severity::warn), true},
      {"over, of what it was never told", warn, over(Severity::info), false},
      {"over, not wanted", no_ends, line(Severity::info, "disk", SayKind::recovered), false},
      {"a check that is named", some, line(Severity::info), true},
      {"one by its beginning", some, line(Severity::info, "mail-work"), true},
      {"another", some, line(Severity::info, "git"), false},
      {"one that is left out", others, line(Severity::crit), false},
      {"one that is not", others, line(Severity::crit, "git"), true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(send_at(c.rules, c.said, kNoon).has_value(), c.is_sent);
  }
}

TEST(SendAt, KeepsQuietHours) {
  NotifierRules rules{.id = "n"};
  rules.quiet = Window{22 * 60, 7 * 60, Zone()};
  rules.quiet_except = Severity::crit;
  rules.digest = 10min;
  const Timestamp morning = kNoon + 19h;  // 07:00
  const struct {
    const char* name;
    Timestamp now;
    SayLine said;
    Timestamp at;
  } cases[] = {
      {"by day", kNoon, line(Severity::warn), kNoon + 10min},
      {"by day, urgent", kNoon, line(Severity::crit), kNoon},
      {"by night", kNoon + 12h, line(Severity::warn), morning},
      {"by night, urgent", kNoon + 12h, line(Severity::crit), kNoon + 12h},
      {"over, by night", kNoon + 12h, line(Severity::info, "disk", SayKind::recovered), morning},
      {"gathered into the night", kNoon + 9h + 55min, line(Severity::warn), morning},
      {"just before it", kNoon + 9h + 45min, line(Severity::warn), kNoon + 9h + 55min},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(send_at(rules, c.said, c.now), c.at);
  }
  rules.quiet_except.reset();
  EXPECT_EQ(send_at(rules, line(Severity::crit), kNoon + 12h), morning) << "nothing breaks in";
  SayLine snoozed = line(Severity::crit);
  snoozed.not_before = kNoon + 1h;
  EXPECT_EQ(send_at(rules, snoozed, kNoon), kNoon + 1h) << "a snooze's end";
}

TEST(OutsideQuiet, PutsOffWhatIsNotUrgent) {
  NotifierRules rules{.id = "n"};
  rules.quiet = Window{22 * 60, 7 * 60, Zone()};
  rules.quiet_except = Severity::crit;
  tasks::OutboxRow warn, crit, over;
  warn.payload = R"({"message_id":"a","lines":[{"severity":"warn","text":"x"}]})";
  crit.payload = R"({"message_id":"a","lines":[{"severity":"warn"},{"severity":"crit"}]})";
  over.payload = R"({"message_id":"a","lines":[{"severity":"crit","kind":"recovered"}]})";
  const Timestamp night = kNoon + 11h, morning = kNoon + 19h;
  EXPECT_EQ(outside_quiet(rules, warn, kNoon), kNoon);
  EXPECT_EQ(outside_quiet(rules, warn, night), morning);
  EXPECT_EQ(outside_quiet(rules, crit, night), night);
  EXPECT_EQ(outside_quiet(rules, over, night), morning);
  rules.quiet_except.reset();
  EXPECT_EQ(outside_quiet(rules, crit, night), morning);
  rules.quiet.reset();
  EXPECT_EQ(outside_quiet(rules, warn, night), night);
}

TEST(MessageOf, HasATitleThatTellsWhatThereIs) {
  const auto one = [](const char* severity, const char* kind, const char* text) {
    return json::object{{"severity", severity}, {"kind", kind}, {"text", text}};
  };
  const json::object warn = one("warn", "opened", "[warn] git: uncommitted");
  const json::object crit = one("crit", "opened", "[crit] disk: full (task k3f9q2)");
  const json::object over = one("info", "recovered", "[recovered] disk: full, after 3 h");
  EXPECT_EQ(title_of({crit}), "crit: disk: full (task k3f9q2)");
  const auto message = make_message("abcdefgh", json::array{over, warn, crit}, kNoon, false);
  EXPECT_EQ(get_string(message, "title"), "1 crit, 1 warn, 1 over: disk: full (task k3f9q2)");
  EXPECT_EQ(get_string(message, "severity"), "crit");
  EXPECT_EQ(get_string(message.at("lines").at(2), "kind"), "recovered");
  EXPECT_EQ(get_string(make_message("abcdefgh", json::array{over}, kNoon, false), "title"),
            "over: disk: full, after 3 h");
}

TEST(MessageOf, RefusesWhatIsNotOurs) {
  tasks::OutboxRow row;
  for (const char* payload : {"", "{}", R"({"message_id":"a","lines":[]})", R"({"lines":[{}]})"}) {
    row.payload = payload;
    EXPECT_FALSE(message_of(row)) << payload;
  }
}

TEST(MessageOf, SaysOfEachFindingHowItStandsNow) {
  const auto line = [](const char* severity, const char* kind, const char* key, const char* text) {
    return json::object{
        {"severity", severity}, {"kind", kind}, {"check", "ex"}, {"key", key}, {"text", text}};
  };
  tasks::OutboxRow row;
  row.payload = json::serialize(json::object{
      {"message_id", "abcdefgh"},
      {"lines",
       json::array{
           line("warn", "opened", "a", "[warn] a"), line("info", "recovered", "a", "a over"),
           line("warn", "opened", "b", "[warn] b"), line("crit", "worse", "b", "[crit] b"),
           line("info", "recovered", "b", "b over"), line("warn", "opened", "b", "[warn] b2"),
           line("info", "event", "c", "c1"), line("info", "event", "c", "c2"),
           line("warn", "opened", "", "first run"), line("warn", "opened", "", "another")}}});
  const auto message = message_of(row);
  ASSERT_TRUE(message);
  std::string texts;
  for (const auto& one : message->at("lines").as_array())
    texts += (texts.empty() ? "" : "|") + get_string(one, "text");
  EXPECT_EQ(texts, "[warn] b2|first run|another|c1|c2|a over");
  EXPECT_EQ(get_string(*message, "title"), "3 warn, 2 info, 1 over: b2");
  EXPECT_EQ(get_string(*message, "severity"), "warn");
}

}  // namespace
}  // namespace chela::heartbeat
