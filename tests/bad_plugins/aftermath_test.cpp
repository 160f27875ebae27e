// What chela keeps of a bad plugin from one tick to the next: quarantine, approval, the tasks that
// it still owes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "bad_plugins/bad_desk.h"

namespace chela::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(BadPlugin, IsQuarantinedVisiblyAfterThreeFaults) {
  BadDesk desk;
  desk.install("check.good");
  desk.install("check.bad_crash");
  desk.enable("good", "check.good");
  desk.enable("bad", "check.bad_crash");
  for (int i = 0; i < 2; ++i) {
    desk.tick({"--check", "bad"});
    EXPECT_THAT(desk.chela({"status"}).out, Not(HasSubstr("quarantined")));
  }
  const Ticked third = desk.tick({"--check", "bad"});
  EXPECT_THAT(third.problems, ::testing::Contains(HasSubstr("check.bad_crash is quarantined for")));
  const Outcome status = desk.chela({"status"});
  EXPECT_THAT(status.out, HasSubstr("check.bad_crash is quarantined, next trial"));
  EXPECT_THAT(status.out, HasSubstr(" during run")) << "the reason";
  const json::value document = desk.chela_json({"status"});
  const auto* quarantines = find(document, "quarantines");
  ASSERT_NE(quarantines, nullptr);
  ASSERT_EQ(quarantines->get_array().size(), 1u);
  EXPECT_EQ(get_string(quarantines->get_array().at(0), "plugin"), "check.bad_crash");
  const Ticked next = desk.tick({});
  EXPECT_EQ(next.outcome.exit_code, 0);
  EXPECT_THAT(next.ran, UnorderedElementsAre("good"));
}

TEST(BadPlugin, ThatChangedAfterItsApprovalIsRefusedUntilItIsApprovedAgain) {
  BadDesk desk;
  desk.install("check.good");
  desk.enable("good", "check.good");
  const fs::path file = desk.install("check.bad_file");
  desk.enable("bad", "check.bad_file");
  EXPECT_EQ(desk.tick({"--all"}).outcome.exit_code, 0);
  spill(file, slurp(file) + "changed");
  const Ticked ticked = desk.tick({"--all"});
  expect_one_line(ticked, "check.bad_file", "has changed since you approved");
  EXPECT_THAT(ticked.problems.at(0), HasSubstr("chela enable check.bad_file --id bad"));
  expect_good_goes_on(desk, ticked);
  const Outcome unasked = desk.chela({"enable", "check.bad_file", "--id", "bad"});
  EXPECT_NE(unasked.exit_code, 0) << "nobody agreed";
  EXPECT_EQ(desk.tick({"--check", "bad"}).outcome.exit_code, 1);
  const Outcome approved = desk.chela({"enable", "check.bad_file", "--id", "bad", "--yes"});
  EXPECT_EQ(approved.exit_code, 0) << approved.out << approved.err;
  EXPECT_EQ(desk.tick({"--check", "bad"}).outcome.exit_code, 0);
}

// Does to the ledger what else only time would do.
void turn_clock(const BadDesk& desk, const char* sql) {
  for (const auto& entry : fs::recursive_directory_iterator(desk.root())) {
    if (entry.path().filename() != "ledger.db") continue;
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(entry.path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }
}

// Lets the outbox be tried again at once instead of in 30 s.
void forget_waiting(const BadDesk& desk) {
  turn_clock(
      desk, "UPDATE outbox SET not_before = 0; DELETE FROM meta WHERE key LIKE 'notify_silence:%'");
}

// Makes the trial run due.
void let_quarantine_pass(const BadDesk& desk) {
  turn_clock(desk,
             "UPDATE quarantines SET since = since - 601000, until = until - 601000;"
             "UPDATE checks SET last_attempt = last_attempt - 601000");
}

// Three instances of a plugin that crashes, which is quarantined by now.
void quarantine_three(BadDesk& desk) {
  desk.install("check.bad_crash");
  for (const char* id : {"one", "two", "three"}) desk.enable(id, "check.bad_crash");
  const Ticked first = desk.tick({"--all"});
  EXPECT_THAT(first.problems, ::testing::Contains(HasSubstr("check.bad_crash is quarantined for")));
}

TEST(Quarantined, PluginHasOneTrialRunHoweverManyInstancesItHas) {
  BadDesk desk;
  spill(desk.chela_home() / "manifests/host.yaml", "per_tick: all\n");
  quarantine_three(desk);
  EXPECT_THAT(desk.tick({}).ran, IsEmpty());
  let_quarantine_pass(desk);
  EXPECT_THAT(desk.tick({}).ran, ::testing::SizeIs(1));
  EXPECT_THAT(desk.tick({}).ran, IsEmpty()) << "it failed, the time was doubled";
  EXPECT_THAT(desk.chela({"plugin", "list"}).out, HasSubstr("quarantined, next trial in 1"));
}

TEST(Quarantined, PluginRunsWhenAPersonAsksWhichIsSaid) {
  BadDesk desk;
  quarantine_three(desk);
  const Ticked all = desk.tick({"--all"});
  EXPECT_THAT(all.ran, ::testing::SizeIs(1));
  ASSERT_THAT(all.lines, ::testing::SizeIs(1));
  EXPECT_THAT(all.lines[0], HasSubstr("runs as its trial, left out: "));
  const auto until = [&] {
    return get_string(desk.chela_json({"status"}).at("quarantines").as_array().at(0), "until");
  };
  const std::string before = until();
  const Ticked one = desk.tick({"--check", "two"});
  EXPECT_THAT(one.ran, UnorderedElementsAre("two"));
  EXPECT_THAT(one.lines, ::testing::Contains(HasSubstr("two runs because you asked")));
  EXPECT_EQ(until(), before) << "asking does not make it longer";
}

TEST(Quarantined, PluginThatWorksAgainIsSaidToDoSo) {
  BadDesk desk;
  desk.install("check.good");
  desk.enable("good", "check.good");
  EXPECT_EQ(desk.tick({"--all"}).outcome.exit_code, 0);
  turn_clock(desk,
             "INSERT INTO quarantines VALUES('check.good', (unixepoch() - 2400) * 1000, "
             "(unixepoch() - 1800) * 1000, 'crashed')");
  turn_clock(desk, "UPDATE checks SET last_ok = 0, last_attempt = 0");
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_EQ(ticked.outcome.exit_code, 0);
  EXPECT_THAT(ticked.lines,
              ::testing::Contains(HasSubstr("[recovered] check.good works again after 40 min")));
  EXPECT_THAT(desk.chela({"status"}).out, Not(HasSubstr("quarantined")));
}

TEST(Quarantined, PluginIsReleasedByHand) {
  BadDesk desk;
  quarantine_three(desk);
  const Outcome released = desk.chela({"plugin", "release", "check.bad_crash"});
  EXPECT_EQ(released.exit_code, 0) << released.err;
  // A sanitizer ends the process before the signal does.
  EXPECT_THAT(released.out,
              ::testing::ContainsRegex("because it (crashed|ended its process) during run"));
  EXPECT_THAT(released.out, HasSubstr("one, three, two may run again"));
  EXPECT_THAT(desk.chela({"status"}).out, Not(HasSubstr("is quarantined")));
  const Ticked first = desk.tick({"--check", "one"});
  EXPECT_THAT(first.problems, Not(::testing::Contains(HasSubstr("is quarantined for"))));
  const Outcome again = desk.chela({"plugin", "release", "check.bad_crash"});
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_THAT(again.err, HasSubstr("check.bad_crash is not quarantined"));
}

TEST(BadNotifier, ThatKeepsCrashingIsPutAsideAndLosesNoMessage) {
  BadDesk desk;
  desk.install("check.finds");
  desk.install("notify.bad_send");
  desk.enable("roof", "check.finds");
  spill(desk.manifest("notifiers", "bad"), "id: bad\nplugin: notify.bad_send\ndeadline: 2s\n");
  const Ticked first = desk.tick({"--all"});
  EXPECT_EQ(first.ran, std::vector<std::string>{"roof"});
  expect_one_line(first, "notify.bad_send", "(crashed|ended its process) during send");
  EXPECT_THAT(left_behind(-1), IsEmpty());
  for (int i = 0; i < 2; ++i) {
    forget_waiting(desk);
    desk.tick({});
  }
  EXPECT_THAT(desk.chela({"status"}).out, HasSubstr("notify.bad_send is quarantined"));
  forget_waiting(desk);
  const Ticked fourth = desk.tick({});
  EXPECT_THAT(fourth.problems, ::testing::Contains(HasSubstr("quarantined until")));

  // The message is owed to the instance, so a good plugin in its place gets it.
  spill(desk.manifest("notifiers", "bad"), "id: bad\nplugin: notify.stdout\n");
  forget_waiting(desk);
  const Ticked later = desk.tick({});
  EXPECT_EQ(later.outcome.exit_code, 0) << later.outcome.out << later.outcome.err;
  EXPECT_THAT(later.outcome.out, HasSubstr("the roof leaks"));
  EXPECT_EQ(get_int(desk.chela_json({"status"}), "outbox"), 0);
}

// A check with a finding, and for its task nobody but the backend that crashes.
void put_in_crashing_backend(BadDesk& desk) {
  desk.install("check.finds");
  desk.install("tasks.bad_tasks");
  desk.enable("roof", "check.finds");
  spill(desk.manifest("tasks", "tasks-md"), "id: tasks-md\nenabled: false\n");
  spill(desk.manifest("tasks", "bad"), "id: bad\nplugin: tasks.bad_tasks\ndeadline: 2s\n");
}

TEST(BadTaskBackend, ThatKeepsCrashingIsPutAside) {
  BadDesk desk;
  put_in_crashing_backend(desk);
  desk.tick({"--all"});
  forget_waiting(desk);
  desk.tick({"--check", "roof"});
  forget_waiting(desk);
  const Ticked third = desk.tick({"--check", "roof"});
  EXPECT_THAT(third.problems,
              ::testing::Contains(HasSubstr("tasks.bad_tasks is quarantined for 10 min")));
  EXPECT_THAT(desk.chela({"status"}).out, HasSubstr("tasks.bad_tasks is quarantined, next trial"));
  forget_waiting(desk);
  const Ticked fourth = desk.tick({"--check", "roof"});
  EXPECT_THAT(fourth.problems, ::testing::Contains(HasSubstr("quarantined until")));
  EXPECT_GE(get_int(desk.chela_json({"status"}), "outbox"), 1);  // what it is owed is kept
}

TEST(BadTaskBackend, ThatCrashesLosesNoTask) {
  BadDesk desk;
  put_in_crashing_backend(desk);
  const Ticked ticked = desk.tick({"--all"});
  expect_one_line(ticked, "tasks.bad_tasks", "(crashed|ended its process) during create");
  EXPECT_THAT(left_behind(-1), IsEmpty());
  const json::value status = desk.chela_json({"status"});
  EXPECT_GE(get_int(status, "outbox"), 1);
  EXPECT_EQ(slurp(desk.workspace() / "TASKS.md").find("the roof leaks"), std::string::npos);

  // The task is owed to the instance, so a good plugin takes the bad one's place in it.
  spill(desk.manifest("tasks", "bad"),
        "id: bad\nplugin: tasks.markdown\n"
        "allow:\n  read: [\"${workspace}/TASKS.md\"]\n  write: [\"${workspace}/TASKS.md\"]\n"
        "config: {path: \"${workspace}/TASKS.md\"}\n");
  forget_waiting(desk);
  const Ticked later = desk.tick({"--check", "roof"});
  EXPECT_EQ(later.outcome.exit_code, 0) << later.outcome.out << later.outcome.err;
  EXPECT_THAT(slurp(desk.workspace() / "TASKS.md"), HasSubstr("the roof leaks"));
  EXPECT_EQ(get_int(desk.chela_json({"status"}), "outbox"), 0);
}

TEST(BadTaskBackend, ThatCrashesWhenAPersonUsesItIsPutAsideToo) {
  BadDesk desk;
  desk.install("tasks.bad_tasks");
  spill(desk.manifest("tasks", "tasks-md"), "id: tasks-md\nenabled: false\n");
  spill(desk.manifest("tasks", "bad"), "id: bad\nplugin: tasks.bad_tasks\ndeadline: 2s\n");
  for (int i = 0; i < 3; ++i) {
    const Outcome added = desk.chela({"task", "add", "water the plants"});
    EXPECT_EQ(added.exit_code, 1) << added.out;
    EXPECT_EQ(added.err.find("is quarantined for 10 min") != std::string::npos, i == 2)
        << added.err;
  }
  const Outcome fourth = desk.chela({"task", "add", "water the plants"});
  EXPECT_THAT(fourth.err, HasSubstr("chela plugin release tasks.bad_tasks lifts it now"));
  EXPECT_EQ(desk.chela({"plugin", "release", "tasks.bad_tasks"}).exit_code, 0);
  EXPECT_EQ(desk.chela({"task", "list"}).exit_code, 0);
}

TEST(BadTaskBackend, ThatCrashesWhenATaskIsMadeIsNotLetInForListingWell) {
  BadDesk desk;
  desk.install("tasks.bad_tasks");
  spill(desk.manifest("tasks", "tasks-md"), "id: tasks-md\nenabled: false\n");
  spill(desk.manifest("tasks", "bad"), "id: bad\nplugin: tasks.bad_tasks\ndeadline: 2s\n");
  for (int i = 0; i < 3; ++i) desk.chela({"task", "add", "water the plants"});
  let_quarantine_pass(desk);
  EXPECT_EQ(desk.chela({"task", "list"}).exit_code, 0);
  EXPECT_THAT(desk.chela({"status"}).out, HasSubstr("quarantined, next trial now"));
  EXPECT_EQ(desk.chela({"task", "list"}).exit_code, 0) << "it still may";
  const Outcome added = desk.chela({"task", "add", "water the plants"});
  EXPECT_THAT(added.err, HasSubstr("tasks.bad_tasks is quarantined for")) << "one crash is enough";
  EXPECT_EQ(desk.chela({"task", "list"}).exit_code, 1);
}

TEST(BadTaskBackend, ThatIsAMirrorHoldsNothingUp) {
  BadDesk desk;
  desk.install("check.finds");
  desk.install("tasks.bad_tasks");
  desk.enable("roof", "check.finds");
  spill(desk.manifest("tasks", "bad"), "id: bad\nplugin: tasks.bad_tasks\ndeadline: 2s\n");
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_EQ(ticked.outcome.exit_code, 0) << ticked.outcome.out << ticked.outcome.err;
  EXPECT_THAT(slurp(desk.workspace() / "TASKS.md"), HasSubstr("the roof leaks"));
  EXPECT_EQ(get_int(desk.chela_json({"status"}), "outbox"), 0);
  for (int i = 0; i < 3; ++i) {
    const Outcome mirrored = desk.chela({"task", "mirror"});
    EXPECT_EQ(mirrored.exit_code, 1) << mirrored.out;
    EXPECT_THAT(mirrored.err,
                ::testing::ContainsRegex("crashed|ended its process|quarantined until"));
  }
  EXPECT_THAT(desk.chela({"status"}).out, HasSubstr("tasks.bad_tasks is quarantined, next trial"));
  EXPECT_EQ(desk.chela({"task", "add", "water the plants"}).exit_code, 0);
  EXPECT_THAT(left_behind(-1), IsEmpty());
}

TEST(BadTaskBackend, ThatCrashesIsNotStartedAgainAtOnce) {
  BadDesk desk;
  put_in_crashing_backend(desk);
  desk.enable("cellar", "check.finds");
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_THAT(ticked.problems, ::testing::Contains(HasSubstr("during create")));
  EXPECT_THAT(ticked.problems, ::testing::Contains(HasSubstr("it is started again in 1 s")));
  EXPECT_EQ(get_int(desk.chela_json({"status"}), "outbox"), 2);
}

}  // namespace
}  // namespace chela::test
