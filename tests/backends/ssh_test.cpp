// tasks.remindctl from this machine to another one: through the worker's confinement, the exec
// grant's gate to one host and port, ssh, and the shell on the other side.
#include "backends/real_backend.h"
#include "backends/ssh_counterparts.h"

namespace chela::test {
namespace {

class Ssh : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(there());
    fs::copy_file(CHELA_FAKE_REMINDCTL, there() / "remindctl");
    desk_.env["PATH"] = there().string() + ":/usr/bin:/bin";
    desk_.env["REMINDCTL_FAKE_STATE"] = state().string();
  }
  fs::path there() const { return desk_.root() / "mac"; }  // the other machine
  fs::path state() const { return there() / "state.json"; }
  fs::path keys() const { return desk_.home() / ".config/chela/mac"; }
  fs::path witness() const { return desk_.root() / "witness"; }
  std::map<std::string, std::string> env_there() const {
    return {{"PATH", desk_.env.at("PATH")},
            {"REMINDCTL_FAKE_STATE", desk_.env.at("REMINDCTL_FAKE_STATE")}};
  }

  // `granted` is the host and port that the manifest lets ssh connect to.
  std::unique_ptr<RealBackend> open(const SshWay& way, const std::string& granted,
                                    const std::string& remote = "remindctl") {
    fs::create_directories(keys());
    std::string words = json::serialize(json::value(way.program));
    for (const auto& word : way.words) words += ", " + json::serialize(json::value(word));
    return std::make_unique<RealBackend>(
        "id: reminders\nplugin: tasks.remindctl\nallow:\n  exec: [{program: \"" + way.program +
            "\", net: [\"" + granted +
            "\"]}]\n  read: [\"${home}/.config/chela/mac\"]\nconfig:\n  command: [" + words + ", " +
            remote + "]\n  net: [\"" + granted +
            "\"]\n  reads: [\"${home}/.config/chela/mac\"]\n  folder: "
            "\"${home}/.config/chela/mac\"\n"
            "  note_lines: 500\n  list: \"Ada's \\\"Agent\\\" $HOME\"\n",
        desk_.workspace(), desk_.home());
  }

  // Texts that a shell, ssh or remindctl might take for something else come back as they were.
  enum class Amount { singly, together };
  void carry_everything(const SshWay& way, Amount amount = Amount::singly);

  Desk desk_;
};

void Ssh::carry_everything(const SshWay& way, Amount amount) {
  ASSERT_FALSE(way.server.empty()) << "the other side did not come up";
  const auto backend = open(way, way.server_name());
  const std::string touch = "touch " + witness().string();
  const struct {
    std::string title;
    std::string notes;
  } cases[] = {
      {"two  blanks", "  indented\n\ttab  and  blanks"},
      {"it's \"quoted\" 'twice' '' `x`", "'\n\"\n''\n'\\''"},
      {"$HOME ${PATH} $(" + touch + ") ~ * ?", "`" + touch + "`\n$((1+1))"},
      {"a; " + touch + " & b | c > d && e", ";\n" + touch + "\n#"},
      {"one line", "one\n\n\nfour\n# five"},
      {"Gr\xC3\xBC\xC3\x9F"
       "e \xF0\x9F\x93\x85 \xE6\x97\xA5\xE6\x9C\xAC",
       "\xC3\xA9\n\xE2\x80\x8B"},
      {"-x", "-n\n--notes"},
      {"--version", "-h"},
      {"c:\\new\\table\\", "\\\\\n\\n\\"},
      {"=ls !! {a,b} [x] ^y", "!$\n=(ls)"},
      {"--", "--"},
  };
  // Together: a few tasks carry all of it, since a real login takes its time.
  std::vector<std::pair<std::string, std::string>> tasks{{"-x", "--version\n-h"}};
  if (amount == Amount::together) tasks.emplace_back("all", "of them");
  for (const auto& c : cases) {
    if (amount == Amount::together) {
      tasks.back().first += std::string(" ") + c.title;
      tasks.back().second += "\n" + c.notes;
    } else {
      tasks.emplace_back(c.title, c.notes);
    }
  }
  int count = 0;
  for (const auto& [title, notes] : tasks) {
    SCOPED_TRACE(title);
    const std::string id = "t" + std::to_string(count++);
    const auto made = backend->call(
        "create", json::object{{"task", json::object{{"title", title}, {"notes", notes}}},
                               {"idempotency_key", id}});
    ASSERT_TRUE(made) << made.error().message;
    const auto noted =
        backend->call("note", json::object{{"id", id}, {"text", title + "\n" + notes}});
    ASSERT_TRUE(noted) << noted.error().message;
    for (const auto* seen : {&*made, &*noted}) {
      EXPECT_EQ(get_string(seen->at("task"), "title"), title);
      EXPECT_EQ(get_string(seen->at("task"), "notes"),
                notes + (seen == &*made ? "" : "\n" + title + "\n" + notes));
    }
  }
  const auto listed = backend->call("list", json::object());
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(listed->at("tasks").as_array().size(), tasks.size());
  EXPECT_FALSE(fs::exists(witness())) << "something was run";
  const auto kept = parse_json(slurp(state()));
  ASSERT_TRUE(kept);
  EXPECT_EQ(get_string(kept->at("lists").as_array().at(0), "title"),
            "Ada's \"Agent\" $HOME Blocked");
  const auto gone = backend->call("get", json::object{{"id", "nobody"}});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::not_found) << gone.error().message;
}

const fs::path kRestricted = fs::path(CHELA_REMINDCTL_DIR) / "mac/chela-remindctl";

bool has(const char* program) {
  return fs::exists(program);
}

TEST_F(Ssh, CarriesEveryTextToAShellOnTheOtherSide) {
  carry_everything(stand_in(desk_, ""));
}

TEST_F(Ssh, CarriesEveryTextToTheRestrictedCommand) {
  if (!has("/bin/zsh")) GTEST_SKIP() << "zsh is not installed: the Mac's command was not run";
  carry_everything(stand_in(desk_, "/bin/zsh -f " + kRestricted.string()));
}

TEST_F(Ssh, TheRestrictedCommandRunsRemindctlAndNothingElse) {
  if (!has("/bin/zsh")) GTEST_SKIP() << "zsh is not installed: the Mac's command was not run";
  const auto way = stand_in(desk_, "/bin/zsh -f " + kRestricted.string());
  ASSERT_FALSE(way.server.empty());
  for (const std::string other : {"touch", "/bin/touch", "env", "'remindctl '", "./remindctl",
                                  "$(echo remindctl)", "remind"}) {
    SCOPED_TRACE(other);
    const auto refused = open(way, way.server_name(), json::serialize(json::value(other)))
                             ->call("list", json::object());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition) << refused.error().message;
    EXPECT_NE(refused.error().message.find("wanted remindctl"), std::string::npos)
        << refused.error().message;
  }
}

TEST_F(Ssh, TheRestrictedCommandRunsNothingBehindRemindctl) {
  if (!has("/bin/zsh")) GTEST_SKIP() << "zsh is not installed: the Mac's command was not run";
  const auto way = stand_in(desk_, "/bin/zsh -f " + kRestricted.string());
  ASSERT_FALSE(way.server.empty());
  for (const std::string sign : {";", "&", "|", "&&", "\n", ">"}) {
    SCOPED_TRACE(sign);
    const std::string more = "remindctl list " + sign + " touch " + witness().string() + " #";
    const auto reply = open(way, way.server_name(), json::serialize(json::value(more)))
                           ->call("list", json::object());
    EXPECT_FALSE(reply);
    EXPECT_FALSE(fs::exists(witness()));
  }
}

TEST_F(Ssh, ReachesOnlyThePortOfItsGrant) {
  const auto way = stand_in(desk_, "");
  const auto neighbour = stand_in(desk_, "");
  ASSERT_FALSE(way.server.empty() || neighbour.server.empty());
  const auto refused = open(way, neighbour.server_name())->call("list", json::object());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("Permission denied"), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(fs::exists(state()));
}

TEST_F(Ssh, AMachineThatSleepsIsUnavailableAndComesBack) {
  auto way = stand_in(desk_, "");
  ASSERT_FALSE(way.server.empty());
  const auto backend = open(way, way.server_name());
  EXPECT_TRUE(backend->call("list", json::object()));
  way.server.clear();
  const auto asleep = backend->call("list", json::object());
  ASSERT_FALSE(asleep);
  EXPECT_EQ(asleep.error().code, ErrorCode::unavailable);
  EXPECT_NE(asleep.error().message.find("ssh said: ssh: connect to host 127.0.0.1"),
            std::string::npos)
      << asleep.error().message;
}

// The real counterpart, where it is installed: scripts/install_packages.sh --tests leaves that be
// on a machine that would start a server of its own for it.
class OpenSsh : public Ssh {
 protected:
  void SetUp() override {
    if (!has("/usr/sbin/sshd") || !has("/usr/bin/ssh"))
      GTEST_SKIP() << "OpenSSH's server is not installed: ssh itself was not tried";

    Ssh::SetUp();
  }
};

TEST_F(OpenSsh, CarriesEveryTextToAShellOnTheOtherSide) {
  carry_everything(openssh(desk_, keys(), "", env_there()), Amount::together);
}

TEST_F(OpenSsh, CarriesEveryTextToTheRestrictedCommand) {
  if (!has("/bin/zsh")) GTEST_SKIP() << "zsh is not installed: the Mac's command was not run";
  carry_everything(openssh(desk_, keys(), "/bin/zsh -f " + kRestricted.string(), env_there()),
                   Amount::together);
}

TEST_F(OpenSsh, ReachesOnlyThePortOfItsGrant) {
  const auto way = openssh(desk_, keys(), "", env_there());
  ASSERT_FALSE(way.server.empty());
  const auto refused = open(way, "127.0.0.1:1")->call("list", json::object());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("Permission denied"), std::string::npos)
      << refused.error().message;
}

TEST_F(OpenSsh, FindsTheMachineByTheNameOfTheGrant) {
  auto way = openssh(desk_, keys(), "", env_there());
  ASSERT_FALSE(way.server.empty());
  way.words.back() = way.words.back().substr(0, way.words.back().find('@')) + "@localhost";
  way.words.insert(way.words.begin(), {"-o", "HostKeyAlias=[127.0.0.1]:" + way.port});
  const auto listed = open(way, "localhost:" + way.port)->call("list", json::object());
  EXPECT_TRUE(listed) << listed.error().message;
}

TEST_F(OpenSsh, AnUnknownHostKeyIsRefused) {
  const auto way = openssh(desk_, keys(), "", env_there());
  ASSERT_FALSE(way.server.empty());
  spill(keys() / "known_hosts", "");
  const auto refused = open(way, way.server_name())->call("list", json::object());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("Host key verification failed"), std::string::npos)
      << refused.error().message;
}

}  // namespace
}  // namespace chela::test
