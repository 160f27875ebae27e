// The pure rules of HTTP exchanges: which deadline is next, what an end means, which hosts are
// here.
#include "http_support.h"
#include "services/http_outcome.h"
#include "services/http_url.h"

namespace chela::services {
namespace {

TEST(HttpDeadlines, TheNearestOneOfTheCurrentStateHolds) {
  const HttpProgress::Time zero{};
  const HttpDeadlines all{1s, 10s, 5s, 60s};
  const auto state = [&](std::optional<Duration> connected, std::optional<Duration> last_byte,
                         bool is_paused = false) {
    HttpProgress progress;
    if (connected) progress.connected = zero + *connected;
    if (last_byte) progress.last_byte = zero + *last_byte;
    progress.is_paused = is_paused;
    return progress;
  };
  HttpProgress second_leg = state(std::nullopt, std::nullopt);
  second_leg.leg_began = zero + 30s;
  const struct {
    const char* name;
    HttpDeadlines deadlines;
    HttpProgress progress;
    HttpFailure kind;
    Duration until;
  } cases[] = {
      {"connecting", all, state({}, {}), HttpFailure::connect_timeout, 1s},
      {"connecting after a redirect", all, second_leg, HttpFailure::connect_timeout, 31s},
      {"connected", all, state(500ms, {}), HttpFailure::first_byte_timeout, 10'500ms},
      {"connected late", all, state(55s, {}), HttpFailure::total_timeout, 60s},
      {"answering", all, state(500ms, 3s), HttpFailure::idle_timeout, 8s},
      {"answering for long", all, state(500ms, 58s), HttpFailure::total_timeout, 60s},
      {"our reader is behind", all, state(500ms, 3s, true), HttpFailure::total_timeout, 60s},
      {"no connect deadline", {0s, 10s, 5s, 60s}, state({}, {}), HttpFailure::total_timeout, 60s},
      {"no idle deadline", {1s, 10s, 0s, 60s}, state(1s, 3s), HttpFailure::total_timeout, 60s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const HttpLimit limit = next_limit(c.deadlines, c.progress);
    EXPECT_EQ(to_string(limit.kind), std::string(to_string(c.kind)));
    EXPECT_EQ(limit.until - zero, c.until);
  }
  EXPECT_EQ(next_limit({0s, 0s, 0s, 0s}, state(1s, 2s)).until, HttpProgress::Time::max());
}

TEST(HttpOutcome, ACodeOfLibcurlIsReadByWhenItCame) {
  const struct {
    const char* name;
    CurlEnd end;
    HttpFailure kind;
  } cases[] = {
      {"reset before TLS was through",
       {CURLE_RECV_ERROR, 104, 0, false, false, ""},
       HttpFailure::connect_refused},
      {"reset after the request", {CURLE_RECV_ERROR, 104, 0, true, false, ""}, HttpFailure::cut},
      {"an HTTP/2 stream reset without an answer",
       {CURLE_HTTP2_STREAM, 0, 0, true, false, ""},
       HttpFailure::protocol},
      {"an HTTP/2 stream reset inside the answer",
       {CURLE_HTTP2_STREAM, 0, 0, true, true, ""},
       HttpFailure::cut},
      {"a proxy that refused", {CURLE_RECV_ERROR, 0, 407, false, false, ""}, HttpFailure::proxy},
      {"cut behind a proxy that connected us",
       {CURLE_RECV_ERROR, 0, 200, true, true, ""},
       HttpFailure::cut},
      {"no address of the proxy",
       {CURLE_COULDNT_RESOLVE_PROXY, 0, 0, false, false, ""},
       HttpFailure::dns},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(to_string(judge_end(c.end).kind), std::string(to_string(c.kind)));
  }
}

TEST(HttpUrl, LoopbackIsWhatCannotLeaveTheMachine) {
  const auto curl = open_curl();
  ASSERT_TRUE(curl) << curl.error().message;
  const struct {
    const char* url;
    bool is_loopback;
  } cases[] = {
      {"http://localhost/", true},
      {"http://LOCALHOST:80/", true},
      {"http://127.0.0.1/", true},
      {"http://127.1/", true},
      {"http://0x7f000001/", true},
      {"http://[::1]/", true},
      {"http://[0:0:0:0:0:0:0:1]/", true},
      {"http://0.0.0.0/", false},
      {"http://localhost.lan/", false},
      {"http://128.0.0.1/", false},
      {"http://[::2]/", false},
      {"http://[::ffff:10.0.0.1]/", false},
      {"http://127.0.0.1.nip.io/", false},
  };
  for (const auto& c : cases) {
    const auto url = parse_url(*curl, c.url);
    ASSERT_TRUE(url) << c.url << ": " << url.error().message;
    EXPECT_EQ(is_loopback(*url), c.is_loopback) << c.url << " is " << url->host;
  }
}

}  // namespace
}  // namespace chela::services
