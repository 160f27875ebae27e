// check.kalshi against a stand-in that verifies signatures with OpenSSL, beside Kalshi's own
// client, and its fixtures judged by a description made from that client.
#include <fstream>

#include "../testing/judging_proxy.h"
#include "stand_in.h"

namespace check_kalshi {
namespace {

namespace json = chela::json;
using check_testing::LoopbackServer;
using chela::testing::FakeHost;

const std::string kGood = std::string(CHELA_PLUGIN_DIR) + "/fixtures/good";

// A host as in the good fixture, whose clock is `ahead` of the stand-in's and which signs with
// `key`.
struct Bench {
  FakeHost host;
  std::unique_ptr<KalshiStandIn> stand_in;
  std::unique_ptr<LoopbackServer> server;

  Bench(const Key& theirs, const Key& ours, chela::Duration ahead = chela::Duration(0)) {
    chela::testing::fill(host,
                         chela::testing::read_json_file(kGood + "/world.json", json::object()));
    const chela::Timestamp now = host.now;
    stand_in = std::make_unique<KalshiStandIn>(
        theirs, [now] { return now; }, host.http);
    server = std::make_unique<LoopbackServer>(
        [this](const Question& question) { return stand_in->answer(question); });
    host.now += ahead;
    host.signer = [ours](const std::string&, const std::string&, const std::string& text) {
      return chela::Result<chela::Signature>(chela::Signature{ours.sign(text), "of the test"});
    };
    host.http_handler = [this](const json::value& request, const std::string&) {
      check_testing::expect_declared(request, CHELA_PLUGIN_DIR);
      return check_testing::ask_loopback(
          server->port(), check_testing::question_of(request, KalshiStandIn::kKeyId));
    };
  }

  json::value run() {
    auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host);
    EXPECT_TRUE(plugin.has_value());
    const json::object request{{"cursor",
                                {{"origin", "https://external-api.demo.kalshi.co"},
                                 {"looked", host.now.time_since_epoch().count()}}}};
    auto report = plugin ? (*plugin)->call("run", request)
                         : chela::Result<json::value>(chela::fail(plugin.error()));
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return report.value_or(json::value());
  }
};

TEST(KalshiSignature, HoldsForEachKindOfKey) {
  for (const bool is_rsa : {true, false}) {
    SCOPED_TRACE(is_rsa ? "RSA-PSS" : "Ed25519");
    const Key key = is_rsa ? Key::rsa() : Key::ed25519();
    Bench bench(key, key);
    const json::value report = bench.run();
    EXPECT_EQ(chela::get_string(report, "status"), "ok") << json::serialize(report);
    EXPECT_EQ(chela::get_string(report, "summary").find("could not"), std::string::npos);
    EXPECT_EQ(bench.stand_in->verified, 8);
  }
}

// A text fits where it is the pattern with digits for #.
bool fits(std::string_view text, std::string_view pattern) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return pattern.starts_with('#') && digits > 0 && text.substr(digits) == pattern.substr(1);
}

TEST(KalshiSignature, IsAskedForDeclaredTextsOnly) {
  const Key key = Key::ed25519();
  Bench bench(key, key);
  bench.run();
  const auto plugin = *chela::parse_json(
      chela::testing::read_whole_file(std::string(CHELA_PLUGIN_DIR) + "/plugin.json"));
  const auto texts = chela::get_strings(plugin.at("needs").at("sign").at(0), "texts");
  ASSERT_EQ(bench.host.signed_texts.size(), texts.size());
  for (const auto& text : bench.host.signed_texts) {
    EXPECT_TRUE(std::any_of(texts.begin(), texts.end(), [&](const auto& pattern) {
      return fits(text, pattern);
    })) << text;
  }
}

TEST(KalshiSignature, OfAnotherKeyIsACriticalFinding) {
  Bench bench(Key::ed25519(), Key::ed25519());
  const json::value report = bench.run();
  EXPECT_EQ(chela::get_string(report, "summary"),
            "[demo] Kalshi refuses the key (HTTP 401: 'the signature does not hold')");
  EXPECT_EQ(bench.stand_in->verified, 0);
}

TEST(KalshiClock, IsToldWhereItIsTheReason) {
  const Key key = Key::ed25519();
  const struct {
    std::chrono::seconds ahead;
    const char* said;
  } cases[] = {{std::chrono::seconds(40), "40 s ahead of"},
               {std::chrono::seconds(-45), "45 s behind"},
               {std::chrono::seconds(25), ""}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.said);
    Bench bench(key, key, c.ahead);
    const json::value report = bench.run();
    const std::string summary = chela::get_string(report, "summary");
    const bool is_refused = c.said[0] != '\0';
    EXPECT_EQ(chela::get_string(report, "status"), is_refused ? "crit" : "ok");
    EXPECT_NE(summary.find(c.said), std::string::npos) << summary;
  }
}

TEST(KalshiStandIn, RefusesWhatKalshiWould) {
  const chela::Timestamp now(std::chrono::seconds(1'795'536'000));
  const Key rsa = Key::rsa();
  KalshiStandIn stand_in(rsa, [now] { return now; }, {});
  const std::string path = "/trade-api/v2/portfolio/orders";
  const auto time = [&](std::int64_t skew_ms) {
    return std::to_string(now.time_since_epoch().count() + skew_ms);
  };
  const struct {
    const char* name;
    std::string method, target, key_id, time, signature;
    int status;
  } cases[] = {
      {"as it should be", "GET", path, KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "GET" + path), 404},  // the world of this test is empty
      {"with a query", "GET", path + "?limit=1", KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "GET" + path), 404},
      {"the query signed", "GET", path + "?limit=1", KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "GET" + path + "?limit=1"), 401},
      {"another path signed", "GET", path, KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "GET/portfolio/orders"), 401},
      {"another time signed", "GET", path, KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(1) + "GET" + path), 401},
      {"another salt", "GET", path, KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "GET" + path, 20), 401},
      {"an older padding", "GET", path, KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "GET" + path, 0, RSA_PKCS1_PADDING), 401},
      {"31 s late", "GET", path, KalshiStandIn::kKeyId, time(31'000),
       rsa.sign(time(31'000) + "GET" + path), 401},
      {"another key id", "GET", path, "x", time(0), rsa.sign(time(0) + "GET" + path), 401},
      {"no signature", "GET", path, KalshiStandIn::kKeyId, time(0), "", 401},
      {"an order", "POST", path, KalshiStandIn::kKeyId, time(0), rsa.sign(time(0) + "POST" + path),
       405},
      {"a cancel", "DELETE", path + "/x", KalshiStandIn::kKeyId, time(0),
       rsa.sign(time(0) + "DELETE" + path), 405},
      {"an unknown path", "GET", "/trade-api/v2/portfolio/x", KalshiStandIn::kKeyId, time(0), "",
       404},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Question question{c.method,
                            c.target,
                            {{"kalshi-access-key", c.key_id},
                             {"kalshi-access-timestamp", c.time},
                             {"kalshi-access-signature", c.signature}}};
    EXPECT_EQ(stand_in.answer(question).status, c.status);
  }
  EXPECT_EQ(stand_in.verified, 2);
}

// What Kalshi's own client gets from a stand-in that knows `theirs`, signing with `ours`.
std::string ask_by_own_client(const Key& theirs, const Key& ours) {
  FakeHost host;
  chela::testing::fill(host, chela::testing::read_json_file(kGood + "/world.json", json::object()));
  const auto real_clock = [] {
    return std::chrono::time_point_cast<chela::Duration>(std::chrono::system_clock::now());
  };
  KalshiStandIn stand_in(theirs, real_clock, host.http);
  const LoopbackServer server(
      [&stand_in](const Question& question) { return stand_in.answer(question); });
  const auto file = std::filesystem::temp_directory_path() /
                    ("chela-kalshi-key-" + std::to_string(getpid()) + ".pem");
  std::ofstream(file) << ours.pem();
  check_testing::NodeProgram program({std::string(CHELA_PLUGIN_DIR) + "/own_client.mjs",
                                      check_testing::peers_folder() + "/node_modules",
                                      server.origin() + "/trade-api/v2", KalshiStandIn::kKeyId,
                                      file.string()});
  program.wait();
  std::filesystem::remove(file);
  return program.printed();
}

TEST(KalshiPeers, KalshisOwnClientSignsAlike) {
  CHELA_WANT_PEERS();
  const Key key = Key::rsa();
  EXPECT_EQ(ask_by_own_client(key, key), "200 123450\n");
  EXPECT_EQ(ask_by_own_client(key, Key::rsa()), "401 refused\n");
}

TEST(KalshiPeers, KalshisOwnClientDescribesWhatTheFixturesSay) {
  CHELA_WANT_PEERS();
  const std::string description = check_testing::describe_client("kalshi-typescript", "kalshi");
  ASSERT_FALSE(description.empty());
  // Cases whose answers contradict the description, which is their point.
  const std::vector<std::string> wrong{"garbage", "garbage_of_the_right_kind",
                                       "one_bad_entry_hides_no_good_one", "old_cents_only"};
  EXPECT_GE(check_testing::run_judged_fixtures(description, wrong), 60);
  std::filesystem::remove(description);
}

}  // namespace
}  // namespace check_kalshi
