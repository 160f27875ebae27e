// A finding reaches a person: a check that looks at a web service, a notifier with a webhook, both
// plugins in their confined workers, and services on loopback that nobody here controls but the
// test.
#include <chela/time.h>
#include <sqlite3.h>

#include <atomic>

#include "story.h"
#include "support/http_stub.h"

namespace chela::test {
namespace {

// Has the form of a webhook's path, is none.
constexpr const char* kCanary = "T0CANARY/B0CANARY/4f9a1c7e2b8d6035f1e9d2c4";

class People : public ::testing::Test {
 protected:
  void SetUp() override { desk.without_builtins(); }

  // Looks at `url` on each tick.
  void watch(const std::string& url, const std::string& id = "shop") {
    spill(desk.manifest("checks", id),
          "id: " + id +
              "\nplugin: check.http\nevery: 1s\nalerts: {flapping: false}\n"
              "allow:\n  http: [{url: \"${config.targets.*.url}\", methods: [GET, HEAD]}]\n"
              "config: {targets: [{url: \"" +
              url + "\", name: shop}]}\n");
  }
  // Sends to `server`, whose path is the secret.
  void notify(const HttpStub& server, const std::string& id = "phone",
              const std::string& routes = "") {
    desk.env["HOOK_" + id] = server.url("/" + std::string(kCanary));
    std::string origin = server.url();
    origin.pop_back();
    spill(desk.manifest("notifiers", id),
          "id: " + id +
              "\nplugin: notify.webhook\nallow:\n  http: [{url: \"${config.server}\", methods: "
              "[POST]}]\nsecrets: {url: env:HOOK_" +
              id + "}\n" + routes + "config: {server: \"" + origin +
              "\", preset: generic, timeout: 5s}\n");
  }
  // As if the wait before the next try were over.
  void make_due() {
    sqlite3* ledger = nullptr;
    ASSERT_EQ(sqlite3_open((state_folder(desk) / "ledger.db").c_str(), &ledger), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(ledger,
                           "UPDATE outbox SET not_before = 1; "
                           "DELETE FROM meta WHERE key LIKE 'notify_silence:%'",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(ledger);
  }
  static HttpAnswer ok() { return HttpAnswer::whole(200, "taken"); }

  void expect_no_canary(const Outcome& outcome) {
    for (const std::string form : {"B0CANARY", "4f9a1c7e2b8d6035"}) {
      EXPECT_EQ(outcome.out.find(form), std::string::npos) << outcome.out;
      EXPECT_EQ(outcome.err.find(form), std::string::npos) << outcome.err;
      for (const auto& entry : fs::recursive_directory_iterator(desk.root())) {
        if (!entry.is_regular_file()) continue;
        EXPECT_EQ(slurp(entry.path()).find(form), std::string::npos) << entry.path();
      }
    }
  }

  Desk desk;
};

TEST_F(People, AreToldOnceAndToldWhenItIsOver) {
  std::atomic<int> status{500};
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(status, "page"); });
  HttpStub hook([](const HttpSeen&) { return ok(); });
  watch(shop.url());
  notify(hook);

  Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(beat.exit_code, 0) << beat.out << beat.err;
  ASSERT_EQ(hook.requests().size(), 1u) << beat.out << beat.err;
  const HttpSeen first = hook.requests().front();
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.target, std::string("/") + kCanary);
  EXPECT_NE(first.body.find("shop"), std::string::npos) << first.body;
  EXPECT_NE(first.body.find("500"), std::string::npos) << first.body;
  EXPECT_NE(beat.out.find("shop"), std::string::npos) << "the plain lines are there as well";
  expect_no_canary(beat);

  beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(hook.requests().size(), 1u) << "nothing is new: " << beat.out;

  status = 200;
  beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(beat.exit_code, 0) << beat.out << beat.err;
  ASSERT_EQ(hook.requests().size(), 2u) << beat.out << beat.err;
  EXPECT_NE(hook.requests()[1].body.find("recovered"), std::string::npos)
      << hook.requests()[1].body;
}

TEST_F(People, HearThatItIsOverWhereTheyHeardThatItBegan) {
  std::atomic<int> status{500};
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(status, "page"); });
  HttpStub early([](const HttpSeen&) { return ok(); }), late([](const HttpSeen&) { return ok(); });
  watch(shop.url());
  notify(early, "early");
  desk.chela({"tick", "--all"});
  ASSERT_EQ(early.requests().size(), 1u);

  notify(late, "late");
  desk.chela({"tick", "--all"});
  // Broken for a moment is not turned off.
  const std::string manifest = slurp(desk.manifest("notifiers", "early"));
  spill(desk.manifest("notifiers", "early"), manifest + "\nnonsense: 1\n");
  desk.chela({"tick", "--all"});
  EXPECT_NE(desk.chela({"notify", "list"}).out.find("not in use: "), std::string::npos);
  spill(desk.manifest("notifiers", "early"), manifest);
  desk.chela({"tick", "--all"});

  status = 200;
  const auto before = late.requests().size();
  const Outcome beat = desk.chela({"tick", "--all"});
  const auto tells = [](const HttpStub& hook, std::size_t from) {
    const auto seen = hook.requests();
    return std::any_of(seen.begin() + static_cast<std::ptrdiff_t>(from), seen.end(),
                       [](const HttpSeen& one) {
                         return one.body.find("shop/target:shop") != std::string::npos ||
                                one.body.find("shop answers 500") != std::string::npos;
                       });
  };
  EXPECT_TRUE(tells(early, 1)) << beat.out << beat.err;
  EXPECT_FALSE(tells(late, before)) << beat.out << beat.err;
}

TEST_F(People, GetWhatWasOwedOnceTheServiceIsBackAlwaysWithTheSameId) {
  std::atomic<int> answers{503};
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(500, "page"); });
  HttpStub hook([&](const HttpSeen&) { return HttpAnswer::whole(answers, "later"); });
  watch(shop.url());
  notify(hook);

  const Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_EQ(beat.exit_code, 1) << beat.out;
  EXPECT_NE(beat.err.find("phone"), std::string::npos) << beat.err;
  ASSERT_EQ(hook.requests().size(), 1u);
  const std::string id = hook.requests().front().field("idempotency-key");
  EXPECT_GE(id.size(), 8u);

  const Outcome seen = desk.chela({"status"});
  EXPECT_NE(seen.out.find("alerts     go to phone"), std::string::npos) << seen.out;
  EXPECT_NE(seen.out.find("phone: 1 message not sent"), std::string::npos) << seen.out;
  const auto all = desk.chela_json({"status"});
  EXPECT_EQ(get_int(all.at("notifiers").at(0), "waiting"), 1);

  answers = 200;
  make_due();
  const Outcome later = desk.chela({"tick"});
  ASSERT_EQ(hook.requests().size(), 2u) << later.out << later.err;
  EXPECT_EQ(hook.requests()[1].field("idempotency-key"), id);
  EXPECT_EQ(desk.chela({"tick"}).exit_code, 0);
  EXPECT_EQ(hook.requests().size(), 2u) << "crossed off";
}

TEST_F(People, AskAServiceNoMoreThanItWantsToBeAsked) {
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(500, "page"); });
  HttpStub hook([&](const HttpSeen&) {
    return HttpAnswer::whole(429, "slowly", {{"Retry-After", "900"}});
  });
  watch(shop.url());
  notify(hook);
  const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  EXPECT_EQ(desk.chela({"tick", "--all"}).exit_code, 1);
  ASSERT_EQ(hook.requests().size(), 1u);
  const auto status = desk.chela_json({"status"});
  const std::string next = get_string(status.at("notifiers").at(0), "next");
  EXPECT_GE(next, format_utc(now + std::chrono::seconds(900)));
  EXPECT_LT(next, format_utc(now + std::chrono::seconds(1000)));
  const Outcome list = desk.chela({"notify", "list"});
  EXPECT_NE(list.out.find("1 not sent yet, next try at " + next + ": phone"), std::string::npos)
      << list.out;
  desk.chela({"tick", "--all"});
  EXPECT_EQ(hook.requests().size(), 1u);
}

TEST_F(People, GetItAgainWithTheSameIdAfterKillNineInTheMiddle) {
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(500, "page"); });
  std::atomic<bool> hangs{true};
  HttpStub hook([&](const HttpSeen&) { return hangs ? HttpAnswer().stall() : ok(); });
  watch(shop.url());
  notify(hook);
  Running running = desk.start({"tick", "--all", "--workspace", desk.workspace().string()});
  ASSERT_TRUE(HttpStub::eventually([&] { return hook.requests().size() == 1; }));
  ::kill(running.pid, SIGKILL);
  Desk::finish(std::move(running));
  hangs = false;
  const Outcome beat = desk.chela({"tick"});
  ASSERT_EQ(hook.requests().size(), 2u) << beat.out << beat.err;
  const auto seen = hook.requests();
  EXPECT_FALSE(seen[0].field("idempotency-key").empty());
  EXPECT_EQ(seen[0].field("idempotency-key"), seen[1].field("idempotency-key"));
  EXPECT_EQ(seen[0].body, seen[1].body);
}

TEST_F(People, SeeTheServicesAnswerWhenTheyTryANotifier) {
  std::atomic<int> status{200};
  HttpStub hook([&](const HttpSeen&) { return HttpAnswer::whole(status, "no such hook"); });
  notify(hook);
  const Outcome good = desk.chela({"notify", "test", "phone", "--severity", "crit"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_NE(good.out.find("phone has taken it in "), std::string::npos) << good.out;
  EXPECT_NE(good.out.find("200"), std::string::npos) << good.out;
  EXPECT_NE(hook.requests().at(0).body.find("crit"), std::string::npos);
  expect_no_canary(good);

  status = 404;
  const Outcome gone = desk.chela({"notify", "test", "phone"});
  EXPECT_NE(gone.exit_code, 0);
  EXPECT_NE(gone.err.find("404"), std::string::npos) << gone.err;
  expect_no_canary(gone);

  const Outcome unknown = desk.chela({"notify", "test", "phnoe"});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_NE(unknown.err.find("did you mean 'phone'?"), std::string::npos) << unknown.err;
}

TEST_F(People, AreNobodyWhereNoNotifierIsOn) {
  const Outcome seen = desk.chela({"status"});
  EXPECT_NE(seen.out.find("alerts     reach nobody"), std::string::npos) << seen.out;
  const Outcome listed = desk.chela({"notify", "list"});
  EXPECT_NE(listed.out.find("alerts reach nobody"), std::string::npos) << listed.out;
  const Outcome tried = desk.chela({"notify", "test", "phone"});
  EXPECT_EQ(tried.exit_code, 3);
  EXPECT_NE(tried.err.find("none is: chela enable notify."), std::string::npos) << tried.err;
}

TEST_F(People, AreToldOnlyWhatTheNotifiersManifestWants) {
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(500, "page"); });
  HttpStub hook([](const HttpSeen&) { return ok(); });
  watch(shop.url());
  watch(shop.url("/other"), "other");
  notify(hook, "phone", "notify: {checks: [\"oth*\"]}\n");
  notify(hook, "nothing", "notify: {except: [shop, other]}\n");
  ASSERT_EQ(desk.chela({"tick", "--all"}).exit_code, 0);
  ASSERT_EQ(hook.requests().size(), 1u);
  EXPECT_NE(hook.requests()[0].body.find("other"), std::string::npos) << hook.requests()[0].body;
}

TEST_F(People, AreHeldUpByNoRequestBeyondTheGrant) {
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(200, "page"); });
  spill(desk.manifest("checks", "shop"),
        "id: shop\nplugin: check.http\nevery: 1s\n"
        "allow:\n  http: [{url: \"https://elsewhere.example\", methods: [GET, HEAD]}]\n"
        "config: {targets: [{url: \"" +
            shop.url() + "\"}]}\n");
  const Outcome beat = desk.chela({"tick", "--all"});
  EXPECT_NE((beat.out + beat.err).find("add under 'allow':  http: [{url: \"" + shop.url()),
            std::string::npos)
      << beat.out << beat.err;
  EXPECT_EQ(shop.requests().size(), 0u);
}

TEST_F(People, LogInOnceAndTheirTokensAreMadeFromThenOn) {
  std::atomic<int> polls{0};
  HttpStub service([&](const HttpSeen& seen) {
    if (seen.target == "/device")
      return HttpAnswer::whole(
          200,
          R"({"device_code":"dev","user_code":"ABCD-EFGH","verification_uri":"https://x.example/d","expires_in":60,"interval":1})");
    if (seen.target == "/token" && seen.body.find("device_code") != std::string::npos) {
      if (++polls == 1) return HttpAnswer::whole(400, R"({"error":"authorization_pending"})");
      return HttpAnswer::whole(
          200,
          R"({"access_token":"token-B0CANARY-1","expires_in":1,"refresh_token":"r-B0CANARY"})");
    }
    if (seen.target == "/token")
      return HttpAnswer::whole(200, R"({"access_token":"token-B0CANARY-2","expires_in":3600})");
    return HttpAnswer::whole(seen.field("authorization") == "Bearer token-B0CANARY-2" ? 200 : 401,
                             "page");
  });
  const Outcome login =
      desk.chela({"secret", "login", "mine", "--client-id", "client", "--scope", "mail",
                  "--device-url", service.url("/device"), "--token-url", service.url("/token")});
  EXPECT_EQ(login.exit_code, 0) << login.out << login.err;
  EXPECT_NE(login.out.find("Type   ABCD-EFGH"), std::string::npos) << login.out;
  EXPECT_NE(login.out.find("secrets: {token: oauth:mine}"), std::string::npos) << login.out;
  EXPECT_EQ(login.out.find("B0CANARY"), std::string::npos) << login.out;
  EXPECT_EQ(polls, 2);

  std::string origin = service.url();
  origin.pop_back();
  spill(desk.manifest("notifiers", "phone"),
        "id: phone\nplugin: notify.webhook\nallow:\n  http: [{url: \"${config.server}\", methods: "
        "[POST]}]\nsecrets: {url: env:HOOK, token: 'oauth:mine'}\nconfig: {server: \"" +
            origin + "\", headers: {authorization: \"Bearer {{secret:token}}\"}}\n");
  desk.env["HOOK"] = service.url("/send");
  const Outcome sent = desk.chela({"notify", "test", "phone"});
  EXPECT_EQ(sent.exit_code, 0) << sent.out << sent.err;
  EXPECT_EQ((sent.out + sent.err).find("B0CANARY"), std::string::npos);
}

TEST_F(People, ReadTheDayOnOnePage) {
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(500, "page"); });
  HttpStub hook([](const HttpSeen&) { return ok(); });
  watch(shop.url());
  notify(hook, "phone", "notify: {severity: crit, except: [shop]}\n");
  ASSERT_EQ(desk.chela({"tick", "--all"}).exit_code, 0);
  const Outcome page = desk.chela({"brief", "--send", "phone"});
  EXPECT_EQ(page.exit_code, 0) << page.err;
  EXPECT_NE(page.out.find("Alerts: 1 open"), std::string::npos) << page.out;
  EXPECT_NE(page.out.find("in the queue"), std::string::npos) << page.out;
  EXPECT_NE(page.err.find("sent to phone: "), std::string::npos) << page.err;
  ASSERT_EQ(hook.requests().size(), 1u) << "what a person asks for is not routed";
  EXPECT_NE(hook.requests()[0].body.find("Alerts: 1 open"), std::string::npos);
  const Outcome wrong = desk.chela({"brief", "--send", "fone"});
  EXPECT_NE(wrong.exit_code, 0);
}

TEST_F(People, ReadLongMessagesAsWholeLinesOfJson) {
  std::atomic<int> status{200};
  HttpStub shop([&](const HttpSeen&) { return HttpAnswer::whole(status, "page"); });
  std::string targets;
  for (int i = 0; i < 25; ++i)
    targets += "{url: \"" + shop.url("/" + std::to_string(i)) + "\", name: shop" +
               std::to_string(i) + "},";
  spill(desk.manifest("checks", "shop"),
        "id: shop\nplugin: check.http\nevery: 1s\n"
        "allow:\n  http: [{url: \"${config.targets.*.url}\", methods: [GET, HEAD]}]\n"
        "config: {targets: [" +
            targets + "]}\n");
  spill(desk.manifest("notifiers", "here"),
        "id: here\nplugin: notify.stdout\nconfig: {form: json}\n");
  ASSERT_EQ(desk.chela({"tick", "--all"}).exit_code, 0);
  status = 500;
  const Outcome beat = desk.chela({"tick", "--all"});
  const auto begin = beat.out.find("{\"schema\":\"chela.notifier.message/1\"");
  ASSERT_NE(begin, std::string::npos) << beat.out << beat.err;
  const std::string line = beat.out.substr(begin, beat.out.find('\n', begin) - begin);
  EXPECT_GT(line.size(), 2000u);
  const auto message = parse_json(line);
  ASSERT_TRUE(message) << line;
  EXPECT_EQ(message->at("lines").as_array().size(), 25u) << line;
}

TEST_F(People, GetOneDocumentWhateverIsPrinted) {
  spill(desk.manifest("notifiers", "here"), "id: here\nplugin: notify.stdout\n");
  const auto tried = desk.chela_json({"notify", "test", "here"});
  EXPECT_NE(json::serialize(tried.at("lines")).find("a test of chela's"), std::string::npos)
      << json::serialize(tried);
  const Outcome brief = desk.chela({"brief", "--send", "here", "--send", "fone", "--json"});
  EXPECT_NE(brief.exit_code, 0);
  const auto page = parse_json(brief.out);
  ASSERT_TRUE(page) << brief.out;
  EXPECT_NE(json::serialize(page->at("sent").at(0).at("lines")).find("Alerts"), std::string::npos)
      << brief.out;
  EXPECT_NE(get_string(page->at("sent").at(1), "error").find("fone"), std::string::npos)
      << brief.out;
}

}  // namespace
}  // namespace chela::test
