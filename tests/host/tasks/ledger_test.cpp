// The ledger gives back what was put in, keeps its caps, and opens fast.
#include "tasks/ledger.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "host/tasks/ledger_fixture.h"

namespace chela::tasks {
namespace {

using namespace std::chrono_literals;

TEST_F(LedgerTest, StartsEmptyAndPrivate) {
  auto ledger = Ledger::open(folder_ / "a" / "b" / "ledger.db");
  ASSERT_TRUE(ledger) << ledger.error().message;
  const auto snapshot = ledger->load();
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->checks.empty() && snapshot->alerts.empty() && snapshot->outbox.empty());
  EXPECT_EQ(snapshot->state_file, "");
  ASSERT_TRUE(ledger->commit(tick(1)));
  for (const char* name : {"ledger.db", "ledger.db-wal"}) {
    struct stat status {};
    ASSERT_EQ(::stat((folder_ / "a" / "b" / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(LedgerTest, GivesBackAWholeTickAfterReopening) {
  {
    auto ledger = Ledger::open(file_);
    ASSERT_TRUE(ledger);
    ASSERT_TRUE(ledger->commit(tick(7)));
  }
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger);
  const auto snapshot = ledger->load();
  ASSERT_TRUE(snapshot);
  const Timestamp at{7min};
  ASSERT_EQ(snapshot->checks.size(), 1u);
  EXPECT_EQ(snapshot->checks[0].check, "disk");
  EXPECT_EQ(snapshot->checks[0].last_ok, at);
  EXPECT_EQ(snapshot->checks[0].consecutive_failures, 7);
  EXPECT_FALSE(snapshot->checks[0].last_status);
  EXPECT_EQ(snapshot->checks[0].cursor, *parse_json("{\"n\":7}"));
  ASSERT_EQ(snapshot->alerts.size(), 1u);
  EXPECT_EQ(snapshot->alerts[0].key, "k7");
  EXPECT_EQ(snapshot->alerts[0].task_id, "t7");
  EXPECT_EQ(snapshot->alerts[0].opened_at, at);
  ASSERT_EQ(snapshot->outbox.size(), 1u);
  EXPECT_EQ(snapshot->outbox[0].kind, OutboxKind::create_task);
  EXPECT_EQ(snapshot->outbox[0].payload, "{\"n\":7}");
  ASSERT_EQ(snapshot->tasks.size(), 1u);
  EXPECT_EQ(snapshot->tasks[0].keys, (std::vector<AlertId>{{"disk", "k7"}}));
  EXPECT_EQ(snapshot->state_file, "7");
  const auto runs = ledger->runs("disk");
  ASSERT_EQ(runs->size(), 1u);
  EXPECT_EQ((*runs)[0].duration, 12ms);
  EXPECT_EQ((*runs)[0].status, CheckStatus::warn);
  EXPECT_EQ(ledger->seen("disk")->size(), 1u);
  EXPECT_TRUE(ledger->seen("other")->empty());
}

TEST_F(LedgerTest, KeepsHostileTextsAsTheyAre) {
  const std::string hostile =
      std::string("'); DROP TABLE alerts; --\xff\xfe \"\n") + std::string(1, '\0') + "z";
  auto ledger = Ledger::open(file_);
  TickRecord record;
  AlertRow alert;
  alert.check = alert.key = alert.title = alert.detail = hostile;
  record.alerts = {alert};
  ASSERT_TRUE(ledger->commit(record));
  const auto snapshot = ledger->load();
  ASSERT_EQ(snapshot->alerts.size(), 1u);
  EXPECT_EQ(snapshot->alerts[0].check, hostile);
  EXPECT_EQ(snapshot->alerts[0].detail, hostile);
}

TEST_F(LedgerTest, OutboxRowsStayUntilDoneAndIdsAreNeverUsedTwice) {
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger->commit(tick(1)));
  ASSERT_TRUE(ledger->commit(tick(2)));
  auto rows = *ledger->outbox();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_LT(rows[0].id, rows[1].id);
  ASSERT_TRUE(ledger->outbox_failed(rows[0].id, "backend down", Timestamp{9h}));
  ASSERT_TRUE(ledger->outbox_done(rows[1].id));
  ASSERT_TRUE(ledger->outbox_done(rows[1].id));
  const auto left = *ledger->outbox();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].attempts, 1);
  EXPECT_EQ(left[0].last_error, "backend down");
  EXPECT_EQ(left[0].not_before, Timestamp{9h});
  ASSERT_TRUE(ledger->outbox_done(left[0].id));
  ASSERT_TRUE(ledger->commit(tick(3)));
  EXPECT_GT(ledger->outbox()->at(0).id, rows[1].id);
}

TEST_F(LedgerTest, RunsAreARingPerCheck) {
  auto ledger = Ledger::open(file_);
  TickRecord record;
  for (int i = 0; i < 450; ++i) {
    record.runs.push_back({0, i % 3 == 0 ? "rare" : "often", Timestamp{std::chrono::minutes(i)},
                           1ms, RunOutcome::failed, std::nullopt, "e", 0});
  }
  ASSERT_TRUE(ledger->commit(record));
  EXPECT_EQ(ledger->runs("rare")->size(), 150u);
  const auto often = *ledger->runs("often", 1000);
  ASSERT_EQ(often.size(), 200u);
  EXPECT_EQ(often.front().started, Timestamp{449min});
  EXPECT_EQ(ledger->runs("often", 3)->size(), 3u);
}

TEST_F(LedgerTest, SeenEventsAreCappedAndAged) {
  auto ledger = Ledger::open(file_);
  const Timestamp now{24h * 1000};
  TickRecord record;
  for (int i = 0; i < 5100; ++i)
    record.seen.push_back({"mail", "m" + std::to_string(i), now - std::chrono::minutes(i)});
  record.seen.push_back({"mail", "old", now - 24h * 91});
  record.seen.push_back({"git", "quiet", now - 24h * 91});
  ASSERT_TRUE(ledger->commit(record));
  const auto mail = *ledger->seen("mail");
  EXPECT_EQ(mail.size(), 5000u);
  const auto has = [&](const char* key) {
    return std::any_of(mail.begin(), mail.end(), [&](const SeenEvent& e) { return e.key == key; });
  };
  EXPECT_TRUE(has("m0") && has("m4999"));
  EXPECT_FALSE(has("m5000") || has("old"));
  // Age counts from the check's own newest event: a check that was off for a year says nothing
  // twice.
  EXPECT_EQ(ledger->seen("git")->size(), 1u);
}

TEST_F(LedgerTest, RefusesATickDecidedOnAnOlderState) {
  auto one = Ledger::open(file_);
  auto two = Ledger::open(file_);
  ASSERT_TRUE(one->load() && two->load());
  ASSERT_TRUE(one->commit(tick(1)));
  const auto late = two->commit(tick(2));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::aborted);
  EXPECT_EQ(two->load()->checks.at(0).consecutive_failures, 1);
  EXPECT_TRUE(two->commit(tick(2)));
}

TEST_F(LedgerTest, MirrorKeepsTasksOfOpenAlertsAndForgetsOldClosedOnes) {
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger->commit(tick(1)));
  TaskRow closed = tick(1).tasks[0];
  closed.closed = true;
  closed.state = "done";
  const TaskRow unrelated{"x", "tasks", "old", "done", true, Timestamp{1min}, {}};
  ASSERT_TRUE(ledger->save_tasks({closed, unrelated}));
  EXPECT_EQ(ledger->tasks()->size(), 2u);
  const TaskRow late{
      "y", "tasks", "new", "queue", false, Timestamp{24h * 200}, {{"a", "b"}, {"a", "c"}}};
  ASSERT_TRUE(ledger->save_tasks({late}));
  const auto rows = *ledger->tasks();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "t1");
  EXPECT_TRUE(rows[0].closed);
  EXPECT_EQ(rows[0].keys.size(), 1u);
  EXPECT_EQ(rows[1].keys.size(), 2u);
}

TEST_F(LedgerTest, FaultsAndQuarantines) {
  auto ledger = Ledger::open(file_);
  for (int i = 0; i < 1010; ++i) {
    ASSERT_TRUE(ledger->record_fault(
        {"mail-a", "check.mail", Timestamp{std::chrono::minutes(i)}, "SIGSEGV"}));
  }
  EXPECT_EQ(ledger->faults_since("check.mail", Timestamp{1007min})->size(), 3u);
  EXPECT_EQ(ledger->faults_since("check.mail", Timestamp{0h})->size(), 1000u);
  EXPECT_TRUE(ledger->faults_since("check.other", Timestamp{0h})->empty());
  ASSERT_TRUE(ledger->set_quarantine({"check.mail", Timestamp{1h}, Timestamp{2h}, "3 crashes"}));
  ASSERT_TRUE(ledger->set_quarantine({"check.mail", Timestamp{1h}, Timestamp{4h}, "4 crashes"}));
  const auto rows = *ledger->quarantines();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].until, Timestamp{4h});
  EXPECT_EQ(rows[0].reason, "4 crashes");
  ASSERT_TRUE(ledger->lift_quarantine("check.mail"));
  EXPECT_TRUE(ledger->quarantines()->empty());
}

TEST_F(LedgerTest, PluginStateHasItsCaps) {
  auto ledger = Ledger::open(file_);
  const std::string bytes("a\0\xff", 3);
  ASSERT_TRUE(ledger->state_set("mail", "k", bytes));
  EXPECT_EQ(*ledger->state_get("mail", "k"), bytes);
  EXPECT_FALSE(*ledger->state_get("other", "k"));
  ASSERT_TRUE(ledger->state_set("mail", "empty", ""));
  EXPECT_EQ(*ledger->state_get("mail", "empty"), "");
  EXPECT_TRUE(ledger->state_set("mail", "big", std::string(64 * 1024, 'x')));
  EXPECT_EQ(ledger->state_set("mail", "big", std::string(64 * 1024 + 1, 'x')).error().code,
            ErrorCode::resource_exhausted);
  EXPECT_EQ(ledger->state_set("mail", "", "x").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(ledger->state_set("mail", std::string(201, 'k'), "x").error().code,
            ErrorCode::invalid_argument);
  for (int i = 3; i < 1000; ++i)
    ASSERT_TRUE(ledger->state_set("mail", "k" + std::to_string(i), "x"));
  EXPECT_EQ(ledger->state_set("mail", "one too many", "x").error().code,
            ErrorCode::resource_exhausted);
  EXPECT_TRUE(ledger->state_set("mail", "k", "replaced"));
  EXPECT_TRUE(ledger->state_set("other", "k", "x"));
  EXPECT_EQ(ledger->state_keys("mail")->size(), 1000u);
  ASSERT_TRUE(ledger->state_remove("mail", "k"));
  EXPECT_FALSE(*ledger->state_get("mail", "k"));
}

TEST_F(LedgerTest, KeepsTheLastFiftyVersionsOfAFile) {
  auto ledger = Ledger::open(file_);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(ledger->keep_version("TASKS.md", Timestamp{std::chrono::minutes(i)},
                                     "v" + std::to_string(i / 2 * 2)));
  }
  auto versions = *ledger->versions("TASKS.md");
  EXPECT_EQ(versions.size(), 30u);  // each content came twice in a row
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(ledger->keep_version("TASKS.md", Timestamp{1h}, "w" + std::to_string(i)));
  versions = *ledger->versions("TASKS.md");
  ASSERT_EQ(versions.size(), 50u);
  EXPECT_EQ(*ledger->version_content(versions.front().id), "w59");
  EXPECT_EQ(*ledger->version_content(versions.back().id), "w10");
  EXPECT_EQ(ledger->version_content(1).error().code, ErrorCode::not_found);
}

TEST_F(LedgerTest, MetaIsReadBack) {
  auto ledger = Ledger::open(file_);
  EXPECT_FALSE(*ledger->meta("approved"));
  ASSERT_TRUE(ledger->set_meta("approved", "x"));
  EXPECT_EQ(*ledger->meta("approved"), "x");
  ASSERT_TRUE(ledger->remove_meta("approved"));
  EXPECT_FALSE(*ledger->meta("approved"));
  EXPECT_EQ(ledger->set_meta("revision", "9").error().code, ErrorCode::invalid_argument);
}

// A home of 20 checks with full rings, open alerts and a mirror; 3 ms is the share of a tick's 20
// ms.
TEST_F(LedgerTest, OpensAndLoadsFullRings) {
  {
    auto ledger = Ledger::open(file_);
    TickRecord record;
    for (int check = 0; check < 20; ++check) {
      CheckRow row;
      row.check = "check-" + std::to_string(check);
      row.last_summary = std::string(80, 's');
      row.cursor = json::object{{"uid", 123456}, {"etag", "abcdef"}};
      record.checks.push_back(row);
      for (int i = 0; i < 200; ++i) {
        record.runs.push_back({0, row.check, Timestamp{std::chrono::minutes(i)}, 1ms,
                               RunOutcome::ok, CheckStatus::ok, "", 0});
        record.seen.push_back({row.check, "event-" + std::to_string(i), Timestamp{1h}});
      }
      AlertRow alert;
      alert.check = row.check;
      alert.key = "k";
      alert.task_id = "t" + std::to_string(check);
      record.alerts.push_back(alert);
      record.tasks.push_back(
          {alert.task_id, "tasks", "title", "queue", false, Timestamp{1h}, {{row.check, "k"}}});
    }
    ASSERT_TRUE(ledger->commit(record));
    for (int i = 0; i < 50; ++i)
      ASSERT_TRUE(ledger->keep_version("TASKS.md", Timestamp{1h},
                                       std::string(20000, static_cast<char>('a' + i % 26))));
  }
  std::vector<double> millis;
  for (int i = 0; i < 31; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto ledger = Ledger::open(file_);
    const auto snapshot = ledger->load();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    ASSERT_TRUE(snapshot);
    ASSERT_EQ(snapshot->checks.size(), 20u);
    millis.push_back(took.count());
  }
  std::sort(millis.begin(), millis.end());
  RecordProperty("median_ms", std::to_string(millis[15]));
  std::printf("open and load: median %.2f ms, worst %.2f ms\n", millis[15], millis[30]);
}

}  // namespace
}  // namespace chela::tasks
