// notify.desktop through the real gdbus against a notification service (python3-dbusmock) on a bus
// of the test's own: the command line means what it should, whatever words a message has.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "chela/testing/fixtures.h"
#include "notifiers/child.h"
#include "support/real_peers.h"

namespace chela::test {
namespace {

namespace fs = std::filesystem;
using testing::FakeHost;
using testing::OpenedPlugin;

class DesktopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CHELA_WANT_PEER(fs::exists("/usr/bin/dbus-daemon") && fs::exists("/usr/bin/gdbus") &&
                        fs::exists("/usr/lib/python3/dist-packages/dbusmock"),
                    "dbus, gdbus or python3-dbusmock is not installed");
    folder_ = fs::temp_directory_path() / ("chela_desktop_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    // A configuration of its own: the machine's would start the services of a desktop.
    std::ofstream(folder_ / "bus.conf")
        << "<busconfig><type>session</type><listen>unix:path=" << (folder_ / "bus").string()
        << "</listen><policy context='default'><allow send_destination='*' eavesdrop='true'/>"
           "<allow eavesdrop='true'/><allow own='*'/>"
           "</policy></busconfig>";
    bus_ = std::make_unique<Child>(std::vector<std::string>{
        "/usr/bin/dbus-daemon", "--config-file=" + (folder_ / "bus.conf").string(), "--nofork",
        "--nopidfile", "--print-address"});
    ASSERT_TRUE(bus_->read_line().starts_with("unix:path=")) << "no bus";
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  std::string address() const {
    return "DBUS_SESSION_BUS_ADDRESS=unix:path=" + (folder_ / "bus").string();
  }

  void start_service() {
    service_ = std::make_unique<Child>(
        std::vector<std::string>{"/usr/bin/python3", "-m", "dbusmock", "--session", "--logfile",
                                 folder_ / "log", "--template", "notification_daemon"},
        std::vector<std::string>{address()});
    Child wait(
        {"/usr/bin/gdbus", "wait", "--session", "--timeout", "20", "org.freedesktop.Notifications"},
        {address()});
    ASSERT_EQ(wait.wait(), 0);
  }

  // Sends twice: first to learn which program is run, then with what that program really gave.
  Result<json::value> send(const json::value& message) {
    const json::object config{{"bus", (folder_ / "bus").string()}};
    const auto call = [&](FakeHost& host) -> Result<json::value> {
      CHELA_TRY(auto plugin,
                OpenedPlugin::open(CHELA_BINARY_DIR "/plugins/notify.desktop.so",
                                   CHELA_SOURCE_DIR "/plugins/notifiers/desktop", host, config));
      return plugin->call("send", testing::message_of(message));
    };
    FakeHost asked;
    (void)call(asked);
    auto argv = get_strings(asked.exec_requests.at(0), "argv");
    argv[0] = "/usr/bin/gdbus";
    std::vector<std::string> env;
    for (const auto& [name, value] : asked.exec_requests[0].at("env").as_object())
      env.push_back(std::string(name) + "=" + std::string(value.as_string()));
    // Both outputs in one: gdbus writes to one of them only.
    std::vector<std::string> shell{"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"};
    shell.insert(shell.end(), argv.begin(), argv.end());
    Child gdbus(shell, env);
    FakeHost real;
    FakeHost::Program answer;
    const std::string out = gdbus.read_all();
    answer.reply.exit_code = gdbus.wait();
    (answer.reply.exit_code == 0 ? answer.reply.out : answer.reply.err) = out;
    real.programs.push_back(answer);
    return call(real);
  }

  std::string log() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "log").rdbuf();
    return text.str();
  }

  fs::path folder_;
  std::unique_ptr<Child> bus_;
  std::unique_ptr<Child> service_;
};

TEST_F(DesktopTest, ShowsWordsAsTheyAre) {
  start_service();
  const json::object message{
      {"title", "crit: it's '@u 5' \\ \u00fc"},
      {"lines", json::array{json::object{{"severity", "crit"}, {"text", "a <b> & 'c' \\n {\"d\"}"}},
                            json::object{{"severity", "warn"}, {"text", "--help"}}}}};
  const auto reply = send(message);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(get_string(*reply, "answer"), "shown as notification 1");
  const std::string seen = log();
  // As dbusmock writes what it was called with.
  for (const char* part : {"Notify \"chela\" 0 \"dialog-error\"", "\"crit: it's '@u 5' \\ \u00fc\"",
                           "\"a &lt;b&gt; &amp; 'c' \\n {\"d\"}\n--help\"", "\"urgency\": 2",
                           "\"x-chela-message-id\": \"0d3k8s2m5xqa\""})
    EXPECT_NE(seen.find(part), std::string::npos) << part << " is not in " << seen;
}

TEST_F(DesktopTest, TellsThatNobodyShowsNotifications) {
  const auto reply = send(nullptr);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable) << reply.error().message;
  EXPECT_NE(reply.error().message.find("logged in at the desktop"), std::string::npos);
}

TEST_F(DesktopTest, TellsThatThereIsNoBus) {
  bus_.reset();
  fs::remove(folder_ / "bus");
  const auto reply = send(nullptr);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable) << reply.error().message;
  EXPECT_NE(reply.error().message.find("no session bus"), std::string::npos)
      << reply.error().message;
}

}  // namespace
}  // namespace chela::test
