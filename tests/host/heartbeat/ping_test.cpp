// When the next dead-man ping is due, and where it goes.
#include "heartbeat/ping.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{1000h};

TEST(Ping, TableOfWhenTheNextIsDue) {
  const struct {
    const char* name;
    PingState state;
    Duration every;
    Timestamp due;
  } cases[] = {
      {"never sent", {}, 5min, kNow},
      {"sent a minute ago", {kNow - 1min, kNow - 1min, 0, ""}, 5min, kNow + 4min},
      {"sent long ago", {kNow - 1h, kNow - 1h, 0, ""}, 5min, kNow - 55min},
      {"the last failed: a minute", {kNow - 10s, {}, 3, "x"}, 5min, kNow + 50s},
      {"the last failed, every 30 s", {kNow - 10s, {}, 3, "x"}, 30s, kNow + 20s},
      {"the clock went back", {kNow + 24h, kNow + 24h, 0, ""}, 5min, kNow},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(next_ping(c.state, c.every, kNow), c.due);
  }
}

TEST(Ping, CountsFailuresAndSurvivesARestart) {
  PingState state = after_ping({}, "the service answered 404", kNow);
  state = after_ping(state, "Timeout was reached", kNow + 1min);
  EXPECT_EQ(state.failures, 2);
  EXPECT_FALSE(state.last_ok);
  const auto read = ping_state_from(to_text(state));
  EXPECT_EQ(read.failures, 2);
  EXPECT_EQ(read.error, "Timeout was reached");
  EXPECT_EQ(read.last_sent, kNow + 1min);
  state = after_ping(read, "", kNow + 2min);
  EXPECT_EQ(state.failures, 0);
  EXPECT_EQ(state.last_ok, kNow + 2min);
  for (const char* garbage : {"", "{", "[]", "{\"failures\":-7,\"last_sent\":3}"})
    EXPECT_EQ(ping_state_from(garbage).failures, 0) << garbage;
}

TEST(Ping, TableOfUrls) {
  const struct {
    const char* name;
    const char* url;
    const char* failing;
  } cases[] = {
      {"a path", "https://h/ping/abc", "https://h/ping/abc/fail"},
      {"a slash at its end", "https://h/ping/abc/", "https://h/ping/abc/fail"},
      {"a query", "https://h/p/abc?rid=1", "https://h/p/abc/fail?rid=1"},
      {"no path", "http://h", "http://h/fail"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ping_url(c.url, true), c.url);
    EXPECT_EQ(ping_url(c.url, false), c.failing);
  }
}

}  // namespace
}  // namespace chela::heartbeat
