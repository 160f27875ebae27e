// check.alpaca's fixtures judged by Alpaca's own description of its API.
//
// The description is made from Alpaca's own client, which Alpaca generates from the official one.
// Where CHELA_ALPACA_DESCRIPTION names the official file, that judges as well.
#include "../testing/judging_proxy.h"

namespace check_alpaca {
namespace {

// Cases whose answers contradict the description, which is their point.
const std::vector<std::string> kWrong{"garbage", "garbage_of_the_right_kind",
                                      "one_bad_entry_hides_no_good_one"};

TEST(AlpacaPeers, AlpacasOwnClientDescribesWhatTheFixturesSay) {
  CHELA_WANT_PEERS();
  const std::string description =
      check_testing::describe_client("@alpacahq/alpaca-trade-api", "alpaca");
  ASSERT_FALSE(description.empty());
  EXPECT_GE(check_testing::run_judged_fixtures(description, kWrong), 60);
  std::filesystem::remove(description);
}

TEST(AlpacaPeers, TheProxyFindsWrongRequests) {
  CHELA_WANT_PEERS();
  const std::string description =
      check_testing::describe_client("@alpacahq/alpaca-trade-api", "alpaca");
  check_testing::ScenarioServer scenario;
  check_testing::JudgingProxy proxy(description, scenario.origin());
  ASSERT_TRUE(proxy.is_ready()) << proxy.printed();
  const check_testing::Headers keys{{"apca-api-key-id", "x"}, {"apca-api-secret-key", "y"}};
  const struct {
    const char *name, *target;
    check_testing::Headers headers;
    bool is_wrong;
  } cases[] = {
      {"as it should be", "/v2/orders?status=open&limit=500", keys, false},
      {"a status that is none", "/v2/orders?status=sideways", keys, true},
      {"a limit that is no number", "/v2/orders?limit=many", keys, true},
      {"no keys", "/v2/orders", {}, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    proxy.violations.clear();
    const auto reply = proxy.ask({"GET", c.target, c.headers});
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(!proxy.violations.empty(), c.is_wrong);
  }
  std::filesystem::remove(description);
}

TEST(AlpacaPeers, TheOfficialDescriptionAgrees) {
  CHELA_WANT_PEERS();
  const char* official = std::getenv("CHELA_ALPACA_DESCRIPTION");
  if (official == nullptr) GTEST_SKIP() << "CHELA_ALPACA_DESCRIPTION names no file";
  EXPECT_GE(check_testing::run_judged_fixtures(official, kWrong), 60);
}

}  // namespace
}  // namespace check_alpaca
