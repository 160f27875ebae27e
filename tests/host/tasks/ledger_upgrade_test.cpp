// A ledger that an earlier chela wrote is brought up to date, with everything in it.
#include "host/tasks/ledger_fixture.h"
#include "services/sqlite.h"

namespace chela::tasks {

using services::Database;
using services::Row;
namespace {

using namespace std::chrono_literals;

// Version 1 as it was released, with one row in each table that has grown since.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('revision', '41');
CREATE TABLE checks(check_id TEXT PRIMARY KEY, last_ok INTEGER, last_attempt INTEGER,
  consecutive_failures INTEGER NOT NULL, baseline_done INTEGER NOT NULL, last_status INTEGER,
  last_summary TEXT NOT NULL, cursor TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO checks VALUES('disk', 60000, 120000, 2, 1, 1, 'nearly full', '{"n":1}');
CREATE TABLE alerts(check_id TEXT NOT NULL, key TEXT NOT NULL, severity INTEGER NOT NULL,
  worst INTEGER NOT NULL, title TEXT NOT NULL, detail TEXT NOT NULL, url TEXT NOT NULL,
  needs_human INTEGER NOT NULL, opened_at INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  task_id TEXT NOT NULL, PRIMARY KEY(check_id, key));
INSERT INTO alerts VALUES('disk', 'disk:/', 1, 2, 'title', 'detail', '', 1, 60000, 120000, 'k3f9q2');
CREATE TABLE seen_events(check_id TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(check_id, key)) WITHOUT ROWID;
CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, target TEXT NOT NULL,
  task_id TEXT NOT NULL, payload TEXT NOT NULL, created_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
  last_error TEXT NOT NULL, not_before INTEGER NOT NULL);
CREATE TABLE runs(id INTEGER PRIMARY KEY AUTOINCREMENT, check_id TEXT NOT NULL, started INTEGER NOT NULL,
  duration INTEGER NOT NULL, outcome INTEGER NOT NULL, status INTEGER, error TEXT NOT NULL,
  findings INTEGER NOT NULL);
CREATE INDEX runs_by_check ON runs(check_id, id);
CREATE TABLE faults(id INTEGER PRIMARY KEY, instance TEXT NOT NULL, plugin TEXT NOT NULL,
  at INTEGER NOT NULL, what TEXT NOT NULL);
CREATE INDEX faults_by_plugin ON faults(plugin, at);
CREATE TABLE quarantines(plugin TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL,
  reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tasks(id TEXT PRIMARY KEY, backend TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL,
  closed INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO tasks VALUES('k3f9q2', 'markdown', 'title', 'queue', 0, 60000);
CREATE TABLE task_keys(task_id TEXT NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  check_id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY(task_id, check_id, key)) WITHOUT ROWID;
INSERT INTO task_keys VALUES('k3f9q2', 'disk', 'disk:/');
CREATE TABLE plugin_state(instance TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(instance, key));
CREATE TABLE file_versions(id INTEGER PRIMARY KEY, path TEXT NOT NULL, at INTEGER NOT NULL,
  content BLOB NOT NULL);
CREATE INDEX file_versions_by_path ON file_versions(path, id);
PRAGMA application_id = 1667786092;
PRAGMA user_version = 1;
)sql";

TEST_F(LedgerTest, BringsVersionOneUpToDateWithEverythingInIt) {
  write(file_, "");
  {
    auto database = Database::open(file_, 1s);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->script(kVersion1));
  }
  for (int opened = 0; opened < 2; ++opened) {
    SCOPED_TRACE(opened);
    auto ledger = Ledger::open(file_);
    ASSERT_TRUE(ledger) << ledger.error().message;
    const auto snapshot = ledger->load();
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    ASSERT_EQ(snapshot->checks.size(), 1u);
    EXPECT_EQ(snapshot->checks[0].last_summary, "nearly full");
    EXPECT_EQ(snapshot->checks[0].missed_slots, 0);
    ASSERT_EQ(snapshot->alerts.size(), 1u);
    EXPECT_EQ(snapshot->alerts[0].worst, Severity::crit);
    EXPECT_EQ(snapshot->alerts[0].last_said, Timestamp(1min)) << "when it was opened";
    EXPECT_FALSE(snapshot->alerts[0].is_flapping);
    ASSERT_EQ(snapshot->tasks.size(), 1u);
    EXPECT_EQ(snapshot->tasks[0].keys, (std::vector<AlertId>{{"disk", "disk:/"}}));
    EXPECT_TRUE(snapshot->mutes.empty());
    EXPECT_TRUE(ledger->conditions("disk")->empty());
    EXPECT_TRUE(ledger->mirror_pairs("markdown", "reminders")->empty());
  }
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger && ledger->commit(tick(3)));
}

TEST_F(LedgerTest, AnUpgradeThatCannotBeWrittenLeavesTheOldFile) {
  write(file_, "");
  {
    auto database = Database::open(file_, 1s);
    ASSERT_TRUE(database && database->script(kVersion1));
    // A table of that name stands in the way of a later step.
    ASSERT_TRUE(database->script("CREATE TABLE mutes(x)"));
  }
  ASSERT_FALSE(Ledger::open(file_));
  auto database = Database::open(file_, 1s);
  ASSERT_TRUE(database);
  std::int64_t version = 0;
  std::int64_t columns = 0;
  ASSERT_TRUE(
      database->each("PRAGMA user_version", {}, [&](const Row& row) { version = row.integer(0); }));
  ASSERT_TRUE(database->each("SELECT count(*) FROM pragma_table_info('alerts')", {},
                             [&](const Row& row) { columns = row.integer(0); }));
  EXPECT_EQ(version, 1);
  EXPECT_EQ(columns, 11) << "half an upgrade was kept";
}

TEST_F(LedgerTest, KeepsConditionsAndWhatPeopleSaidAboutAlerts) {
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger);
  TickRecord record = tick(1);
  record.conditions = {{"disk", "k1", 2, 0, Timestamp(1min), Timestamp(2min), "011", true},
                       {"disk", "gone", 0, 3, Timestamp(1min), Timestamp(1min), "1000", false}};
  ASSERT_TRUE(ledger->commit(record));
  ASSERT_TRUE(ledger->mute(
      {{"disk", "k1", MuteKind::acknowledged, Timestamp(3min), {}, Severity::crit, "on it"},
       {"disk", "", MuteKind::snoozed, Timestamp(3min), Timestamp(9min), {}, ""}}));

  record = tick(2);
  record.forgotten = {{"disk", "gone"}};
  // The tick knew an acknowledgement of minute 2; the one of minute 3 came while it ran.
  record.unmuted = {
      {"disk", "k1", MuteKind::acknowledged, Timestamp(2min), {}, Severity::crit, ""}};
  ASSERT_TRUE(ledger->commit(record)) << "muting does not disturb a tick that is under way";
  auto rows = *ledger->conditions("disk");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].history, "011");
  EXPECT_EQ(rows[0].bad_runs, 2);
  EXPECT_TRUE(rows[0].is_flapping);
  auto mutes = *ledger->mutes();
  ASSERT_EQ(mutes.size(), 2u);
  EXPECT_EQ(mutes[0].until, Timestamp(9min));
  EXPECT_EQ(mutes[1].note, "on it");
  EXPECT_EQ(mutes[1].severity, Severity::crit);

  record = tick(3);
  record.unmuted = {mutes[0]};
  ASSERT_TRUE(ledger->commit(record));
  ASSERT_TRUE(ledger->unmute({{"disk", "k1"}, {"disk", "never there"}}));
  EXPECT_TRUE(ledger->mutes()->empty());
}

TEST_F(LedgerTest, ForgetsConditionsOfChecksThatAreLongGone) {
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger);
  TickRecord record;
  record.conditions = {{"gone", "a", 1, 0, Timestamp(1h), Timestamp(1h), "1", false}};
  ASSERT_TRUE(ledger->commit(record));
  record.conditions = {{"disk", "a", 1, 0, Timestamp(1h), Timestamp(24h * 91), "1", false}};
  ASSERT_TRUE(ledger->commit(record));
  EXPECT_TRUE(ledger->conditions("gone")->empty());
  EXPECT_EQ(ledger->conditions("disk")->size(), 1u);
}

}  // namespace
}  // namespace chela::tasks
