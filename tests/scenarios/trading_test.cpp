// Trading accounts seen through the built chela: services that refuse what the real ones would, a
// private key in a file of its own, and no way to do more than ask.
#include <mutex>
#include <set>

#include "plugins/checks/kalshi/stand_in.h"
#include "scenarios/story.h"

namespace chela::test {
namespace {

using check_kalshi::KalshiStandIn;
using check_kalshi::Key;
using check_testing::LoopbackServer;
using check_testing::Question;

constexpr const char* kAlpacaKey = "PKCANARY0123456789AB";
constexpr const char* kAlpacaSecret = "cANaRy4f9a1c7e2b8d6035f1e9d2c4b7a8e0f1";

std::vector<chela::testing::FakeHttpAnswer> answers_of(const std::string& check) {
  chela::testing::FakeHost host;
  chela::testing::fill(host, chela::testing::read_json_file(std::string(CHELA_CHECKS_DIR) + "/" +
                                                                check + "/fixtures/good/world.json",
                                                            json::object()));
  return host.http;
}

FetchReply refusal(int status, const std::string& why) {
  FetchReply reply;
  reply.status = status;
  reply.body = "{\"message\": \"" + why + "\"}";
  return reply;
}

class Trading : public ::testing::Test {
 protected:
  void SetUp() override { desk.without_builtins(); }

  // The time of the services, `behind` this machine's.
  Timestamp now() const {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) - behind;
  }
  FetchReply see(const Question& question, const LoopbackServer::Answer& answer) {
    {
      const std::lock_guard lock(mutex);
      methods.insert(question.method);
    }
    return answer(question);
  }

  void watch_kalshi(const Key& signs_with, const std::string& paths) {
    pem = signs_with.pem();
    const auto file = desk.home() / "kalshi.pem";
    spill(file, pem);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    desk.env["KALSHI_KEY_ID"] = KalshiStandIn::kKeyId;
    spill(desk.manifest("checks", "kalshi"),
          "id: kalshi\nplugin: check.kalshi\nevery: 1s\nalerts: {failures: 1, flapping: false}\n"
          "allow:\n  http: [{url: \"${config.base_url}\", methods: [GET], paths: [" +
              paths +
              "]}]\n  sign: [private_key]\n"
              "secrets: {key_id: env:KALSHI_KEY_ID, private_key: \"file:~/kalshi.pem\"}\n"
              "config: {base_url: \"" +
              kalshi.origin() + "\"}\n");
  }
  void watch_alpaca(const std::string& secret) {
    desk.env["ALPACA_ID"] = kAlpacaKey;
    desk.env["ALPACA_SECRET"] = secret;
    spill(desk.manifest("checks", "alpaca"),
          "id: alpaca\nplugin: check.alpaca\nevery: 1s\nalerts: {failures: 1, flapping: false}\n"
          "allow:\n  http: [{url: \"${config.base_url}\", methods: [GET], paths: [/v2/account, "
          "/v2/clock, /v2/positions, /v2/orders, /v2/account/activities, /v2/calendar]}]\n"
          "secrets: {key_id: env:ALPACA_ID, secret_key: env:ALPACA_SECRET}\n"
          "config: {base_url: \"" +
              alpaca.origin() + "\"}\n");
  }

  FetchReply answer_as_alpaca(const Question& question) {
    if (question.header("apca-api-key-id") != kAlpacaKey ||
        question.header("apca-api-secret-key") != kAlpacaSecret)
      return refusal(401, "unauthorized");
    ++alpaca_let_in;
    for (const auto& one : alpaca_answers) {
      if (question.target.find(one.url_contains) != std::string::npos) return one.reply;
    }
    return refusal(404, "no such path");
  }

  // Neither in what was said nor in any file but the key's own.
  void expect_no_secret(const Outcome& outcome) {
    std::vector<std::string> forms{kAlpacaSecret};
    std::istringstream lines(pem);
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with("-----")) forms.push_back(line.substr(0, 24));
    ASSERT_GE(forms.size(), pem.empty() ? 1u : 2u);
    for (const auto& form : forms) {
      EXPECT_EQ((outcome.out + outcome.err).find(form), std::string::npos) << outcome.out;
      for (const auto& entry : fs::recursive_directory_iterator(desk.root())) {
        if (!entry.is_regular_file() || entry.path() == desk.home() / "kalshi.pem") continue;
        EXPECT_EQ(slurp(entry.path()).find(form), std::string::npos) << entry.path();
      }
    }
  }
  void expect_only_gets() {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(methods, std::set<std::string>{"GET"});
  }

  static constexpr const char* kPaths =
      "/trade-api/v2/exchange/status, /trade-api/v2/markets, /trade-api/v2/portfolio/balance, "
      "/trade-api/v2/portfolio/positions, /trade-api/v2/portfolio/orders, "
      "/trade-api/v2/portfolio/settlements, /trade-api/v2/portfolio/deposits, "
      "/trade-api/v2/portfolio/withdrawals, /trade-api/v2/api_keys, /trade-api/v2/account/limits";

  Duration behind{0};
  std::mutex mutex;
  std::set<std::string> methods;  // guarded by mutex
  std::atomic<int> alpaca_let_in = 0;
  std::string pem;
  const Key key = Key::rsa();
  const std::vector<chela::testing::FakeHttpAnswer> alpaca_answers = answers_of("alpaca");
  KalshiStandIn stand_in{key, [this] { return now(); }, answers_of("kalshi")};
  LoopbackServer kalshi{[this](const Question& question) {
    return see(question, [this](const Question& asked) { return stand_in.answer(asked); });
  }};
  LoopbackServer alpaca{[this](const Question& question) {
    return see(question, [this](const Question& asked) { return answer_as_alpaca(asked); });
  }};
  Desk desk;
};

TEST_F(Trading, AccountsAreSeenAndStandInTheBrief) {
  watch_kalshi(key, kPaths);
  watch_alpaca(kAlpacaSecret);
  const Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(beat.err.find("could not check"), std::string::npos) << beat.err;
  EXPECT_GE(stand_in.verified, 5) << beat.out << beat.err;
  EXPECT_GE(alpaca_let_in, 4) << beat.out << beat.err;
  expect_no_secret(beat);

  const Outcome brief = desk.chela({"brief"});
  EXPECT_EQ(brief.exit_code, 0) << brief.err;
  EXPECT_NE(brief.out.find("balance $1,234.50"), std::string::npos) << brief.out << brief.err;
  EXPECT_NE(brief.out.find("equity $123,346.11"), std::string::npos) << brief.out << brief.err;
  expect_no_secret(brief);
  expect_only_gets();
}

TEST_F(Trading, AForeignKeyIsTold) {
  watch_kalshi(Key::rsa(), kPaths);
  const Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(stand_in.verified, 0);
  EXPECT_NE((beat.out + beat.err).find("the signature does not hold"), std::string::npos)
      << beat.out << beat.err;
  expect_no_secret(beat);
}

TEST_F(Trading, WrongKeysAreToldWithoutThem) {
  watch_alpaca(std::string(kAlpacaSecret) + "x");
  const Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(alpaca_let_in, 0);
  EXPECT_NE((beat.out + beat.err).find("401"), std::string::npos) << beat.out << beat.err;
  expect_no_secret(beat);
}

TEST_F(Trading, AClockThatIsOffIsTold) {
  behind = std::chrono::seconds(40);
  watch_kalshi(key, kPaths);
  const Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(stand_in.verified, 0);
  // The date has whole seconds.
  const std::string said = beat.out + beat.err;
  EXPECT_TRUE(said.find("40 s ahead of") != std::string::npos ||
              said.find("41 s ahead of") != std::string::npos)
      << said;
}

TEST_F(Trading, AManifestThatLeavesAPathOutIsRefusedWithTheLineToAdd) {
  std::string paths = kPaths;
  const std::string orders = "/trade-api/v2/portfolio/orders, ";
  paths.erase(paths.find(orders), orders.size());
  watch_kalshi(key, paths);
  const Outcome beat = desk.chela({"tick", "--all"});
  const std::string said = beat.out + beat.err;
  EXPECT_NE(said.find("add under 'allow':  http: [{url: \"" + kalshi.origin() +
                      "\", methods: [GET], paths: ["),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("\"/trade-api/v2/portfolio/orders\""), std::string::npos) << said;
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(methods.empty()) << "nothing was asked";
}

}  // namespace
}  // namespace chela::test
