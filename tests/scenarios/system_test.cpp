// The story of the machine's own programs: a real service manager with a real bus, a real journal,
// and programs that play false, each asked by check.system through its grants.
#include <functional>
#include <optional>

#include "scenarios/mounts.h"
#include "scenarios/story.h"

namespace chela::test {
namespace {

constexpr const char* kSystemd = "/lib/systemd/systemd";
constexpr const char* kJournalRemote = "/lib/systemd/systemd-journal-remote";
constexpr const char* kRuntimeFolder = "/run/user/0";

bool are_there(std::initializer_list<const char*> programs, const char* packages) {
  for (const char* program : programs) {
    if (fs::exists(program)) continue;
    std::cerr << "\n*** NOT TESTED: " << program << " is not there (apt: " << packages << ")\n\n";
    return false;
  }
  return true;
}

bool wait_for(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// What the one run of check.system in `tick` said: its summary, and after " | " the open alerts.
std::string told(const json::value& tick) {
  const auto& runs = tick.at("runs").as_array();
  return runs.size() == 1 ? get_string(runs[0], "status") + ": " + get_string(runs[0], "summary") +
                                get_string(runs[0], "error")
                          : json::serialize(tick);
}

class SystemStory : public ::testing::Test {
 protected:
  json::value tick() const { return desk_.chela_json({"tick", "--check", "system"}); }

  std::string open_alerts() const { return json::serialize(desk_.chela_json({"alert", "list"})); }

  // A program that other users may run, because a root host runs programs as such.
  std::string script(const std::string& name, const std::string& text) const {
    const auto file = desk_.root() / "programs" / name;
    spill(file, "#!/bin/bash\n" + text);
    for (const auto& path : {desk_.root(), desk_.root() / "programs", file})
      fs::permissions(path, fs::perms(0755));
    return file.string();
  }

  // check.system with other programs or folders than those of the machine.
  //   settings  lines of `config:`, indented by two
  void instead(const std::string& exec, const std::string& read,
               const std::string& settings) const {
    spill(desk_.manifest("checks", "system"),
          "id: system\nplugin: check.system\nevery: 1h\nallow:\n  usage: [/]\n  exec: [" + exec +
              "]\n  read: [/proc, /run, /var/run, /var/log/journal, /etc/machine-id, " + read +
              "]\nconfig:\n  pressure_cpu_max_percent: 100\n  pressure_io_max_percent: 100\n"
              "  pressure_memory_max_percent: 100\n" +
              settings);
  }

  Desk desk_;
};

// systemd as a manager of a user, with a bus, in a /run of its own. It also plays the system's
// manager: its bus listens where the system's would, and lets everybody in, as that does.
class Manager {
 public:
  explicit Manager(Desk& desk) : desk_(desk), run_("/run", "16m") {
    fs::create_directories("/run/systemd/system");  // "systemd runs"
    fs::create_directories("/run/dbus");
    fs::create_directories(kRuntimeFolder);
    fs::permissions(kRuntimeFolder, fs::perms(0700));
    const auto settings = desk_.root() / "bus.conf";
    spill(settings,
          "<busconfig><type>session</type><listen>systemd:</listen><policy context=\"default\">"
          "<allow user=\"*\"/><allow own=\"*\"/><allow send_destination=\"*\" eavesdrop=\"true\"/>"
          "<allow eavesdrop=\"true\"/></policy>"
          "</busconfig>");
    unit("dbus.socket",
         "[Socket]\nListenStream=%t/bus\nListenStream=/run/dbus/system_bus_socket\n");
    unit("dbus.service",
         "[Unit]\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\n"
         "ExecStart=/usr/bin/dbus-daemon --config-file=" +
             settings.string() +
             " --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only\n");
    desk_.env["XDG_RUNTIME_DIR"] = kRuntimeFolder;
    running_.emplace(desk_.start({"--user", "--log-target=null"}, kSystemd));
    is_up_ = wait_for([&] {
               return systemctl({"is-system-running"}).out.find("offline") == std::string::npos &&
                      fs::exists(std::string(kRuntimeFolder) + "/systemd/private");
             }) &&
             systemctl({"start", "dbus.socket", "dbus.service"}).exit_code == 0;
  }
  ~Manager() { stop(); }

  bool is_up() const { return is_up_; }

  void unit(const std::string& name, const std::string& text) const {
    spill(desk_.home() / ".config/systemd/user" / name, text);
  }

  Outcome systemctl(std::vector<std::string> words) const {
    words.insert(words.begin(), "--user");
    return Desk::finish(desk_.start(std::move(words), "/usr/bin/systemctl"));
  }

  void stop() {
    if (!running_) return;
    ::kill(running_->pid, SIGTERM);
    Desk::finish(std::move(*running_), std::chrono::seconds(60));
    running_.reset();
  }

 private:
  Desk& desk_;
  Mounted run_;
  std::optional<Running> running_;
  bool is_up_ = false;
};

TEST_F(SystemStory, FailedUnitsOfARealManagerAreToldAndRecover) {
  if (!has_own_mounts()) GTEST_SKIP() << "needs root";
  if (!are_there({kSystemd, "/usr/bin/systemctl", "/usr/bin/dbus-daemon"}, "systemd dbus")) {
    if (std::getenv("CI") != nullptr) FAIL() << "must be there in CI";
    GTEST_SKIP();
  }
  adopt_orphans();
  Manager manager(desk_);
  if (!manager.is_up()) {
    std::cerr << "\n*** NOT TESTED: systemd --user does not start here (it wants to make control "
                 "groups)\n\n";
    GTEST_SKIP();
  }
  const auto before = told(tick());
  EXPECT_EQ(before.find("cannot tell: units"), std::string::npos) << before;
  EXPECT_EQ(before.find("failed unit"), std::string::npos) << before;

  manager.unit("backup.service",
               "[Unit]\nDescription=Nightly backup\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "
               "'exit 3'\n");
  manager.unit("backup.timer", "[Timer]\nOnCalendar=daily\n");
  manager.systemctl({"daemon-reload"});
  EXPECT_EQ(manager.systemctl({"start", "backup.timer"}).exit_code, 0);
  EXPECT_NE(manager.systemctl({"start", "backup.service"}).exit_code, 0);
  const auto failed = told(tick());
  EXPECT_TRUE(failed.starts_with("warn: ")) << failed;
  EXPECT_NE(failed.find("; 1 failed unit; 1 failed unit of the user"), std::string::npos) << failed;
  const auto alerts = open_alerts();
  EXPECT_NE(alerts.find("backup.service has failed"), std::string::npos) << alerts;
  EXPECT_NE(alerts.find("backup.service of the user has failed"), std::string::npos) << alerts;

  manager.systemctl({"reset-failed"});
  const auto recovered = told(tick());
  EXPECT_EQ(recovered.find("failed unit"), std::string::npos) << recovered;

  // The manager ends, its folders stay: that is no "ok".
  manager.systemctl({"start", "backup.service"});
  tick();
  manager.stop();
  const auto gone = told(tick());
  EXPECT_NE(gone.find("cannot tell: units of the system: systemctl: Failed to connect to bus"),
            std::string::npos)
      << gone;
  EXPECT_TRUE(gone.starts_with("warn: ")) << "what was found stays: " << gone;
  EXPECT_NE(open_alerts().find("backup.service has failed"), std::string::npos);
  EXPECT_TRUE(all_children_end(std::chrono::seconds(10))) << "somebody stayed behind";
}

// Entries in the form in which journals are sent, made into a journal file by systemd itself.
std::string entry(int second, int priority, const std::string& unit, const std::string& message) {
  const std::string seconds = std::to_string(1'795'740'000 + second);
  return "__REALTIME_TIMESTAMP=" + seconds +
         "000000\n__MONOTONIC_TIMESTAMP=" + std::to_string(second) +
         "000000\n_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=" + std::to_string(priority) +
         "\n_SYSTEMD_UNIT=" + unit + "\nMESSAGE=" + message + "\n\n";
}

TEST_F(SystemStory, ErrorsOfARealJournalAreToldOnceEach) {
  if (!are_there({kJournalRemote, "/usr/bin/journalctl"}, "systemd systemd-journal-remote")) {
    if (std::getenv("CI") != nullptr) FAIL() << "must be there in CI";
    GTEST_SKIP();
  }
  const auto journal = desk_.root() / "journal";
  fs::create_directories(journal);
  const auto add = [&](const std::string& name, const std::string& entries) {
    spill(desk_.root() / name, entries);
    const auto made = Desk::finish(desk_.start(
        {"-o", (journal / (name + ".journal")).string(), (desk_.root() / name).string()},
        kJournalRemote));
    ASSERT_EQ(made.exit_code, 0) << made.err;
  };
  instead(
      "{program: systemctl, net: [\"unix:/run/dbus/system_bus_socket\", \"unix:/run/x/bus\"]}, "
      "journalctl, {program: timedatectl, net: [\"unix:/run/dbus/system_bus_socket\"]}",
      journal.string(),
      "  journal_folder: " + journal.string() +
          "\n  user_manager: /run/x\n  units: false\n  clock: false\n"
          "  ignore_errors: [\"noise.service: *\"]\n");
  add("a", entry(1, 3, "old.service", "an old error") + entry(2, 6, "x.service", "the newest"));
  EXPECT_EQ(told(tick()).find("journal"), std::string::npos) << "the first look is a baseline";

  add("b", entry(11, 3, "smartd.service", "sda1 failed 17 times") +
               entry(12, 6, "x.service", "all is well") +
               entry(13, 3, "noise.service", "a normal thing") +
               entry(14, 3, "smartd.service", "sda1 failed 18 times") +
               entry(15, 1, "kernel", "it burns \x1b[2J\xff"));
  auto news = tick();
  EXPECT_NE(told(news).find("; 3 errors in the journal"), std::string::npos) << told(news);
  const auto lines = json::serialize(news.at("lines"));
  EXPECT_NE(lines.find("smartd.service: sda1 failed 18 times (2 times)"), std::string::npos)
      << lines;
  EXPECT_NE(lines.find("kernel: it burns"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("old error"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("noise"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("\\u001b"), std::string::npos) << lines;

  news = tick();
  EXPECT_EQ(told(news).find("in the journal"), std::string::npos) << told(news);
  EXPECT_TRUE(news.at("lines").as_array().empty()) << json::serialize(news);

  add("c", entry(21, 3, "smartd.service", "sda1 failed 19 times") +
               entry(22, 3, "sshd.service", "lost 10.0.0.7"));
  news = tick();
  EXPECT_NE(told(news).find("2 errors in the journal, 1 of kinds told before"), std::string::npos)
      << told(news);
  EXPECT_NE(json::serialize(news.at("lines")).find("sshd.service: lost 10.0.0.7"),
            std::string::npos);
  EXPECT_EQ(json::serialize(news.at("lines")).find("smartd"), std::string::npos);
}

TEST_F(SystemStory, ProgramsThatPlayFalseMakeItUnableToTellAndNoMore) {
  const auto run = desk_.root() / "run";
  fs::create_directories(run / "systemd");
  fs::create_directories(desk_.root() / "journal");
  fs::permissions(desk_.root() / "journal", fs::perms(0755));
  spill(desk_.home() / "secret", "canary-7391\n");
  const std::string secret = (desk_.home() / "secret").string();
  const struct {
    const char* name;
    std::string script;
    const char* said;
  } cases[] = {
      {"gone", "", "cannot tell: units of the user: systemctl: program"},
      {"garbage", "head -c 100000 /dev/urandom",
       "cannot tell: units of the user: systemctl list-units: wanted"},
      {"flood", "yes '[{' | head -c 100000000", "cannot tell: units of the user: systemctl"},
      {"crash", "kill -SEGV $$",
       "cannot tell: units of the user: systemctl was ended by signal 11"},
      {"exit", "echo 'No such thing' >&2; exit 1",
       "cannot tell: units of the user: systemctl: No such thing"},
      {"thief", "cat " + secret + " >&2; exit 1",
       "cannot tell: units of the user: systemctl: cat: "},
      {"shouts", "echo -e '\\e[2J\\e[31mred' >&2; exit 1", "systemctl: ?[2J?[31mred"},
      {"hang", "trap '' TERM; while :; do sleep 60; done",
       "cannot tell: units of the user: systemctl took longer than 5s"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto program = script("systemctl", c.script);
    if (c.script.empty()) fs::remove(program);
    instead("{program: " + program +
                ", net: [\"unix:/run/dbus/system_bus_socket\", \"unix:" + (run / "bus").string() +
                "\"]}, journalctl, {program: timedatectl, net: "
                "[\"unix:/run/dbus/system_bus_socket\"]}",
            run.string() + ", " + (desk_.root() / "journal").string(),
            "  systemctl: " + program + "\n  user_manager: " + run.string() +
                "\n  journal: false\n  clock: false\n");
    const auto outcome = told(tick());
    EXPECT_NE(outcome.find(c.said), std::string::npos) << outcome;
    EXPECT_TRUE(outcome.starts_with("ok: ")) << outcome;
    EXPECT_EQ(outcome.find("canary"), std::string::npos) << outcome;
  }
}

TEST_F(SystemStory, AStrangeRuntimeFolderIsPassedOver) {
  for (const char* folder : {"", "relative", "/run/../etc", "/run/user//7", "/run/user/7/"}) {
    SCOPED_TRACE(folder);
    desk_.env["XDG_RUNTIME_DIR"] = folder;
    const auto done = tick();
    ASSERT_EQ(done.at("runs").as_array().size(), 1u) << json::serialize(done);
    EXPECT_EQ(get_string(done.at("runs").as_array()[0], "outcome"), "ok") << told(done);
  }
}

TEST_F(SystemStory, StampsAndBackupsAreGrantedByTheirSettings) {
  const auto backups = desk_.root() / "backups", stamp = desk_.root() / "done";
  instead(
      "{program: systemctl, net: [\"unix:/run/dbus/system_bus_socket\", \"unix:/run/x/bus\"]}, "
      "journalctl, {program: timedatectl, net: [\"unix:/run/dbus/system_bus_socket\"]}",
      "\"${config.stamps.*.path}\", \"${config.backups.*.path}\"",
      "  user_manager: /run/x\n  units: false\n  journal: false\n  clock: false\n"
      "  stamps: [{path: " +
          stamp.string() +
          ", max_age: 26h}]\n"
          "  backups: [{path: " +
          backups.string() + ", name: \"*.gz\", max_age: 26h}]\n");
  const auto hours_ago = [](const fs::path& file, int hours) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  EXPECT_NE(told(tick()).find("no backup " + backups.string()), std::string::npos) << told(tick());
  spill(stamp, "");
  spill(backups / "1.gz", std::string(10'000, 'x'));
  spill(backups / "2.gz", std::string(9'000, 'x'));
  hours_ago(backups / "1.gz", 25);
  hours_ago(backups / "2.gz", 1);
  fs::create_symlink("2.gz", backups / "latest.gz");
  const auto fine = told(tick());
  EXPECT_TRUE(fine.starts_with("ok: ")) << fine;
  EXPECT_EQ(fine.find("backup"), std::string::npos) << fine;
  hours_ago(stamp, 27);
  spill(backups / "2.gz", "x");
  hours_ago(backups / "2.gz", 1);
  const auto bad = told(tick());
  EXPECT_NE(bad.find("done is old"), std::string::npos) << bad;
  EXPECT_NE(bad.find("*.gz is small"), std::string::npos) << bad;
  // Without the grant the instance is off and says which lines are missing.
  std::string manifest = slurp(desk_.manifest("checks", "system"));
  manifest.erase(manifest.find(", \"${config.backups.*.path}\""), 28);
  spill(desk_.manifest("checks", "system"), manifest);
  const auto refused = told(tick());
  EXPECT_NE(refused.find("add under 'allow':  read: [\"" + backups.string() + "\"]"),
            std::string::npos)
      << refused;
}

}  // namespace
}  // namespace chela::test
