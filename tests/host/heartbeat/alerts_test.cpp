// What one run changes: conditions open and recover once, events are new once, blindness decides
// nothing.
#include "heartbeat/alerts.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;
using tasks::AlertRow;
using tasks::CheckRow;
using tasks::CheckStatus;
using tasks::Finding;
using tasks::FindingClass;
using tasks::RunOutcome;
using tasks::SeenEvent;
using tasks::Severity;

const Timestamp kNow{10000h};

Finding condition(const std::string& key, Severity severity = Severity::warn,
                  bool needs_human = false) {
  Finding finding;
  finding.key = key;
  finding.severity = severity;
  finding.title = "title of " + key;
  finding.needs_human = needs_human;
  return finding;
}

Finding event(const std::string& key) {
  Finding finding = condition(key);
  finding.cls = FindingClass::event;
  return finding;
}

CheckRun good(std::vector<Finding> findings, CheckStatus status = CheckStatus::warn) {
  CheckRun run;
  run.check = "disk";
  run.started = kNow - 1s;
  run.report.status = status;
  run.report.summary = "summary";
  run.report.findings = std::move(findings);
  return run;
}

CheckRun bad(RunOutcome outcome, std::string error) {
  CheckRun run;
  run.check = "disk";
  run.started = kNow - 1s;
  run.outcome = outcome;
  run.error = std::move(error);
  return run;
}

CheckRow settled(int failures = 0) {
  CheckRow row;
  row.check = "disk";
  row.baseline_done = true;
  row.consecutive_failures = failures;
  row.last_ok = kNow - 24h;
  row.cursor = 1;
  return row;
}

AlertRow alert(const std::string& key, Severity worst = Severity::warn,
               const std::string& check = "disk") {
  AlertRow row;
  row.check = check;
  row.key = key;
  row.severity = row.worst = worst;
  row.opened_at = kNow - 3h - 5min;
  row.last_seen = kNow - 1h;
  row.task_id = "t-" + key;
  return row;
}

AlertChanges folded(const CheckRun& run, const CheckRow& before,
                    const std::vector<AlertRow>& open = {}, const std::vector<SeenEvent>& seen = {},
                    Timestamp now = kNow) {
  return fold(run, Memory{before, open, seen, {}, {}}, AlertPolicy(), now);
}

// "opened:a still:b* recovered:c new:e seen:e", * for got worse
std::string show(const AlertChanges& changes) {
  std::string text = changes.is_baseline ? " baseline" : "";
  for (const auto& opened : changes.opened) text += " opened:" + opened.alert.key;
  for (const auto& still : changes.still_open)
    text += " still:" + still.alert.key + (still.again == Again::worse ? "*" : "");
  for (const auto& gone : changes.recovered) text += " recovered:" + gone.alert.key;
  for (const auto& fresh : changes.new_events) text += " new:" + fresh.key;
  for (const auto& seen : changes.seen) text += " seen:" + seen.key;
  return text.empty() ? "" : text.substr(1);
}

TEST(Fold, Table) {
  const std::vector<SeenEvent> seen{
      {"disk", "e1", kNow - 1h}, {"disk", "e2", kNow - 25h}, {"mail", "e3", kNow}};
  const auto unknown = good({condition("a"), event("e9")}, CheckStatus::unknown);
  const struct {
    const char* name;
    CheckRun run;
    CheckRow before;
    std::vector<AlertRow> open;
    const char* changes;
  } cases[] = {
      {"nothing", good({}, CheckStatus::ok), settled(), {}, ""},
      {"opens", good({condition("a")}), settled(), {}, "opened:a"},
      {"stays open", good({condition("a")}), settled(), {alert("a")}, "still:a"},
      {"recovers", good({}, CheckStatus::ok), settled(), {alert("a")}, "recovered:a"},
      {"one recovers while another is still there",
       good({condition("b")}),
       settled(),
       {alert("a"), alert("b")},
       "still:b recovered:a"},
      {"recovers although the status is crit",
       good({condition("b")}, CheckStatus::crit),
       settled(),
       {alert("a")},
       "opened:b recovered:a"},
      {"other checks' alerts stay", good({}), settled(), {alert("a", Severity::warn, "mail")}, ""},
      {"the same key of another check opens",
       good({condition("a")}),
       settled(),
       {alert("a", Severity::warn, "mail")},
       "opened:a"},
      {"worse", good({condition("a", Severity::crit)}), settled(), {alert("a")}, "still:a*"},
      {"as bad as it was once",
       good({condition("a", Severity::crit)}),
       settled(),
       {alert("a", Severity::crit)},
       "still:a"},
      {"eases", good({condition("a", Severity::info)}), settled(), {alert("a")}, "still:a"},
      {"needs a human now",
       good({condition("a", Severity::warn, true)}),
       settled(),
       {alert("a")},
       "still:a*"},
      {"new event", good({event("e0")}), settled(), {}, "new:e0 seen:e0"},
      {"seen event", good({event("e1")}), settled(), {}, ""},
      {"seen event is remembered again after a day", good({event("e2")}), settled(), {}, "seen:e2"},
      {"another check's event", good({event("e3")}), settled(), {}, "new:e3 seen:e3"},
      {"an event with an alert's key closes it",
       good({event("a")}),
       settled(),
       {alert("a")},
       "recovered:a new:a seen:a"},
      {"first run",
       good({condition("a"), event("e0")}),
       CheckRow{},
       {},
       "baseline opened:a new:e0 seen:e0"},
      {"cannot tell", unknown, settled(), {alert("b")}, "new:e9 seen:e9"},
      {"cannot tell, before the baseline", unknown, CheckRow{}, {}, ""},
      {"cannot tell for the third time",
       unknown,
       settled(2),
       {alert("b")},
       "opened:chela:run new:e9 seen:e9"},
      {"first failure", bad(RunOutcome::failed, "x"), settled(0), {alert("a")}, ""},
      {"second failure", bad(RunOutcome::failed, "x"), settled(1), {alert("a")}, ""},
      {"third failure", bad(RunOutcome::failed, "x"), settled(2), {alert("a")}, "opened:chela:run"},
      {"fourth failure",
       bad(RunOutcome::failed, "x"),
       settled(3),
       {alert("chela:run")},
       "still:chela:run"},
      {"third failure of a new check",
       bad(RunOutcome::failed, "x"),
       [] {
         CheckRow row;
         row.consecutive_failures = 2;
         return row;
       }(),
       {},
       "opened:chela:run"},
      {"crash", bad(RunOutcome::crashed, "SIGSEGV"), settled(), {alert("a")}, "opened:chela:fault"},
      {"third crash is no second alert",
       bad(RunOutcome::crashed, "SIGSEGV"),
       settled(2),
       {alert("chela:fault")},
       "still:chela:fault"},
      {"quarantine after crashes is worse",
       bad(RunOutcome::quarantined, "3 crashes"),
       settled(3),
       {alert("chela:fault")},
       "still:chela:fault*"},
      {"a failure does not end a fault",
       bad(RunOutcome::failed, "x"),
       settled(5),
       {alert("chela:fault")},
       "opened:chela:run"},
      {"cannot tell does not end a fault",
       good({}, CheckStatus::unknown),
       settled(),
       {alert("chela:fault")},
       ""},
      {"a good run ends both",
       good({}, CheckStatus::ok),
       settled(5),
       {alert("chela:fault"), alert("chela:run")},
       "recovered:chela:fault recovered:chela:run"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(show(folded(c.run, c.before, c.open, seen)), c.changes);
  }
}

TEST(Fold, FillsTheAlertAndKeepsTheTask) {
  auto finding = condition("a", Severity::crit, true);
  finding.detail = "detail";
  finding.url = "https://x/";
  finding.task = tasks::SuggestedTask{"do it", "low"};
  const auto opened = folded(good({finding}), settled()).opened.at(0);
  EXPECT_EQ(opened.alert.check, "disk");
  EXPECT_EQ(opened.alert.title, "title of a");
  EXPECT_EQ(opened.alert.detail, "detail");
  EXPECT_EQ(opened.alert.url, "https://x/");
  EXPECT_TRUE(opened.alert.needs_human);
  EXPECT_EQ(opened.alert.opened_at, kNow);
  EXPECT_EQ(opened.alert.task_id, "");
  EXPECT_EQ(opened.task->title, "do it");

  const auto easier =
      folded(good({condition("a", Severity::info)}), settled(), {opened.alert}, {}, kNow + 1h);
  const AlertRow row = easier.still_open.at(0).alert;
  EXPECT_EQ(row.severity, Severity::info);
  EXPECT_EQ(row.worst, Severity::crit);
  EXPECT_TRUE(row.needs_human);
  EXPECT_EQ(row.opened_at, kNow);
  EXPECT_EQ(row.last_seen, kNow + 1h);

  const auto gone = folded(good({}), settled(), {alert("a")}).recovered.at(0);
  EXPECT_EQ(gone.lasted, 3h + 5min);
  EXPECT_EQ(gone.alert.task_id, "t-a");
  EXPECT_EQ(folded(good({}), settled(), {alert("a")}, {}, kNow - 48h).recovered.at(0).lasted, 0s)
      << "clock went back";
}

TEST(Fold, SaysWhyItCouldNotCheck) {
  const auto run =
      folded(bad(RunOutcome::failed, "exec git:\npermission denied"), settled(2)).opened.at(0);
  EXPECT_EQ(run.alert.title, "could not check disk: exec git: permission denied");
  EXPECT_NE(run.alert.detail.find("3 runs in a row"), std::string::npos) << run.alert.detail;
  EXPECT_NE(run.alert.detail.find(base::format_utc(kNow - 24h)), std::string::npos);
  EXPECT_EQ(run.alert.severity, Severity::warn);
  const auto fault = folded(bad(RunOutcome::quarantined, "3 crashes"), settled()).opened.at(0);
  EXPECT_EQ(fault.alert.severity, Severity::crit);
  EXPECT_TRUE(fault.alert.needs_human);
}

TEST(RowAfter, MovesLastOkOnlyWhenTheRunCouldTell) {
  auto with_cursor = good({});
  with_cursor.report.cursor = json::value(2);
  auto unknown = with_cursor;
  unknown.report.status = CheckStatus::unknown;
  const struct {
    const char* name;
    CheckRun run;
    bool moved;
    int failures;
    json::value cursor;
  } cases[] = {
      {"good", good({}), true, 0, 1},
      {"good with a new cursor", with_cursor, true, 0, 2},
      {"unknown", unknown, false, 2, 1},
      {"failed", bad(RunOutcome::failed, "x"), false, 2, 1},
      {"crashed", bad(RunOutcome::crashed, "x"), false, 2, 1},
      {"quarantined", bad(RunOutcome::quarantined, "x"), false, 2, 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto row = row_after(settled(1), c.run);
    EXPECT_EQ(row.last_attempt, kNow - 1s);
    EXPECT_EQ(row.last_ok, c.moved ? kNow - 1s : kNow - 24h);
    EXPECT_EQ(row.consecutive_failures, c.failures);
    EXPECT_EQ(row.cursor, c.cursor);
    EXPECT_EQ(row_after(CheckRow{}, c.run).baseline_done, c.moved);
  }
}

TEST(Retire, ClosesEverythingOfThatCheck) {
  const auto changes = retire(
      "disk",
      {{}, {alert("a"), alert("chela:run"), alert("a", Severity::warn, "mail")}, {}, {}, {}}, kNow);
  EXPECT_EQ(show(changes), "recovered:a recovered:chela:run");
  EXPECT_NE(changes.recovered[0].reason, "recovered");
}

}  // namespace
}  // namespace chela::heartbeat
