// The state file: every form that it may have, whose word counts, and that nothing of others is
// lost.
#include "heartbeat/state_file.h"

#include <gtest/gtest.h>

#include <random>

#include "chela/json.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

Timestamp ms(std::int64_t count) {
  return Timestamp(Duration(count));
}
CheckTimes ok(std::int64_t count) {
  return {ms(count), ms(count), 0};
}

TEST(StateFile, ReadsEveryFormOfATime) {
  const struct {
    const char* name;
    const char* json;
    std::int64_t ms;  // -1 = null, -2 = unreadable
  } cases[] = {
      {"milliseconds", "1703275200123", 1703275200123},
      {"seconds", "1703275200", 1703275200000},
      {"fractions of seconds", "1703275200.5", 1703275200500},
      {"a float of milliseconds", "1.703275200123e12", 1703275200123},
      {"ISO", R"("2023-12-22T20:00:00Z")", 1703275200000},
      {"ISO with fraction and offset", R"("2023-12-22T21:00:00.250+01:00")", 1703275200250},
      {"null", "null", -1},
      {"zero", "0", 0},
      {"negative", "-5", -2},
      {"microseconds", "1703275200123456", -2},
      {"beyond any number", "1e300", -2},
      {"words", R"("yesterday")", -2},
      {"boolean", "true", -2},
      {"object", R"({"at":1})", -2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto state = read_state(std::string(R"({"lastChecks":{"email":)") + c.json + "}}");
    ASSERT_TRUE(state) << state.error().message;
    EXPECT_EQ(state->entries.contains("email"), c.ms != -2);
    EXPECT_EQ(state->notes.size(), c.ms == -2 ? 1u : 0u);
    if (c.ms == -2) continue;
    const auto time = state->entries.at("email").time;
    EXPECT_EQ(time ? time->time_since_epoch().count() : -1, c.ms);
  }
}

TEST(StateFile, RefusesWhatIsCorruptAndWhatIsNewer) {
  const struct {
    const char* name;
    std::string text;
    ErrorCode code;
    const char* part;
  } cases[] = {
      {"torn", R"({"lastChecks":{"email":17032)", ErrorCode::data_loss, "not valid JSON"},
      {"zeros after a power cut", std::string(64, '\0'), ErrorCode::data_loss, "not valid JSON"},
      {"not an object", "[1]", ErrorCode::data_loss, "not a JSON object"},
      {"lastChecks of another type", R"({"lastChecks":7})", ErrorCode::data_loss, "\"lastChecks\""},
      {"own part of another type", R"({"chela":[]})", ErrorCode::data_loss, "\"chela\""},
      {"version of another type", R"({"chela":{"version":"x"}})", ErrorCode::data_loss, "version"},
      {"newer", R"({"chela":{"version":2}})", ErrorCode::failed_precondition,
       "newer chela (format 2"},
      {"newer in shapes we do not know", R"({"lastChecks":[],"chela":{"version":9}})",
       ErrorCode::failed_precondition, "left untouched"},
      {"too large", "{\"a\":\"" + std::string(kMaxStateFile, 'x') + "\"}",
       ErrorCode::resource_exhausted, "wanted at most 10485760"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto state = read_state(c.text);
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, c.code);
    EXPECT_NE(state.error().message.find(c.part), std::string::npos) << state.error().message;
    EXPECT_FALSE(merge(c.text, "", {}));
  }
  for (const char* empty :
       {"", " \n", "\xEF\xBB\xBF", "{}", R"({"lastChecks":null,"chela":null})"}) {
    EXPECT_TRUE(read_state(empty)) << empty;
  }
}

TEST(StateFile, IsWrittenInTheGuidesForm) {
  const std::string text = write_state({}, {{"email", ok(1703275200000)}, {"weather", {}}});
  EXPECT_EQ(text, R"({
  "lastChecks": {
    "email": 1703275200000,
    "weather": null
  },
  "chela": {
    "version": 1,
    "written": {
      "email": 1703275200000,
      "weather": null
    }
  }
}
)");
  const auto again = read_state(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(write_state(*again, {{"email", ok(1703275200000)}, {"weather", {}}}), text)
      << "writing is stable";
}

TEST(StateFile, WritesTimesThatWouldReadAsSecondsInIsoForm) {
  const struct {
    const char* name;
    std::int64_t ms;
    const char* json;
  } cases[] = {
      {"zero", 0, "0"},
      {"a second", 1000, R"("1970-01-01T00:00:01Z")"},
      {"a fraction", 1007, R"("1970-01-01T00:00:01.007Z")"},
      {"before 1970", -1500, R"("1969-12-31T23:59:58.500Z")"},
      {"in 1973", 100'000'000'000, "100000000000"},
      {"after 5138", 200'000'000'000'000, R"("8307-10-01T19:33:20Z")"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string text = write_state({}, {{"email", ok(c.ms)}});
    EXPECT_NE(text.find(std::string("\"email\": ") + c.json), std::string::npos) << text;
    const auto again = read_state(text);
    ASSERT_TRUE(again && again->entries.contains("email")) << text;
    EXPECT_EQ(again->entries.at("email").time, ms(c.ms));
  }
}

TEST(StateFile, KeepsWhatOthersWroteToTheLetter) {
  const std::string before = R"({"note":"caf\u00e9 \"}{","big":123456789012345678901234567890,
    "lastChecks":{"zebra":1703275200,"email":1703275200000,"odd":"yesterday","a\"b":1},
    "nested":{"x":[1,{"y":1.10}]},"chela":{"version":1,"written":{"email":1},"later":[2]}, "e":1e2})";
  const auto state = read_state(before);
  ASSERT_TRUE(state) << state.error().message;
  const std::string after =
      write_state(*state, {{"email", ok(1703275300000)}, {"git", ok(1703275400000)}});
  EXPECT_EQ(after, R"({
  "note": "caf\u00e9 \"}{",
  "big": 123456789012345678901234567890,
  "lastChecks": {
    "zebra": 1703275200,
    "email": 1703275300000,
    "odd": "yesterday",
    "a\"b": 1,
    "git": 1703275400000
  },
  "nested": {"x":[1,{"y":1.10}]},
  "chela": {
    "version": 1,
    "written": {
      "email": 1703275300000,
      "git": 1703275400000
    },
    "later": [2]
  },
  "e": 1e2
}
)");
  EXPECT_TRUE(parse_json(after));
}

TEST(Merge, DecidesWhoseWordCounts) {
  const std::string ours = write_state({}, {{"email", ok(1703275200123)}});
  const struct {
    const char* name;
    std::string file;
    std::string last_written;
    TimesById ledger;
    std::optional<std::int64_t> last_ok;  // of "email"
    std::size_t edits;
  } cases[] = {
      {"untouched", ours, ours, {{"email", ok(1703275200123)}}, 1703275200123, 0},
      {"the ledger is newer: a crash before writing",
       ours,
       ours,
       {{"email", ok(1703275999000)}},
       1703275999000,
       0},
      {"somebody wrote an older time",
       R"({"lastChecks":{"email":1703200000000}})",
       ours,
       {{"email", ok(1703275200123)}},
       1703200000000,
       1},
      {"somebody wrote a newer time",
       R"({"lastChecks":{"email":1703276000000}})",
       ours,
       {{"email", ok(1703275200123)}},
       1703276000000,
       1},
      {"the edit wins over a ledger that went on",
       R"({"lastChecks":{"email":1703200000000}})",
       ours,
       {{"email", ok(1703275999000)}},
       1703200000000,
       1},
      {"null: run it again",
       R"({"lastChecks":{"email":null}})",
       ours,
       {{"email", ok(1703275200123)}},
       std::nullopt,
       1},
      {"rewritten in seconds, unchanged",
       R"({"lastChecks":{"email":1703275200}})",
       ours,
       {{"email", ok(1703275999000)}},
       1703275999000,
       0},
      {"rewritten in ISO, unchanged",
       R"({"lastChecks":{"email":"2023-12-22T20:00:00Z"}})",
       ours,
       {{"email", ok(1703275999000)}},
       1703275999000,
       0},
      {"seconds, changed",
       R"({"lastChecks":{"email":1703275201}})",
       ours,
       {{"email", ok(1703275999000)}},
       1703275201000,
       1},
      {"removed: says nothing",
       R"({"lastChecks":{}})",
       ours,
       {{"email", ok(1703275200123)}},
       1703275200123,
       0},
      {"no file", "", ours, {{"email", ok(1703275200123)}}, 1703275200123, 0},
      {"unreadable entry: the ledger stands",
       R"({"lastChecks":{"email":"soon"}})",
       ours,
       {{"email", ok(1703275200123)}},
       1703275200123,
       0},
      {"the file's own account", ours, "", {{"email", ok(1703275999000)}}, 1703275999000, 0},
      {"the ledger was lost", ours, "", {}, 1703275200123, 0},
      {"a foreign file, an empty ledger",
       R"({"lastChecks":{"email":1703275200}})",
       "",
       {},
       1703275200000,
       1},
      {"a foreign file that agrees",
       R"({"lastChecks":{"email":1703275200}})",
       "",
       {{"email", ok(1703275200123)}},
       1703275200123,
       0},
      {"a corrupt copy of what we wrote",
       ours,
       "{",
       {{"email", ok(1703275999000)}},
       1703275999000,
       0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto merged = merge(c.file, c.last_written, c.ledger);
    ASSERT_TRUE(merged) << merged.error().message;
    const auto found = merged->times.at("email").last_ok;
    EXPECT_EQ(found, c.last_ok ? std::optional(ms(*c.last_ok)) : std::nullopt);
    ASSERT_EQ(merged->edits.size(), c.edits);
    if (c.edits == 1) {
      EXPECT_EQ(merged->edits[0].id, "email");
      EXPECT_EQ(merged->edits[0].time, found);
    }
  }
}

TEST(Merge, LetsAnEditClearAFailure) {
  const std::string ours = write_state({}, {{"email", {}}});
  const TimesById ledger{{"email", {ms(1703270000000), ms(1703275200000), 4}}};
  const auto merged = merge(R"({"lastChecks":{"email":1703275100000}})", ours, ledger);
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->times.at("email"), (CheckTimes{ms(1703275100000), std::nullopt, 0}));
  const auto kept = merge(ours, ours, ledger);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->times, ledger) << "what the file cannot say stays in the ledger";
}

TEST(TakeOver, GivesTheGuidesTimesOnceToChecksThatNeverRan) {
  StateFile state;
  TimesById times{{"email", ok(1703275300000)}, {"git", {}}};
  const char* root =
      R"({"lastChecks":{"email":1703275200,"git":1703275100,"weather":null,"calendar":1703275000}})";
  ASSERT_TRUE(take_over(root, state, times));
  EXPECT_EQ(times.at("email"), ok(1703275300000));
  EXPECT_EQ(times.at("git").last_ok, ms(1703275100000));
  EXPECT_EQ(times.at("calendar").last_ok, ms(1703275000000));
  EXPECT_EQ(times.at("weather").last_ok, std::nullopt);

  auto reread = read_state(write_state(state, times));
  ASSERT_TRUE(reread);
  EXPECT_EQ(reread->taken_over, "heartbeat-state.json");
  times["git"] = {};
  ASSERT_TRUE(take_over(root, *reread, times));
  EXPECT_EQ(times.at("git").last_ok, std::nullopt) << "once is once";
}

TEST(TakeOver, ChangesNothingWhereTheFileIsCorrupt) {
  StateFile state;
  TimesById times{{"git", {}}};
  EXPECT_EQ(take_over("{\"lastChecks\":", state, times).error().code, ErrorCode::data_loss);
  EXPECT_EQ(state.taken_over, "");
  EXPECT_EQ(times, (TimesById{{"git", {}}}));
}

TEST(RawJson, CutsAndJoinsAnyObject) {
  const auto members =
      split_object(R"( {"a" : 1 , "b":"x,}\\" ,"\u0061":[1,{"c":"]"}] , "d":{} } )");
  ASSERT_TRUE(members) << members.error().message;
  EXPECT_EQ(*members,
            (std::vector<RawMember>{{"a", R"([1,{"c":"]"}])"}, {"b", R"("x,}\\")"}, {"d", "{}"}}));
  EXPECT_EQ(join_object({}, 4), "{}");
  for (const char* text : {"", "1", "null", "{", "{\"a\":}", "{} x", "{\"a\":1,}"}) {
    EXPECT_FALSE(split_object(text)) << text;
  }
}

// Broken bytes anywhere: an error or a state, never a crash, and what is written again can be read.
TEST(StateFile, SurvivesBrokenBytes) {
  const std::string whole =
      write_state({}, {{"email", ok(1703275200123)}, {"git", ok(1703275200)}, {"x", {}}});
  std::mt19937 random(11);
  int readable = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = whole;
    for (int k = 0; k < 2; ++k) text[random() % text.size()] = static_cast<char>(random() % 128);
    const auto state = read_state(text);
    if (!state) continue;
    ++readable;
    ASSERT_TRUE(read_state(write_state(*state, {{"email", ok(1)}}))) << text;
  }
  EXPECT_GT(readable, 100);
}

}  // namespace
}  // namespace chela::heartbeat
