// Servers that accept and never say a word: every check and notifier that goes to the network hangs
// at once, and what is looked at on this machine must not notice.
#include <set>

#include "scenarios/story.h"
#include "support/http_stub.h"

namespace chela::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class Hanging : public ::testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    desk.without_builtins();
    desk.env["WORD"] = "not-a-real-password";
    desk.env["HOOK"] = server.url("/services/T0/B0");
    origin = server.url();
    origin.pop_back();
    place = origin.substr(origin.find("://"));
  }

  // One of each that asks the network, given `deadline`.
  void add_checks(const std::string& deadline) {
    const std::string web = "allow: {http: [\"" + origin + "\"], read: [/usr/share/zoneinfo]}\n";
    spill(desk.home() / "key.pem", "no key, and never asked for\n");
    fs::permissions(desk.home() / "key.pem", fs::perms::owner_read | fs::perms::owner_write);
    const struct {
      const char* id;
      const char* plugin;
      std::string more;
    } checks[] = {
        {"mail", "email",
         "allow: {stream: [\"imap" + place + "\"]}\nsecrets: {password: env:WORD}\n" +
             "config: {server: \"imap" + place +
             "\", user: ana, authorised: [ana@example.org], timeout: 5s}\n"},
        {"ics", "calendar", web + "config: {url: \"" + origin + "/team.ics\", timeout: 1s}\n"},
        {"caldav", "calendar",
         web + "secrets: {password: env:WORD}\nconfig: {url: \"" + origin +
             "/dav/\", login: basic, user: ana, timeout: 1s}\n"},
        {"alpaca", "alpaca",
         "allow:\n  http: [\"" + origin + "\"]\n" +
             "secrets: {key_id: env:WORD, secret_key: env:WORD}\n" + "config: {base_url: \"" +
             origin + "\", timeout: 1s}\n"},
        {"kalshi", "kalshi",
         "allow:\n  http: [\"" + origin + "\"]\n  sign: [private_key]\n" +
             "secrets: {key_id: env:WORD, private_key: \"file:~/key.pem\"}\n" +
             "config: {base_url: \"" + origin + "\", timeout: 1s}\n"},
        {"weather", "weather",
         web + "config: {latitude: 52.5, longitude: 13.4, forecast_url: \"" + origin +
             "\", alerts_url: \"" + origin + "\", timeout: 1s}\n"},
        {"pages", "http",
         web + "config: {targets: [{url: \"" + origin + "/\"}], timeout: 1s, total: 1s}\n"},
        {"news", "feed",
         web + "config: {feeds: [{url: \"" + origin +
             "/feed.xml\"}], failures: 1, timeout: 1s, total: 1s}\n"},
    };
    for (const auto& check : checks) {
      spill(desk.manifest("checks", check.id),
            std::string("id: ") + check.id + "\nplugin: check." + check.plugin +
                "\nevery: 1s\ndeadline: " + deadline +
                "\nalerts: {failures: 1, flapping: false}\n" + check.more);
      ids.emplace_back(check.id);
    }
  }

  void add_notifiers() {
    const std::string web =
        "allow: {http: [{url: \"" + origin + "\", methods: [POST]}]}\nsecrets: ";
    const std::string at = "config: {server: \"" + origin + "\", timeout: 1s";
    const struct {
      const char* id;
      std::string more;
    } notifiers[] = {
        {"webhook", web + "{url: env:HOOK}\n" + at + "}\n"},
        {"ntfy", web + "{token: env:WORD}\n" + at + ", topic: lamps, access: token}\n"},
        {"telegram", web + "{token: env:WORD}\n" + at + ", chat_id: \"1\"}\n"},
        {"openclaw", web + "{token: env:WORD}\n" + at + "}\n"},
        {"email", "allow: {stream: [\"smtp" + place + "\"]}\nsecrets: {password: env:WORD}\n" +
                      "config: {server: \"smtp" + place +
                      "\", from: ana@example.org, to: [ana@example.org], timeout: 1s}\n"},
    };
    for (const auto& notifier : notifiers) {
      spill(desk.manifest("notifiers", notifier.id), std::string("id: ") + notifier.id +
                                                         "\nplugin: notify." + notifier.id + "\n" +
                                                         notifier.more);
      told_by.emplace_back(notifier.id);
    }
  }

  void add_lamps() {
    add_flicker(desk, "lamps", "conditions: 1, events: false");
    std::string text = slurp(desk.manifest("checks", "lamps"));
    text.replace(text.find("every: 1h"), 9, "every: 1s");
    spill(desk.manifest("checks", "lamps"), text);
  }

  // 0 before its first run.
  std::int64_t last_run(const std::string& check) const {
    const auto state = parse_json(slurp(desk.workspace() / "memory/heartbeat-state.json"));
    const auto* last = state ? find(*state, "lastChecks") : nullptr;
    return last != nullptr ? get_int(*last, check) : 0;
  }

  void expect_nobody_left() {
    EXPECT_TRUE(all_children_end()) << "a process is left";
    EXPECT_TRUE(HttpStub::eventually([&] { return server.open_connections() == 0; }))
        << server.open_connections() << " connections are left";
  }

  HttpStub server{[](const HttpSeen&) { return HttpAnswer().stall(); }};
  Desk desk;
  std::string origin, place;
  std::vector<std::string> ids, told_by;
};

// Lines of `text` about the instance: "[crit] pages: down" or "chela: mail (check.email): ..".
std::vector<std::string> lines_about(const std::string& text, const std::string& id) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find("] " + id + ": ") != std::string::npos || line.starts_with("chela: " + id + " ("))
      found.push_back(line);
  return found;
}

TEST_F(Hanging, ServersHoldUpNoTickBeyondTheDeadlines) {
  add_lamps();
  EXPECT_EQ(desk.chela({"tick", "--all"}).exit_code, 0);  // the lamp is lit in its second run
  const auto before = last_run("lamps");
  EXPECT_GT(before, 0);
  add_checks("2s");
  add_notifiers();
  // Deadlines of 2 s, then the notifiers' of 1 s; the rest is for starting a dozen workers.
  const Outcome beat = Desk::finish(
      desk.start({"tick", "--all", "--workspace", desk.workspace().string()}), seconds(20));
  const std::string said = beat.out + beat.err;
  for (auto all = {&ids, &told_by}; const auto* some : all) {
    for (const auto& id : *some) {
      SCOPED_TRACE(id);
      const auto lines = lines_about(said, id);
      ASSERT_EQ(lines.size(), 1u) << said;
      EXPECT_TRUE(lines[0].find("127.0.0.1") != std::string::npos &&
                  (lines[0].find("not over within ") != std::string::npos ||
                   lines[0].find("too long") != std::string::npos ||
                   lines[0].find("in time") != std::string::npos))
          << lines[0];
    }
  }
  EXPECT_EQ(said.find("not-a-real-password"), std::string::npos) << said;
  const auto tasks = read_tasks(slurp(desk.workspace() / "TASKS.md"));
  EXPECT_GE(last_run("lamps"), before);
  EXPECT_EQ(std::count_if(tasks.begin(), tasks.end(),
                          [](const auto& task) { return task.finding.starts_with("lamps/"); }),
            1)
      << "what was found on this machine is there";
  expect_nobody_left();
  EXPECT_GE(server.connections(), static_cast<int>(ids.size() + told_by.size()));
}

TEST_F(Hanging, ServersTakeNoBeatFromALocalCheckInTheDaemon) {
  add_checks("60s");
  for (const auto& id : ids) {  // as long as the deadlines: they hang through the whole test
    std::string text = slurp(desk.manifest("checks", id));
    for (auto at = text.find(": 1s"); at != std::string::npos; at = text.find(": 1s", at + 1))
      if (text.compare(at - 5, 5, "every") != 0) text.replace(at, 4, ": 50s");
    spill(desk.manifest("checks", id), text);
  }
  add_lamps();
  Running running = desk.start({"run", "--workspace", desk.workspace().string()});
  EXPECT_TRUE(HttpStub::eventually(
      [&] { return server.connections() >= static_cast<int>(ids.size()); }, seconds(30)));
  std::set<std::int64_t> runs;
  EXPECT_TRUE(HttpStub::eventually(
      [&] {
        runs.insert(last_run("lamps"));
        return runs.size() >= 5;
      },
      seconds(30)))
      << runs.size() << " beats beside " << server.open_connections() << " that hang";
  EXPECT_GE(server.open_connections(), static_cast<int>(ids.size())) << "they hang no more";

  const auto start = steady_clock::now();
  ::kill(running.pid, SIGTERM);
  const Outcome outcome = Desk::finish(std::move(running), seconds(30));
  EXPECT_LE(steady_clock::now() - start, milliseconds(5000));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  expect_nobody_left();
}

}  // namespace
}  // namespace chela::test
