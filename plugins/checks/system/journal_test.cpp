// What journalctl prints, and what is made of it. The lines are written in the shape that systemd
// 252 prints.
#include <gtest/gtest.h>

#include <random>

#include "journal_groups.h"
#include "shape.h"
#include "words.h"

namespace check_system {
namespace {

constexpr std::int64_t kHour = 3600 * 1000;
constexpr std::int64_t kNow = 1'795'745'000'000;

TEST(Shape, IsTheSameForMessagesOfOneKind) {
  const struct {
    const char* message;
    const char* shape;
  } cases[] = {
      {"", ""},
      {"no numbers here", "no numbers here"},
      {"disk sda1: 17 of 0x1f failed at 10.0.0.7:22.", "disk sda#: # of # failed at #."},
      {"pid 4711 (worker-12)", "pid # (worker-#)"},
      {"id 550e8400-e29b-41d4-a716-446655440000 is bad", "id # is bad"},
      {"commit deadbeef added", "commit # added"},
      {"from fe80::1 to ::1", "from # to ::#"},
      {"at 2026-11-27 02:04:26.123456", "at # #"},
      {"at 2026-11-27T02:04:26Z", "at #-#-#T#:#:#Z"},
      {"took 12ms, 3.5%", "took #ms, #%"},
      {"0xzz 0x", "#xzz #"},
      {"a-b c:d e.f", "a-b c:d e.f"},
      {"bed face decade", "bed face decade"},
      {"two\nlines 2", "two lines #"},
      {"x86_64 eth0", "x#_# eth#"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.message);
    EXPECT_EQ(shape_of(c.message), c.shape);
  }
  EXPECT_LE(shape_of(std::string(100'000, 'x')).size(), 200u);
}

TEST(Shape, EndsOnAnyBytes) {
  std::mt19937 random(7);
  constexpr std::string_view kSigns = "09afxXzZ_:.- \n\t#\xff\xc2\xe2\x80";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto left = random() % 40; left > 0; --left) text += kSigns[random() % kSigns.size()];
    const auto shape = shape_of(text);
    EXPECT_EQ(shape.find_first_of("0123456789"), std::string::npos) << text << " -> " << shape;
  }
}

std::string line(int i, const std::string& fields) {
  return R"({"__CURSOR":"s=c1;i=)" + std::to_string(i) +
         R"(","__REALTIME_TIMESTAMP":"1795740006000000",)" + fields + "}\n";
}

TEST(ParseJournal, ReadsEachFormOfAMessage) {
  const struct {
    const char* name;
    const char* fields;
    const char* who;
    std::string message;
    int priority = 3;
  } cases[] = {
      {"of a unit",
       R"("MESSAGE":"m","PRIORITY":"2","_SYSTEMD_UNIT":"a.service","SYSLOG_IDENTIFIER":"a")",
       "a.service", "m", 2},
      {"about a unit", R"("MESSAGE":"m","_SYSTEMD_UNIT":"init.scope","UNIT":"b.service")",
       "b.service", "m"},
      {"of a unit of a user",
       R"("MESSAGE":"m","_SYSTEMD_UNIT":"user@1000.service","_SYSTEMD_USER_UNIT":"c.service")",
       "c.service", "m"},
      {"in a session",
       R"("MESSAGE":"m","_SYSTEMD_UNIT":"session-3.scope","SYSLOG_IDENTIFIER":"sudo")", "sudo",
       "m"},
      {"the kernel", R"("MESSAGE":"m","SYSLOG_IDENTIFIER":"kernel")", "kernel", "m"},
      {"a program without a name for the log", R"("MESSAGE":"m","_COMM":"prog")", "prog", "m"},
      {"nobody", R"("MESSAGE":"m")", "somebody", "m"},
      {"bytes that are no text", R"("MESSAGE":[98,97,255,254,999,-1])", "somebody", "ba\xff\xfe??"},
      {"twice", R"("MESSAGE":["one","two"])", "somebody", "one"},
      {"too long", R"("MESSAGE":null)", "somebody", "(a message too long to be shown)"},
      {"without", R"("PRIORITY":"3")", "somebody", ""},
      {"another type", R"("MESSAGE":{"a":1},"PRIORITY":7)", "somebody", ""},
      {"an empty list", R"("MESSAGE":[])", "somebody", ""},
      {"a priority that is none", R"("MESSAGE":"m","PRIORITY":"-9")", "somebody", "m", 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto lines = parse_journal(line(6, c.fields) + "-- cursor: s=c1;i=6\n");
    ASSERT_EQ(lines.entries.size(), 1u);
    EXPECT_EQ(lines.unreadable, 0);
    EXPECT_EQ(lines.entries[0].who, c.who);
    EXPECT_EQ(lines.entries[0].message, c.message);
    EXPECT_EQ(lines.entries[0].priority, c.priority);
    EXPECT_EQ(lines.entries[0].at_ms, 1'795'740'006'000);
    EXPECT_EQ(lines.last_cursor, "s=c1;i=6");
  }
}

TEST(ParseJournal, KeepsItsPlaceWhateverComes) {
  const struct {
    const char* name;
    std::string text;
    std::size_t entries;
    int unreadable;
    const char* cursor;
  } cases[] = {
      {"nothing", "", 0, 0, ""},
      {"a cursor only", "-- cursor: s=c1;i=9\n", 0, 0, "s=c1;i=9"},
      {"cut off in an entry", line(1, R"("MESSAGE":"a")") + R"({"__CURSOR":"s=c1;i=2","MESS)", 1, 0,
       "s=c1;i=1"},
      {"cut off in the cursor", line(1, R"("MESSAGE":"a")") + "-- cursor: s=c1", 1, 0, "s=c1;i=1"},
      {"an entry without a cursor", "{\"MESSAGE\":\"a\"}\n" + line(2, R"("MESSAGE":"a")"), 1, 1,
       "s=c1;i=2"},
      {"a cursor that is an option", "-- cursor: --root=/x\n", 0, 0, ""},
      {"an entry with such a cursor", "{\"__CURSOR\":\"--root=/x\"}\n", 0, 1, ""},
      {"garbage", "hello\n\n[1]\n\xff\n", 0, 3, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto lines = parse_journal(c.text);
    EXPECT_EQ(lines.entries.size(), c.entries);
    EXPECT_EQ(lines.unreadable, c.unreadable);
    EXPECT_EQ(lines.last_cursor, c.cursor);
  }
}

Entry entry(int i, const char* who, std::string message, int priority = 3) {
  return {"s=c1;i=" + std::to_string(i), who, std::move(message), priority, kNow - kHour + i};
}

std::string titles(const JournalNews& news) {
  std::string text;
  for (const auto& event : news.events)
    text += (text.empty() ? "" : "; ") + chela::get_string(event.value(), "title") +
            (chela::get_string(event.value(), "severity") == "crit" ? " !" : "");
  return text;
}

std::string key(const JournalNews& news, std::size_t i = 0) {
  return chela::get_string(news.events.at(i).value(), "key");
}

TEST(JudgeJournal, GroupsByWhoAndShapeAndCounts) {
  std::map<std::string, std::int64_t> told;
  const auto news = judge_journal(
      {entry(1, "smartd.service", "sda1 failed 17 times"), entry(2, "sshd", "no route to 10.0.0.7"),
       entry(3, "smartd.service", "sda1 failed 18 times"),
       entry(4, "other.service", "sda1 failed 19 times"),
       entry(5, "kernel", "panic\x1b[2J\nsecond line", 0)},
      {kHour, {}}, told, kNow);
  EXPECT_EQ(titles(news),
            "kernel: panic?[2J !; smartd.service: sda1 failed 18 times (2 times); "
            "sshd: no route to 10.0.0.7; other.service: sda1 failed 19 times");
  EXPECT_EQ(news.errors, 5);
  EXPECT_EQ(news.repeats, 0);
  EXPECT_EQ(told.size(), 4u);
  EXPECT_EQ(chela::get_string(news.events[0].value(), "class"), "event");
  EXPECT_NE(chela::get_string(news.events[0].value(), "detail").find("panic?[2J second line"),
            std::string::npos);
}

TEST(JudgeJournal, MakesTheSameKeyOfTheSameEntriesAndAnotherOfLaterOnes) {
  const auto look = [](std::vector<Entry> entries) {
    std::map<std::string, std::int64_t> told;
    return judge_journal(entries, {kHour, {}}, told, kNow);
  };
  const auto first = look({entry(1, "a", "x 1")});
  EXPECT_EQ(key(look({entry(1, "a", "x 1"), entry(2, "a", "x 2")})), key(first))
      << "more came meanwhile";
  EXPECT_NE(key(look({entry(2, "a", "x 2")})), key(first)) << "the next look";
  EXPECT_NE(key(look({entry(1, "a", "y 1")})), key(first)) << "another kind";
  EXPECT_NE(key(look({entry(1, "b", "x 1")})), key(first)) << "somebody else";
}

TEST(JudgeJournal, TellsAKindAgainOnlyAfterAWhile) {
  std::map<std::string, std::int64_t> told;
  const JournalRules rules{24 * kHour, {}};
  EXPECT_EQ(judge_journal({entry(1, "a", "x 1")}, rules, told, kNow).events.size(), 1u);
  const auto soon =
      judge_journal({entry(2, "a", "x 2"), entry(3, "a", "new")}, rules, told, kNow + 23 * kHour);
  EXPECT_EQ(titles(soon), "a: new");
  EXPECT_EQ(soon.errors, 2);
  EXPECT_EQ(soon.repeats, 1);
  const auto later = judge_journal({entry(4, "a", "x 3")}, rules, told, kNow + 24 * kHour);
  EXPECT_EQ(titles(later), "a: x 3");
  judge_journal({}, rules, told, kNow + 100 * 24 * kHour);
  EXPECT_TRUE(told.empty());
}

TEST(JudgeJournal, PassesOverTheIgnoredAndCapsTheRest) {
  std::map<std::string, std::int64_t> told;
  std::vector<Entry> entries{entry(0, "sshd", "kex_exchange: reset by 1.2.3.4")};
  std::string name = "a";
  for (int i = 1; i <= 260; ++i) {
    name[0] = static_cast<char>('a' + i % 26);
    entries.push_back(entry(i, "p", name + " failed"));
    if (i % 26 == 0) name += 'z';
  }
  const auto news = judge_journal(entries, {kHour, {"sshd: kex_*"}}, told, kNow);
  EXPECT_EQ(news.errors, 260);
  ASSERT_EQ(news.events.size(), 21u);
  EXPECT_EQ(chela::get_string(news.events.back().value(), "title"),
            "240 more kinds of errors in the journal");
  EXPECT_EQ(told.size(), 20u) << "the others are told when they come again";
}

TEST(JournalState, SurvivesTheCursorAndDamage) {
  const JournalState state{"/j", "s=c1;i=5", kNow, {{"ab", 5}}};
  const chela::json::value document(to_json(state));
  const auto again = parse_journal_state(&document);
  EXPECT_EQ(again.folder, "/j");
  EXPECT_EQ(again.cursor, "s=c1;i=5");
  EXPECT_EQ(again.since_ms, kNow);
  EXPECT_EQ(again.told, state.told);
  const auto damaged =
      chela::parse_json(R"({"folder":5,"cursor":"--root=/","since_ms":-3,"told":{"a":"x","b":2}})")
          .value();
  const auto rest = parse_journal_state(&damaged);
  EXPECT_EQ(rest.cursor, "") << "it would be an option of journalctl";
  EXPECT_EQ(rest.since_ms, 0);
  EXPECT_EQ(rest.told, (std::map<std::string, std::int64_t>{{"b", 2}}));
  EXPECT_EQ(parse_journal_state(nullptr).since_ms, 0);
}

}  // namespace
}  // namespace check_system
