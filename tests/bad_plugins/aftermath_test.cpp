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
  EXPECT_THAT(status.out, HasSubstr("check.bad_crash is quarantined, next try"));
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

// Lets the outbox be tried again at once instead of in 30 s.
void forget_waiting(const BadDesk& desk) {
  for (const auto& entry : fs::recursive_directory_iterator(desk.root())) {
    if (entry.path().filename() != "ledger.db") continue;
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(entry.path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, "UPDATE outbox SET not_before = 0", nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
  }
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
  EXPECT_THAT(desk.chela({"status"}).out, HasSubstr("tasks.bad_tasks is quarantined, next try"));
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

}  // namespace
}  // namespace chela::test
