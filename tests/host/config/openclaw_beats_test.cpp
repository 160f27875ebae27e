#include "config/openclaw_beats.h"

#include <gtest/gtest.h>

#include "host/config/temp_folder.h"

namespace chela::config {
namespace {

using namespace std::chrono_literals;

const EnvLookup kNothing = [](const std::string&) { return std::nullopt; };

TEST(OpenClawBeats, NamesWhoBeatsAndHowToTurnItOff) {
  const TempFolder folder;
  const auto openclaw = load_openclaw(
      folder.write("openclaw.json",
                   "{agents: {defaults: {heartbeat: {every: '20m'}}, list: [{id: 'a', workspace: "
                   "'~/a/', heartbeat: {}}, {id: 'b', heartbeat: {every: '0m'}}, {id: 'c'}], "
                   "entries: {\"it's\": {heartbeat: {every: 5}}}}}"),
      kNothing);
  ASSERT_TRUE(openclaw) << openclaw.error().message;
  const auto beats = beats_of(*openclaw, "/home/me");
  ASSERT_EQ(beats.size(), 2u);
  EXPECT_EQ(beats[0].agent, "a");
  EXPECT_EQ(beats[0].path, "agents.defaults.heartbeat.every");
  EXPECT_EQ(beats[0].every, Duration(20min));
  EXPECT_EQ(beats[0].workspace.value_or(""), "/home/me/a");
  EXPECT_FALSE(beats[1].workspace);
  EXPECT_EQ(heartbeat_off_commands(beats),
            (std::vector<std::string>{
                "openclaw config set agents.defaults.heartbeat.every 0m",
                "openclaw config set 'agents.entries.it'\\''s.heartbeat.every' 0m"}));
}

TEST(OpenClawBeats, TellsWhichVersionTheFileIsWrittenFor) {
  const struct {
    const char* name;
    const char* text;
    OpenClawDialect dialect;
  } cases[] = {
      {"nothing tells", "{}", OpenClawDialect::unknown},
      {"old by its version", "{meta: {lastTouchedVersion: '2026.2.9'}}", OpenClawDialect::y2026_2},
      {"older", "{meta: {lastTouchedVersion: '2025.12.1'}}", OpenClawDialect::y2026_2},
      {"new by its version", "{meta: {lastTouchedVersion: '2026.9.6'}}", OpenClawDialect::y2026_9},
      {"between, told by a key", "{meta: {lastTouchedVersion: '2026.5.1'}, agents: {entries: {}}}",
       OpenClawDialect::y2026_9},
      {"no version", "{meta: {lastTouchedVersion: 'x.y'}, agents: {list: []}}",
       OpenClawDialect::y2026_2},
      {"keys of both", "{agents: {list: [], entries: {}}}", OpenClawDialect::unknown},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TempFolder folder;
    const auto openclaw = load_openclaw(folder.write("openclaw.json", c.text), kNothing);
    ASSERT_TRUE(openclaw) << openclaw.error().message;
    EXPECT_EQ(dialect_of(*openclaw), c.dialect);
  }
}

}  // namespace
}  // namespace chela::config
