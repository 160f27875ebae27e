// Each rule by which alert changes become tasks and lines.
#include "heartbeat/rules.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;
using tasks::AlertId;
using tasks::AlertRow;
using tasks::Finding;
using tasks::OutboxKind;
using tasks::Severity;
using tasks::TaskRow;

const Timestamp kNow{10000h};

AlertRow alert(const std::string& check, const std::string& key, Severity severity = Severity::warn,
               const std::string& task_id = "") {
  AlertRow row;
  row.check = check;
  row.key = key;
  row.severity = row.worst = severity;
  row.title = "title of " + key;
  row.opened_at = kNow - 3h - 5min;
  row.task_id = task_id;
  return row;
}

Opened opened(const std::string& check, const std::string& key,
              Severity severity = Severity::warn) {
  return {alert(check, key, severity), std::nullopt};
}

Recovered recovered(const AlertRow& row) {
  return {row, kNow - row.opened_at, "recovered"};
}

TaskRow task(const std::string& id, std::vector<AlertId> keys, bool closed = false) {
  return {id, "todo", "T", closed ? "done" : "queue", closed, kNow - 1h, std::move(keys)};
}

AlertChanges changes(const std::string& check) {
  AlertChanges all;
  all.check = check;
  return all;
}

// "id1", "id2", ...
IdSource counting() {
  return [n = 0]() mutable { return "id" + std::to_string(++n); };
}

Actions decided(const std::vector<AlertChanges>& all, Known known = {}) {
  if (known.task_backend.empty()) known.task_backend = "todo";
  return decide(all, known, kNow, counting());
}

std::vector<json::value> payloads(const Actions& actions, OutboxKind kind) {
  std::vector<json::value> all;
  for (const auto& row : actions.record.outbox) {
    if (row.kind == kind) all.push_back(*parse_json(row.payload));
  }
  return all;
}

TEST(Decide, IsQuietWhenNothingHappened) {
  auto quiet = changes("disk");
  quiet.still_open = {{alert("disk", "a", Severity::warn, "t1"), Again::no, {}}};
  quiet.seen = {{"disk", "e", kNow}};
  Known known;
  known.alerts = {alert("disk", "a", Severity::warn, "t1")};
  const auto actions = decided({quiet}, known);
  EXPECT_TRUE(actions.record.outbox.empty());
  EXPECT_TRUE(actions.lines.empty());
  EXPECT_EQ(tick_lines(actions.lines), std::vector<std::string>{"HEARTBEAT_OK"});
  EXPECT_EQ(actions.record.alerts.size(), 1u);
  EXPECT_EQ(actions.record.seen.size(), 1u);
}

TEST(Decide, OpensOneTaskPerCondition) {
  auto change = changes("git");
  change.opened = {opened("git", "uncommitted")};
  change.opened[0].alert.detail = "3 files\nchela-finding: git/forged\x1b[2J";
  change.opened[0].alert.url = "https://x/";
  const auto actions = decided({change});
  const auto created = payloads(actions, OutboxKind::create_task);
  ASSERT_EQ(created.size(), 1u);
  EXPECT_EQ(created[0],
            *parse_json(R"({"id":"id1","title":"title of uncommitted","priority":"medium",
    "needs_human":false,"keys":["git/uncommitted"],"notes":
    "chela-finding: git/uncommitted\ncheck: git\n3 files\n chela-finding: git/forged [2J\nhttps://x/"})"));
  const auto& row = actions.record.outbox.at(0);
  EXPECT_EQ(row.task_id, "id1");
  EXPECT_EQ(row.target, "todo");
  EXPECT_EQ(row.not_before, kNow);
  EXPECT_EQ(actions.record.alerts.at(0).task_id, "id1");
  ASSERT_EQ(actions.record.tasks.size(), 1u);
  EXPECT_EQ(actions.record.tasks[0].keys, (std::vector<AlertId>{{"git", "uncommitted"}}));
  EXPECT_FALSE(actions.record.tasks[0].closed);
  EXPECT_EQ(tick_lines(actions.lines),
            std::vector<std::string>{"[warn] git: title of uncommitted (task id1) https://x/"});
}

TEST(Decide, PriorityTable) {
  const struct {
    const char* name;
    Severity severity;
    bool needs_human;
    const char* suggested;
    const char* priority;
  } cases[] = {
      {"crit", Severity::crit, false, "", "high"},
      {"warn", Severity::warn, false, "", "medium"},
      {"info", Severity::info, false, "", "low"},
      {"a person is needed", Severity::info, true, "", "high"},
      {"suggested", Severity::crit, false, "low", "low"},
      {"a person beats a suggestion", Severity::info, true, "low", "high"},
      {"suggested high", Severity::info, false, "high", "high"},
      {"suggested medium", Severity::info, false, "medium", "medium"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto change = changes("disk");
    change.opened = {opened("disk", "a", c.severity)};
    change.opened[0].alert.needs_human = c.needs_human;
    change.opened[0].task = tasks::SuggestedTask{"Clean up", c.suggested};
    const auto created = payloads(decided({change}), OutboxKind::create_task).at(0);
    EXPECT_EQ(get_string(created, "priority"), c.priority);
    EXPECT_EQ(get_bool(created, "needs_human"), c.needs_human);
    EXPECT_EQ(get_string(created, "title"), "Clean up");
  }
}

TEST(Decide, DrawsIdsUntilOneIsNew) {
  auto change = changes("disk");
  change.opened = {opened("disk", "a")};
  Known known;
  known.tasks = {task("id1", {}, true), task("id2", {})};
  known.alerts = {alert("mail", "m", Severity::warn, "id3")};
  EXPECT_EQ(decided({change}, known).record.tasks.at(0).id, "id4");
}

TEST(Decide, ClosesTheTaskOfARecoveredConditionOnce) {
  auto change = changes("disk");
  const auto row = alert("disk", "a", Severity::crit, "t1");
  change.recovered = {recovered(row)};
  Known known;
  known.alerts = {row};
  known.tasks = {task("t1", {{"disk", "a"}})};
  const auto actions = decided({change}, known);
  EXPECT_EQ(payloads(actions, OutboxKind::update_task),
            std::vector<json::value>{
                *parse_json(R"({"id":"t1","notes":["recovered after 3 h 5 min"],"close":true})")});
  EXPECT_EQ(actions.record.recovered, (std::vector<AlertId>{{"disk", "a"}}));
  ASSERT_EQ(actions.record.tasks.size(), 1u);
  EXPECT_TRUE(actions.record.tasks[0].closed);
  EXPECT_EQ(actions.record.tasks[0].state, "done");
  EXPECT_EQ(actions.record.tasks[0].keys.size(), 1u);
  EXPECT_EQ(tick_lines(actions.lines),
            std::vector<std::string>{"[recovered] disk: title of a, after 3 h 5 min"});
}

TEST(Decide, LeavesATaskAloneThatAPersonClosed) {
  const auto row = alert("disk", "a", Severity::warn, "t1");
  Known known;
  known.alerts = {row};
  known.tasks = {task("t1", {{"disk", "a"}}, true)};

  auto still = changes("disk");
  still.still_open = {{row, Again::no, {}}};
  EXPECT_TRUE(decided({still}, known).record.outbox.empty());
  still.still_open[0].again = Again::worse;
  EXPECT_TRUE(payloads(decided({still}, known), OutboxKind::update_task).empty());

  auto gone = changes("disk");
  gone.recovered = {recovered(row)};
  const auto actions = decided({gone}, known);
  EXPECT_TRUE(payloads(actions, OutboxKind::update_task).empty());
  EXPECT_TRUE(actions.record.tasks.empty());
  EXPECT_EQ(actions.lines.size(), 1u);

  known.alerts.clear();
  auto back = changes("disk");
  back.opened = {opened("disk", "a")};
  EXPECT_EQ(payloads(decided({back}, known), OutboxKind::create_task).size(), 1u);
}

TEST(Decide, JoinsTheOpenTaskThatNamesTheCondition) {
  Known known;
  known.alerts = {alert("disk", "b", Severity::warn, "t1")};
  known.tasks = {task("t1", {{"disk", "a"}, {"disk", "b"}})};
  auto change = changes("disk");
  change.opened = {opened("disk", "a", Severity::crit)};
  change.recovered = {recovered(known.alerts[0])};
  const auto actions = decided({change}, known);
  EXPECT_TRUE(payloads(actions, OutboxKind::create_task).empty());
  const auto update = payloads(actions, OutboxKind::update_task).at(0);
  EXPECT_FALSE(get_bool(update, "close", true)) << "a is open in it";
  EXPECT_EQ(get_strings(update, "notes"),
            (std::vector<std::string>{"open again: title of a",
                                      "recovered after 3 h 5 min: disk: title of b"}));
  EXPECT_EQ(get_string(update, "priority"), "high");
  EXPECT_EQ(actions.record.alerts.at(0).task_id, "t1");
}

TEST(Decide, WorseIsSaidAndRaisesThePriority) {
  auto change = changes("disk");
  change.still_open = {{alert("disk", "a", Severity::crit, "t1"), Again::worse, {}}};
  Known known;
  known.alerts = {alert("disk", "a", Severity::warn, "t1")};
  known.tasks = {task("t1", {{"disk", "a"}})};
  const auto actions = decided({change}, known);
  EXPECT_EQ(
      payloads(actions, OutboxKind::update_task),
      std::vector<json::value>{*parse_json(
          R"({"id":"t1","notes":["now crit: title of a"],"close":false,"priority":"high"})")});
  EXPECT_EQ(tick_lines(actions.lines),
            std::vector<std::string>{"[crit] disk: worse: title of a (task t1)"});
}

TEST(Decide, BaselineTable) {
  Finding event;
  event.key = "e";
  event.title = "mail";
  const struct {
    const char* name;
    std::vector<Opened> conditions;
    std::size_t tasks;
    std::vector<std::string> lines;
  } cases[] = {
      {"events only", {}, 0, {"HEARTBEAT_OK"}},
      {"one condition", {opened("disk", "a")}, 1, {"[warn] disk: title of a (task id1)"}},
      {"several",
       {opened("disk", "a"), opened("disk", "b", Severity::crit), opened("disk", "c")},
       1,
       {"[crit] disk: first run found 3 conditions (task id1): title of b; title of a; title of "
        "c"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto change = changes("disk");
    change.is_baseline = true;
    change.new_events = {event};
    change.seen = {{"disk", "e", kNow}};
    change.opened = c.conditions;
    const auto actions = decided({change});
    EXPECT_EQ(payloads(actions, OutboxKind::create_task).size(), c.tasks);
    EXPECT_EQ(tick_lines(actions.lines), c.lines);
    EXPECT_EQ(actions.record.alerts.size(), c.conditions.size());
    for (const auto& row : actions.record.alerts) EXPECT_EQ(row.task_id, "id1");
    EXPECT_EQ(actions.record.seen.size(), 1u);
  }
}

TEST(Decide, SummaryTaskListsAllAndIsClosedWithTheLast) {
  auto first = changes("disk");
  first.is_baseline = true;
  first.opened = {opened("disk", "a"), opened("disk", "b", Severity::crit)};
  const auto begun = decided({first});
  const auto created = payloads(begun, OutboxKind::create_task).at(0);
  EXPECT_EQ(get_string(created, "title"), "2 findings at the first run, worst: disk: title of b");
  EXPECT_EQ(get_string(created, "priority"), "high");
  EXPECT_EQ(get_strings(created, "keys"), (std::vector<std::string>{"disk/b", "disk/a"}));
  EXPECT_EQ(
      get_string(created, "notes"),
      "Found when disk ran for the first time:\n- [crit] disk: title of b\nchela-finding: disk/b\n"
      "- [warn] disk: title of a\nchela-finding: disk/a");

  Known known;
  known.alerts = begun.record.alerts;
  known.tasks = begun.record.tasks;
  for (auto& row : known.alerts) row.opened_at = kNow - 2h;
  auto second = changes("disk");
  second.recovered = {recovered(known.alerts[0])};
  const auto half = decided({second}, known);
  const auto note = payloads(half, OutboxKind::update_task).at(0);
  EXPECT_FALSE(get_bool(note, "close", true));
  EXPECT_EQ(get_strings(note, "notes").at(0), "recovered after 2 h: disk: title of b");
  EXPECT_TRUE(half.record.tasks.empty());

  known.alerts.erase(known.alerts.begin());
  auto third = changes("disk");
  third.recovered = {recovered(known.alerts[0])};
  const auto end = payloads(decided({third}, known), OutboxKind::update_task).at(0);
  EXPECT_TRUE(get_bool(end, "close"));
  EXPECT_EQ(get_strings(end, "notes").at(0), "recovered after 2 h: disk: title of a");
}

TEST(Decide, OpensAtMostFiveTasksOverAllChecks) {
  const struct {
    int conditions;
    std::size_t tasks;
    std::size_t in_last;
  } cases[] = {{4, 4, 1}, {5, 5, 1}, {6, 5, 2}, {40, 5, 36}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.conditions);
    std::vector<AlertChanges> all{changes("disk"), changes("git"), changes("mail")};
    for (int i = 0; i < c.conditions; ++i) {
      auto& change = all[static_cast<std::size_t>(i % 3)];
      const auto severity = i < 2 ? Severity::info : i == 3 ? Severity::crit : Severity::warn;
      change.opened.push_back(opened(change.check, "k" + std::to_string(i), severity));
    }
    const auto actions = decided(all);
    const auto created = payloads(actions, OutboxKind::create_task);
    ASSERT_EQ(created.size(), c.tasks);
    EXPECT_EQ(get_strings(created.back(), "keys").size(), c.in_last);
    EXPECT_EQ(get_strings(created.front(), "keys").at(0), "disk/k3") << "the most severe first";
    EXPECT_EQ(actions.record.alerts.size(), static_cast<std::size_t>(c.conditions));
    for (const auto& row : actions.record.alerts) EXPECT_NE(row.task_id, "");
    EXPECT_EQ(actions.lines.size(), static_cast<std::size_t>(c.conditions)) << "each is said once";
    if (c.conditions == 40) {
      EXPECT_EQ(get_string(created.back(), "title").find("36 more findings, worst: "), 0u);
      EXPECT_EQ(get_strings(created.back(), "keys").back(), "git/k1") << "info comes last";
    }
  }
}

TEST(Decide, AFoldedBaselineStillSaysOneLine) {
  std::vector<AlertChanges> all;
  for (const char* check : {"a", "b", "c", "d", "e", "f"}) {
    auto change = changes(check);
    change.is_baseline = true;
    change.opened = {opened(check, "k1"), opened(check, "k2")};
    all.push_back(change);
  }
  const auto actions = decided(all);
  const auto created = payloads(actions, OutboxKind::create_task);
  ASSERT_EQ(created.size(), 5u);
  EXPECT_EQ(get_strings(created[4], "keys").size(), 4u);
  EXPECT_EQ(actions.lines.size(), 6u);
}

TEST(Decide, LinesAreSortedAndSentToEachNotifierOnce) {
  Finding event;
  event.key = "e";
  event.cls = tasks::FindingClass::event;
  event.severity = Severity::info;
  event.title = "invoice\nfrom \x1b[31mX";
  auto disk = changes("disk");
  const auto gone = alert("disk", "z", Severity::crit, "t1");
  disk.opened = {opened("disk", "a", Severity::warn)};
  disk.recovered = {recovered(gone)};
  auto mail = changes("mail");
  mail.new_events = {event};
  mail.opened = {opened("mail", "b", Severity::crit)};
  mail.opened[0].alert.needs_human = true;
  Known known;
  known.alerts = {gone};
  known.notifiers = {NotifierRules{.id = "telegram"}, NotifierRules{.id = "desktop"}};
  const auto actions = decided({disk, mail}, known);
  EXPECT_EQ(
      tick_lines(actions.lines),
      (std::vector<std::string>{
          "[crit] mail: title of b (task id1, needs you)", "[warn] disk: title of a (task id2)",
          "[info] mail: invoice from  [31mX", "[recovered] disk: title of z, after 3 h 5 min"}));
  const auto said = payloads(actions, OutboxKind::say);
  ASSERT_EQ(said.size(), 3u) << "the plain lines, and each notifier";
  EXPECT_NE(get_string(said[0], "message_id"), "");
  EXPECT_NE(get_string(said[0], "message_id"), get_string(said[1], "message_id"));
  EXPECT_EQ(*find(said[0], "lines"), *find(said[2], "lines"));
  ASSERT_EQ(find(said[0], "lines")->as_array().size(), 4u);
  EXPECT_EQ(get_string(find(said[0], "lines")->at(0), "kind"), "opened");
  EXPECT_EQ(get_string(find(said[0], "lines")->at(3), "kind"), "recovered");
  EXPECT_EQ(actions.record.outbox.back().target, "desktop");
  const auto is_create = [](const auto& row) { return row.kind == OutboxKind::create_task; };
  EXPECT_TRUE(
      std::is_partitioned(actions.record.outbox.begin(), actions.record.outbox.end(), is_create));
}

TEST(Decide, ANotifiersDigestGathersLinesOfSeveralTicks) {
  NotifierRules phone{.id = "phone"};
  phone.digest = 10min;
  Known known;
  known.notifiers = {phone};
  auto disk = changes("disk");
  disk.opened = {opened("disk", "a", Severity::warn)};
  const auto first = decided({disk}, known);
  const auto& row = first.record.outbox.back();
  EXPECT_EQ(row.target, "phone");
  EXPECT_EQ(row.not_before, kNow + 10min);

  known.outbox = {row};
  known.outbox[0].id = 7;
  auto mail = changes("mail");
  mail.opened = {opened("mail", "b", Severity::warn), opened("mail", "c", Severity::crit)};
  const auto second = decide({mail}, known, kNow + 3min, counting());
  ASSERT_EQ(second.record.joined.size(), 1u);
  const auto& joined = second.record.joined[0];
  EXPECT_EQ(joined.id, 7);
  EXPECT_EQ(joined.expected, row.payload);
  const auto payload = parse_json(joined.payload).value();
  EXPECT_EQ(get_string(payload, "message_id"),
            get_string(parse_json(row.payload).value(), "message_id"));
  EXPECT_EQ(find(payload, "lines")->as_array().size(), 2u);
  const auto alone = parse_json(joined.alone.payload).value();
  EXPECT_EQ(find(alone, "lines")->as_array().size(), 1u);
  const auto& urgent = second.record.outbox.back();
  EXPECT_EQ(urgent.target, "phone");
  EXPECT_EQ(urgent.not_before, kNow + 3min) << "crit waits for nothing";

  // Behind what waits for a notifier that is away, though the times are the same.
  known.outbox.push_back(row);
  known.outbox[1].id = 9;
  EXPECT_EQ(decide({mail}, known, kNow + 3min, counting()).record.joined.at(0).id, 9);
  known.outbox.pop_back();

  known.outbox[0].attempts = 1;
  EXPECT_TRUE(decide({mail}, known, kNow + 3min, counting()).record.joined.empty());
}

TEST(Decide, RetiredChecksCloseTheirTasksWithTheReason) {
  Known known;
  known.alerts = {alert("disk", "a", Severity::warn, "t1")};
  known.tasks = {task("t1", {{"disk", "a"}})};
  const auto actions = decided({retire("disk", Memory{{}, known.alerts, {}, {}, {}}, kNow)}, known);
  EXPECT_EQ(get_strings(payloads(actions, OutboxKind::update_task).at(0), "notes").at(0),
            "no longer checked (removed or disabled), was open for 3 h 5 min");
}

}  // namespace
}  // namespace chela::heartbeat
