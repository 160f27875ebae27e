#include "config/openclaw.h"

#include <gtest/gtest.h>

#include <map>

#include "host/config/temp_folder.h"

namespace chela::config {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

EnvLookup env_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

const EnvLookup kHome = env_of({{"HOME", "/home/me"}});

TEST(OpenClaw, IsReadWithItsOwnKeys) {
  const TempFolder folder;
  const auto file =
      folder.write("openclaw.json",
                   "{ // mine\n"
                   "  agents: {defaults: {workspace: '~/clawd/', userTimezone: 'Europe/Berlin',\n"
                   "    heartbeat: {every: '15m', model: 'x'}}},\n"
                   "  somethingNew: {of: ['theirs']},\n"
                   "}\n");
  const auto openclaw = load_openclaw(file, kHome);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  EXPECT_EQ(openclaw->file, file);
  EXPECT_EQ(openclaw->workspace, "/home/me/clawd");
  EXPECT_EQ(openclaw->user_timezone, "Europe/Berlin");
  EXPECT_TRUE(openclaw->heartbeat_is_on);
  EXPECT_EQ(openclaw->heartbeat_every, Duration(15min));
  EXPECT_EQ(json::serialize(openclaw->value.at("somethingNew")), R"({"of":["theirs"]})");
  EXPECT_TRUE(openclaw->notes.empty());
}

TEST(OpenClaw, SaysNothingWhereTheFileSaysNothing) {
  const TempFolder folder;
  const auto openclaw = load_openclaw(folder.write("openclaw.json", "{}"), kHome);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  EXPECT_FALSE(openclaw->workspace);
  EXPECT_FALSE(openclaw->user_timezone);
  EXPECT_TRUE(openclaw->heartbeat_is_on);
  EXPECT_EQ(openclaw->heartbeat_every, Duration(30min));
}

TEST(OpenClaw, KnowsWhetherItsHeartbeatRuns) {
  const struct {
    const char* name;
    const char* agents;
    bool is_on;
    Duration every;
    std::size_t notes;
  } cases[] = {
      {"no section", "{}", true, 30min, 0},
      {"empty block", "{defaults: {heartbeat: {}}}", true, 30min, 0},
      {"every", "{defaults: {heartbeat: {every: '1h'}}}", true, 1h, 0},
      {"off", "{defaults: {heartbeat: {every: '0m'}}}", false, 0s, 0},
      {"off without unit", "{defaults: {heartbeat: {every: '0'}}}", false, 0s, 0},
      {"off as a number", "{defaults: {heartbeat: {every: 0}}}", false, 0s, 0},
      {"minutes without unit", "{defaults: {heartbeat: {every: '45'}}}", true, 45min, 0},
      {"minutes as a number", "{defaults: {heartbeat: {every: 45}}}", true, 45min, 0},
      {"unreadable counts as on", "{defaults: {heartbeat: {every: 'never'}}}", true, 30min, 1},
      {"agents without blocks",
       "{defaults: {heartbeat: {every: '0m'}}, list: [{id: 'a'}, {id: 'b'}]}", false, 0s, 0},
      {"one agent of its own",
       "{defaults: {heartbeat: {every: '0m'}}, list: [{id: 'a'}, {id: 'b', heartbeat: {every: "
       "'5m'}}]}",
       true, 5min, 0},
      {"only agents with a block",
       "{defaults: {heartbeat: {every: '5m'}}, list: [{id: 'a', heartbeat: {every: '0m'}}, {id: "
       "'b'}]}",
       false, 0s, 0},
      {"block takes the shared cadence",
       "{defaults: {heartbeat: {every: '20m'}}, list: [{id: 'a', heartbeat: {model: 'x'}}]}", true,
       20min, 0},
      {"the shortest",
       "{list: [{id: 'a', heartbeat: {every: '2h'}}, {id: 'b', heartbeat: {every: '10m'}}]}", true,
       10min, 0},
      {"new dialect",
       "{defaults: {heartbeat: {every: '0m'}}, entries: {main: {heartbeat: {every: '7m'}}, b: {}}}",
       true, 7min, 0},
      {"odd shapes", "{defaults: 5, list: {}, entries: []}", true, 30min, 0},
      {"heartbeat of an odd shape", "{defaults: {heartbeat: 'x'}}", true, 30min, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TempFolder folder;
    const auto openclaw = load_openclaw(
        folder.write("openclaw.json", std::string("{agents: ") + c.agents + "}"), kHome);
    ASSERT_TRUE(openclaw) << openclaw.error().message;
    EXPECT_EQ(openclaw->heartbeat_is_on, c.is_on);
    EXPECT_EQ(openclaw->heartbeat_every, c.every);
    EXPECT_EQ(openclaw->notes.size(), c.notes);
  }
}

TEST(OpenClaw, ReadsItsDurations) {
  const struct {
    json::value value;
    std::optional<Duration> duration;
  } cases[] = {
      {"30m", 30min},
      {"1h30m", 90min},
      {"1.5h", 90min},
      {"500ms", 500ms},
      {"90s", 90s},
      {"2d", 48h},
      {"15", 15min},
      {15, 15min},
      {1.5, 90s},
      {"0m", 0s},
      {" 10m ", 10min},
      {"", std::nullopt},
      {"  ", std::nullopt},
      {"soon", std::nullopt},
      {"5 m", std::nullopt},
      {"-5m", std::nullopt},
      {"5w", std::nullopt},
      {"1h30", std::nullopt},
      {nullptr, std::nullopt},
      {true, std::nullopt},
      {"1e300d", std::nullopt},
      {"nan", std::nullopt},
      {"inf", std::nullopt},
      {json::object(), std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(json::serialize(c.value));
    // "1h30" ends in a bare number behind a unit: minutes, as OpenClaw's parser reads it.
    if (c.value == json::value("1h30")) {
      EXPECT_EQ(parse_openclaw_duration(c.value), Duration(90min));
      continue;
    }
    EXPECT_EQ(parse_openclaw_duration(c.value), c.duration);
  }
}

TEST(OpenClaw, FillsInTheEnvironment) {
  const TempFolder folder;
  const auto file = folder.write(
      "openclaw.json",
      R"({a: '${KEY}', b: 'x${KEY}y${KEY}', c: '$${KEY}', d: '${MISSING}', e: '${EMPTY}', f: '${lower}',
                                     g: '$KEY', h: '${}', i: '${KEY', j: ['${_X9}'], '${KEY}': 1, k: '$', l: '$${lower}', m: '${9X}',
                                     n: 'again ${MISSING}', o: '${TRICK}',
                                     agents: {defaults: {workspace: '${KEY}/w'}}})");
  const auto openclaw = load_openclaw(file, env_of({{"KEY", "/value"},
                                                    {"EMPTY", ""},
                                                    {"_X9", "nine"},
                                                    {"lower", "no"},
                                                    {"9X", "no"},
                                                    {"TRICK", "${KEY}"}}));
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  const struct {
    const char* key;
    const char* text;
  } expected[] = {
      {"a", "/value"},
      {"b", "x/valuey/value"},
      {"c", "${KEY}"},
      {"d", "${MISSING}"},
      {"e", "${EMPTY}"},
      {"f", "${lower}"},
      {"g", "$KEY"},
      {"h", "${}"},
      {"i", "${KEY"},
      {"k", "$"},
      {"l", "$${lower}"},
      {"m", "${9X}"},
      {"n", "again ${MISSING}"},
      {"o", "${KEY}"},
  };
  for (const auto& e : expected) EXPECT_EQ(get_string(openclaw->value, e.key), e.text) << e.key;
  EXPECT_EQ(get_strings(openclaw->value, "j"), std::vector<std::string>{"nine"});
  EXPECT_NE(find(openclaw->value, "${KEY}"), nullptr);
  EXPECT_EQ(openclaw->workspace, "/value/w");
  EXPECT_EQ(openclaw->notes, (std::vector<std::string>{"the environment has no MISSING",
                                                       "the environment has no EMPTY"}));
}

TEST(OpenClaw, TakesInIncludes) {
  const TempFolder folder;
  folder.write("agents.json5",
               "{defaults: {workspace: '/w', model: {primary: 'a', fallbacks: ['x']}}}");
  folder.write("more/extra.json",
               "{defaults: {model: {primary: 'b', fallbacks: ['y']}, $include: './deep.json'}}");
  folder.write("more/deep.json", "{userTimezone: 'UTC', workspace: '/deep'}");
  folder.write("list.json", "[1, 2]");
  const auto openclaw = load_openclaw(
      folder.write("openclaw.json",
                   "{agents: {$include: ['./agents.json5', 'more/extra.json'], own: 1},\n"
                   " numbers: {$include: 'list.json'},\n"
                   " list: [{$include: 'more/deep.json', workspace: '/mine'}]}"),
      kHome);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  EXPECT_EQ(openclaw->workspace, "/deep");
  EXPECT_EQ(openclaw->user_timezone, "UTC");
  EXPECT_EQ(json::serialize(openclaw->value.at("agents").at("defaults").at("model")),
            R"({"primary":"b","fallbacks":["x","y"]})");
  EXPECT_EQ(openclaw->value.at("agents").at("own"), 1);
  EXPECT_EQ(json::serialize(openclaw->value.at("numbers")), "[1,2]");
  EXPECT_EQ(json::serialize(openclaw->value.at("list")),
            R"([{"userTimezone":"UTC","workspace":"/mine"}])");
}

TEST(OpenClaw, RefusesIncludesThatLeadAstray) {
  const struct {
    const char* name;
    const char* root;
    const char* says;
  } cases[] = {
      {"above", "{$include: '../outside.json'}", "leads out of the folder"},
      {"absolute", "{$include: '/etc/hostname'}", "leads out of the folder"},
      {"by a link", "{$include: 'link.json'}", "leads out of the folder"},
      {"by a linked folder", "{$include: 'linked/outside.json'}", "leads out of the folder"},
      {"itself", "{$include: 'openclaw.json'}", "in a circle"},
      {"a circle", "{$include: 'b.json'}",
       "in a circle; wanted no cycle; found openclaw.json > b.json > c.json"},
      {"missing", "{$include: 'none.json'}", "cannot be read"},
      {"a number", "{$include: 5}", "names no file; wanted a path or a list of paths; found 5"},
      {"nothing", "{$include: []}", "names no file"},
      {"empty", "{$include: ''}", "names no file"},
      {"number in a list", "{$include: [5]}", "names no file"},
      {"list beside keys", "{a: 1, $include: 'list.json'}", "brings no object"},
      {"bad text", "{$include: 'bad.json'}", "bad.json:1:5: an unknown word"},
      {"eleven deep", "{$include: 'd1.json'}", "too deeply; wanted at most 10 levels"},
      {"too many", "{$include: 'fan0.json'}", "one include too many; wanted at most 200"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TempFolder folder;
    folder.write("outside.json", "{}");
    folder.write("in/b.json", "{$include: 'c.json'}");
    folder.write("in/c.json", "{x: {$include: 'b.json'}}");
    folder.write("in/list.json", "[1]");
    folder.write("in/bad.json", "{a: oops}");
    for (int i = 1; i <= 11; ++i) {
      folder.write("in/d" + std::to_string(i) + ".json",
                   i == 11 ? "{}" : "{$include: 'd" + std::to_string(i + 1) + ".json'}");
    }
    for (int i = 0; i <= 5; ++i) {
      const auto next = "'fan" + std::to_string(i + 1) + ".json'";
      folder.write(
          "in/fan" + std::to_string(i) + ".json",
          i == 5 ? "{}" : "{$include: [" + next + "," + next + "," + next + "," + next + "]}");
    }
    fs::create_symlink(folder.path() / "outside.json", folder.path() / "in/link.json");
    fs::create_directory_symlink(folder.path(), folder.path() / "in/linked");
    const auto openclaw = load_openclaw(folder.write("in/openclaw.json", c.root), kHome);
    ASSERT_FALSE(openclaw);
    EXPECT_NE(openclaw.error().message.find(c.says), std::string::npos) << openclaw.error().message;
  }
}

TEST(OpenClaw, AllowsTenLevelsOfIncludes) {
  const TempFolder folder;
  for (int i = 1; i <= 10; ++i) {
    folder.write("d" + std::to_string(i) + ".json",
                 i == 10 ? "{end: true}" : "{$include: 'd" + std::to_string(i + 1) + ".json'}");
  }
  const auto openclaw =
      load_openclaw(folder.write("openclaw.json", "{$include: 'd1.json'}"), kHome);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  EXPECT_EQ(openclaw->value.at("end"), true);
}

TEST(OpenClaw, IsFoundThroughALinkAsDotfilesAreKept) {
  const TempFolder folder;
  const auto real = folder.write("dotfiles/openclaw.json", "{$include: 'more.json'}");
  folder.write("dotfiles/more.json", "{a: 1}");
  fs::create_symlink(real, folder.path() / "openclaw.json");
  const auto openclaw = load_openclaw(folder.path() / "openclaw.json", kHome);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  EXPECT_EQ(openclaw->value.at("a"), 1);
}

TEST(OpenClaw, SaysWhatIsWrongWithTheFile) {
  const TempFolder folder;
  const auto missing = load_openclaw(folder.path() / "none.json", kHome);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  const auto list = load_openclaw(folder.write("list.json", "[1]"), kHome);
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().message.find("wanted an object at the top"), std::string::npos);
  const auto broken = load_openclaw(folder.write("broken.json", "{\n  a: 1\n  b: 2\n}"), kHome);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("broken.json:3:3: an object goes on"), std::string::npos)
      << broken.error().message;
}

TEST(OpenClaw, ReadsTheRunbooksConfiguration) {
  const auto file = fs::path(CHELA_SOURCE_DIR) / "../shared/data/sanitized-config.json";
  if (!fs::exists(file)) GTEST_SKIP() << "the runbook's sample configuration is not here";
  const auto openclaw = load_openclaw(file, kHome);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  EXPECT_TRUE(openclaw->value.at("agents").at("defaults").is_object());
  EXPECT_TRUE(openclaw->heartbeat_is_on);
}

}  // namespace
}  // namespace chela::config
