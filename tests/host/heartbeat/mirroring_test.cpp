// A mirror is kept like the source by a real ledger and backends in memory: cut off anywhere,
// nothing is doubled or lost.
#include "heartbeat/mirroring.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "host/tasks/ledger_fixture.h"
#include "host/tasks/mirror_fake.h"
#include "services/sqlite.h"
#include "tasks/mirror_documents.h"

namespace chela::heartbeat {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tasks::FakeTaskBackend;
using tasks::MirrorOperation;
using tasks::MirrorTask;

const Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 12h};

class MirroringTest : public tasks::LedgerTest {
 protected:
  MirroringTest() {
    source_.prefix = "s";
    mirror_.prefix = "m";
    reopen();
  }

  void reopen() {
    ledger_.reset();
    auto ledger = tasks::Ledger::open(file_);
    ASSERT_TRUE(ledger) << ledger.error().message;
    ledger_.emplace(std::move(*ledger));
  }

  // One call of a backend as a document; the reply of call number `lost_` is lost.
  Result<json::value> answer(const std::string& target, const std::string& op,
                             const json::value& request) {
    calls_.push_back(target + " " + op);
    if (const auto found = errors_.find(target); found != errors_.end()) return fail(found->second);
    if (const auto found = replies_.find(target + " " + op); found != replies_.end())
      return found->second;
    auto& backend = target == "source" ? source_ : mirror_;
    auto reply = answer(backend, op, request);
    if (lost_ && calls_.size() > *lost_) return fail(ErrorCode::unavailable, "killed");
    return reply;
  }

  Result<json::value> answer(FakeTaskBackend& backend, const std::string& op,
                             const json::value& request) {
    if (op == "describe") {
      json::array states, priorities;
      for (const auto& state : backend.keeps.states) states.emplace_back(state);
      for (const auto& priority : backend.keeps.priorities) priorities.emplace_back(priority);
      return json::object{{"states", states}, {"priorities", priorities}, {"keeps_ids", true}};
    }
    if (op == "list") {
      json::array list;
      for (const auto& task : backend.list()) list.push_back(tasks::to_json(task));
      return json::object{{"tasks", list}};
    }
    MirrorOperation operation;
    operation.kind = op == "create" ? MirrorOperation::Kind::create : MirrorOperation::Kind::update;
    operation.id = get_string(request, op == "create" ? "idempotency_key" : "id");
    const auto* fields = find(request, op == "create" ? "task" : "set");
    if (fields != nullptr) {
      operation.title = find_string(*fields, "title");
      operation.state = find_string(*fields, "state");
      operation.priority = find_string(*fields, "priority");
      operation.needs = find_string(*fields, "needs");
      operation.notes = tasks::new_lines(get_string(*fields, "notes"), "", "");
    }
    for (const char* key : {"note", "text"}) {
      if (const auto note = find_string(request, key)) operation.notes.push_back(*note);
    }
    if (!refused_.empty() && operation.title == refused_)
      return fail(ErrorCode::invalid_argument, "refused");
    if (op != "create" && !backend.tasks.contains(operation.id))
      return fail(ErrorCode::not_found, "no task has the id '" + operation.id + "'");
    const bool has_note = op != "create" && !operation.notes.empty() &&
                          backend.tasks.at(operation.id).notes.ends_with(operation.notes[0] + "\n");
    if (has_note) operation.notes.clear();
    const auto done = backend.apply(operation, now_);
    return json::object{{"task", tasks::to_json(done.task)}, {"created", done.is_new}};
  }

  MirrorRound run(MirrorWish wish = {}, bool is_turned = false) {
    calls_.clear();
    MirrorContext context{*ledger_,
                          [this](std::string target, std::string op,
                                 json::value request) -> asio::awaitable<Result<json::value>> {
                            co_return answer(target, op, request);
                          },
                          is_turned ? "mirror" : "source", is_turned ? "source" : "mirror",
                          [] { return false; }};
    asio::io_context io;
    std::optional<MirrorRound> round;
    asio::co_spawn(io, mirror_round(std::move(context), wish, now_),
                   [&](const std::exception_ptr&, MirrorRound value) { round = std::move(value); });
    io.run();
    return std::move(*round);
  }

  MirrorTask& add(FakeTaskBackend& backend, const std::string& title) {
    auto& task = backend.add("");
    task.title = title;
    return task;
  }

  static std::multiset<std::string> shown(const FakeTaskBackend& backend) {
    std::multiset<std::string> all;
    for (const auto& [id, task] : backend.tasks)
      all.insert(task.title + "|" + task.state + "|" + task.priority + "|" + task.notes);
    return all;
  }

  void expect_alike() {
    EXPECT_EQ(shown(source_), shown(mirror_));
    const auto round = run();
    EXPECT_EQ(round.problem, "");
    EXPECT_TRUE(round.done.empty()) << round.done.front();
    EXPECT_EQ(round.pairs, source_.tasks.size());
  }

  FakeTaskBackend source_, mirror_;
  std::optional<tasks::Ledger> ledger_;
  Timestamp now_ = kNow;
  std::vector<std::string> calls_;
  std::map<std::string, Error> errors_;         // of a backend
  std::map<std::string, json::value> replies_;  // of "backend op"
  std::string refused_;                         // the title of a task that is not taken
  std::optional<std::size_t> lost_;             // the calls that were heard
};

TEST_F(MirroringTest, MakesBothSidesAlikeAndThenOnlyLooks) {
  add(source_, "one").priority = "high";
  add(mirror_, "two").notes = "by phone\n";
  const auto round = run();
  EXPECT_EQ(round.problem, "");
  EXPECT_EQ(round.done,
            (std::vector<std::string>{"creates 'one' in mirror", "creates 'two' in source"}));
  expect_alike();
  EXPECT_EQ(calls_, (std::vector<std::string>{"source describe", "mirror describe", "source list",
                                              "mirror list"}));
  mirror_.tasks.at("m1").state = "done";
  now_ += 1min;
  reopen();
  EXPECT_EQ(run().done, (std::vector<std::string>{"sets state done: 'two' in source"}));
  expect_alike();
}

TEST_F(MirroringTest, ADryRoundSaysTheSameAndDoesNothing) {
  add(source_, "one");
  const auto dry = run({.is_dry = true});
  EXPECT_EQ(dry.done, (std::vector<std::string>{"creates 'one' in mirror"}));
  EXPECT_TRUE(mirror_.tasks.empty());
  EXPECT_TRUE(ledger_->mirror_pairs("source", "mirror")->empty());
  EXPECT_EQ(run().done, dry.done);
}

// The call is done, and its reply never heard: as after kill -9.
TEST_F(MirroringTest, CutOffAfterAnyCallItDoublesAndLosesNothing) {
  for (std::size_t heard = 0; heard < 40; ++heard) {
    SCOPED_TRACE(heard);
    source_ = mirror_ = FakeTaskBackend();
    source_.prefix = "s";
    mirror_.prefix = "m";
    ledger_.reset();
    std::filesystem::remove(file_);
    reopen();
    add(source_, "both");
    add(mirror_, "both");
    add(source_, "only here").notes = "a\nb\n";
    add(mirror_, "only there");
    ASSERT_EQ(run().problem, "");
    ASSERT_EQ(run().problem, "");
    source_.tasks.at("s1").state = "in_progress";
    source_.tasks.at("s1").notes += "first\nsecond\nthird\n";
    mirror_.tasks.at("m2").priority = "high";
    mirror_.tasks.erase("m3");  // "only here", removed there
    add(mirror_, "new there");
    add(source_, "new here");
    now_ += 1min;
    lost_ = heard;
    const bool is_cut = !run().problem.empty();
    lost_.reset();
    reopen();
    ASSERT_EQ(run().problem, "");
    now_ += tasks::kAbsence;
    ASSERT_EQ(run().problem, "");
    EXPECT_EQ(run().done, std::vector<std::string>());
    std::multiset<std::string> titles[2];
    for (const auto& [id, task] : source_.tasks) titles[0].insert(task.title);
    for (const auto& [id, task] : mirror_.tasks) titles[1].insert(task.title);
    titles[1].insert("only here");
    EXPECT_EQ(titles[0], titles[1]);
    EXPECT_EQ(titles[0].size(), 5U);
    EXPECT_EQ(source_.tasks.at("s2").state, "cancelled");
    if (!is_cut) return;  // further cuts would come after its end
  }
  FAIL() << "the round never ended";
}

TEST_F(MirroringTest, LeavesTasksAloneThatAreStillOwedSomething) {
  source_.add("k3f9q2").title = "ours";
  add(source_, "other");
  ASSERT_EQ(run().problem, "");
  const std::string id = source_.tasks.begin()->first;
  tasks::TickRecord record;
  tasks::OutboxRow row;
  row.kind = tasks::OutboxKind::update_task;
  row.task_id = id;
  record.outbox.push_back(row);
  ASSERT_TRUE(ledger_->load() && ledger_->commit(record));
  for (auto& [key, task] : mirror_.tasks) task.state = "done";
  now_ += 1min;
  EXPECT_EQ(run().done, (std::vector<std::string>{"sets state done: 'other' in source"}));
  EXPECT_EQ(source_.tasks.at(id).state, "queue");
  ASSERT_TRUE(ledger_->outbox_done(ledger_->outbox()->front().id));
  EXPECT_EQ(run().done, (std::vector<std::string>{"sets state done: 'ours' in source"}));
}

TEST_F(MirroringTest, WhatChelaWroteGivesWayToAPersonOnTheMirror) {
  for (const bool is_ours : {true, false}) {
    SCOPED_TRACE(is_ours);
    const std::string title = is_ours ? "ours" : "a person's";
    auto& task = add(source_, title);
    ASSERT_EQ(run().problem, "");
    task.state = "done";
    if (is_ours) {
      ASSERT_TRUE(ledger_->record_mirror_write("mirror", task.id, {{"state", "done"}}, now_));
    }
    for (auto& [id, other] : mirror_.tasks)
      if (other.title == title) other.state = "blocked";
    now_ += 1min;
    EXPECT_EQ(run().conflicts.size(), 1U);
    EXPECT_EQ(task.state, is_ours ? "blocked" : "done");
    EXPECT_TRUE(run().done.empty());
  }
  // It was forgotten when the pair was settled: the same value is a person's now.
  auto& ours = source_.tasks.begin()->second;
  ours.state = "done";
  mirror_.tasks.begin()->second.state = "in_progress";
  now_ += 1min;
  run();
  EXPECT_EQ(ours.state, "done");
}

TEST_F(MirroringTest, WhatASideCannotShowChangesNothing) {
  const struct {
    const char* name;
    const char* target;
    const char* op;
    const char* reply;  // JSON; nullptr: it does not answer
    const char* says;
    bool is_away;
  } cases[] = {
      {"the source is away", "source", "list", nullptr, "source: asleep", true},
      {"the mirror is away", "mirror", "list", nullptr, "mirror: asleep", true},
      {"a list that is none", "mirror", "list", R"({"tasks":null})",
       "mirror: its list: wanted {\"tasks\": [..]}", false},
      {"a list of something", "source", "list", R"([1])", "source: its list: wanted", false},
      {"a task without an id", "mirror", "list", R"({"tasks":[{"title":"x"}]})",
       "wanted tasks with an id of their own", false},
      {"an id twice", "mirror", "list", R"({"tasks":[{"id":"a"},{"id":"a"}]})",
       "wanted tasks with an id of their own", false},
      {"a description of nothing", "mirror", "describe", R"({})", "mirror: its describe: wanted",
       false},
      {"a reply without a task", "mirror", "create", R"({})", "'one': mirror: its create of '",
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    source_.tasks.clear();
    mirror_.tasks.clear();
    add(source_, "one");
    if (c.reply == nullptr) {
      errors_[c.target] = {ErrorCode::unavailable, "asleep"};
    } else {
      replies_[std::string(c.target) + " " + c.op] = *parse_json(c.reply);
    }
    const auto round = run();
    EXPECT_NE(round.problem.find(c.says), std::string::npos) << round.problem;
    EXPECT_EQ(round.is_away, c.is_away);
    EXPECT_TRUE(mirror_.tasks.empty());
    EXPECT_EQ(source_.tasks.size(), 1U);
    EXPECT_TRUE(ledger_->mirror_pairs("source", "mirror")->empty());
    errors_.clear();
    replies_.clear();
  }
}

TEST_F(MirroringTest, ATaskThatABackendRefusesHoldsUpNoOther) {
  add(source_, "one");
  add(source_, "two");
  refused_ = "one";
  for (int i = 0; i < 3; ++i) {
    const auto round = run();
    EXPECT_TRUE(round.is_partial);
    EXPECT_FALSE(round.is_away);
    EXPECT_EQ(round.problem, "'one': mirror: refused");
    EXPECT_EQ(mirror_.tasks.size(), 1U);
  }
  refused_.clear();
  EXPECT_EQ(run().problem, "");
  expect_alike();
}

TEST_F(MirroringTest, OneInTroubleDoesNotKeepTheRestFromGoingOn) {
  for (int i = 0; i < 7; ++i) add(source_, "task " + std::to_string(i));
  refused_ = "task 0";
  const auto round = run({.most_operations = 3});
  EXPECT_TRUE(round.is_partial && round.has_more);
  EXPECT_EQ(after_round({}, round, 5min, now_).next, now_);
  run({.most_operations = 3});
  EXPECT_FALSE(run({.most_operations = 3}).has_more);
  EXPECT_EQ(mirror_.tasks.size(), 6U);
}

TEST_F(MirroringTest, ANoteOfOursIsNoReasonToMakeARemovedTaskAgain) {
  auto& task = add(source_, "ours");
  ASSERT_EQ(run().problem, "");
  ASSERT_EQ(run().problem, "");
  mirror_.tasks.clear();
  ASSERT_EQ(run().problem, "");
  task.notes += "recovered after 3 min\n";
  ASSERT_TRUE(
      ledger_->record_mirror_write("mirror", task.id, {{"note", "recovered after 3 min"}}, now_));
  now_ += tasks::kAbsence;
  ASSERT_EQ(run().problem, "");
  EXPECT_TRUE(mirror_.tasks.empty());
  EXPECT_EQ(task.state, "cancelled");
}

TEST_F(MirroringTest, ACreateThatShowsAnotherTaskIsRefused) {
  add(source_, "one");
  ASSERT_EQ(run().problem, "");
  add(source_, "two");
  replies_["mirror create"] =
      json::object{{"task", tasks::to_json(mirror_.list().front())}, {"created", false}};
  const auto round = run();
  EXPECT_NE(round.problem.find("is another task's there"), std::string::npos) << round.problem;
  EXPECT_EQ(ledger_->mirror_pairs("source", "mirror")->size(), 1U);
}

TEST_F(MirroringTest, AfterSomeCallsWithoutAnAnswerItGivesUp) {
  for (int i = 0; i < 9; ++i) add(source_, "task " + std::to_string(i));
  lost_ = 4;  // describe and list still come
  const auto round = run();
  EXPECT_TRUE(round.is_away);
  EXPECT_EQ(calls_.size(), 7U);
}

TEST_F(MirroringTest, WhatChelaWroteToTasksWithoutAMirrorIsForgotten) {
  ASSERT_TRUE(ledger_->record_mirror_write("mirror", "gone", {{"state", "done"}}, now_));
  auto database = services::Database::open(file_, 1s);
  ASSERT_TRUE(database);
  const auto rows = [&] {
    std::int64_t count = 0;
    EXPECT_TRUE(database->each("SELECT count(*) FROM mirror_writes", {},
                               [&](const services::Row& row) { count = row.integer(0); }));
    return count;
  };
  EXPECT_EQ(rows(), 1);
  ASSERT_EQ(run().problem, "");
  EXPECT_EQ(rows(), 0);
}

TEST_F(MirroringTest, AListThatIsSuddenlyEmptyIsBelievedOnlyWhereAPersonSaysSo) {
  for (int i = 0; i < 6; ++i) add(source_, "task " + std::to_string(i));
  ASSERT_EQ(run().problem, "");
  mirror_.tasks.clear();
  now_ += 1min;
  const auto round = run();
  EXPECT_NE(round.problem.find("mirror: 6 of 6 open tasks are gone at once"), std::string::npos);
  EXPECT_NE(round.problem.find("chela task mirror --backend mirror --accept-removals"),
            std::string::npos);
  EXPECT_FALSE(round.is_away);
  EXPECT_TRUE(mirror_.tasks.empty());
  EXPECT_EQ(run({.believes_removals = true}).done.size(), 6U);
  for (const auto& [id, task] : source_.tasks) EXPECT_EQ(task.state, "cancelled");
}

TEST_F(MirroringTest, DoesSoMuchAtATimeAndGoesOn) {
  for (int i = 0; i < 7; ++i) add(source_, "task " + std::to_string(i));
  auto round = run({.most_operations = 3});
  EXPECT_TRUE(round.has_more);
  EXPECT_EQ(round.done.size(), 3U);
  round = run({.most_operations = 3});
  EXPECT_TRUE(round.has_more);
  round = run({.most_operations = 3});
  EXPECT_FALSE(round.has_more);
  expect_alike();
}

TEST_F(MirroringTest, WhereTheMirrorBecomesTheSourceThePairsAreTakenOver) {
  add(source_, "one");
  add(mirror_, "two");
  ASSERT_EQ(run().problem, "");
  // Without the old pairs this edit would look like a difference of unknown age.
  mirror_.tasks.begin()->second.title = "renamed";
  source_.tasks.rbegin()->second.state = "done";
  now_ += 1min;
  const auto round = run({}, true);
  EXPECT_EQ(round.done.size(), 2U);
  EXPECT_TRUE(round.conflicts.empty());
  EXPECT_EQ(shown(source_), shown(mirror_));
  EXPECT_TRUE(ledger_->mirror_pairs("mirror", "source")->size() == 2U);
}

TEST(MirrorRounds, AreDueByTheClockAndLaterAfterFailures) {
  const auto failed = [](bool is_away) {
    MirrorRound round;
    round.source = "source";
    round.problem = "p\x1b[31m";
    round.is_away = is_away;
    return round;
  };
  MirrorRound good;
  good.source = "source";
  good.pairs = 3;
  MirrorState state = after_round({}, good, 5min, kNow);
  EXPECT_EQ(state.next, kNow + 5min);
  EXPECT_EQ(state.last_ok, kNow);
  EXPECT_EQ(mirror_state_from(to_text(state)).next, state.next);
  EXPECT_EQ(mirror_state_from(to_text(state)).pairs, 3U);
  EXPECT_EQ(next_round(state, 5min, kNow - 24h), kNow - 24h) << "the clock has gone back";
  EXPECT_EQ(next_round(mirror_state_from("{\"next\":5"), 5min, kNow), Timestamp());

  const Duration waits[] = {5min, 10min, 20min, 40min, 1h, 1h};
  Timestamp now = kNow;
  for (std::size_t i = 0; i < std::size(waits); ++i) {
    state = after_round(state, failed(false), 5min, now);
    EXPECT_EQ(state.next - now, waits[i]) << i;
    EXPECT_EQ(mirror_trouble("phone", state, now).empty(), i < 2) << i;
    now = state.next;
  }
  EXPECT_EQ(mirror_trouble("phone", mirror_state_from(to_text(state)), now),
            "the mirror phone has not been kept like source since 2026-11-26T12:00:00Z: p [31m");
  EXPECT_EQ(after_round({}, failed(true), 24h, kNow).next, kNow + 24h) << "never sooner than every";

  state = after_round({}, failed(true), 5min, kNow);
  for (int i = 0; i < 50; ++i) state = after_round(state, failed(true), 5min, kNow + 1h);
  EXPECT_EQ(mirror_trouble("phone", state, kNow + 23h), "") << "a laptop may sleep over night";
  EXPECT_NE(mirror_trouble("phone", state, kNow + 24h), "");
  state = after_round(state, good, 5min, kNow + 25h);
  EXPECT_EQ(mirror_trouble("phone", state, kNow + 25h), "");
  MirrorRound partly = good;
  partly.has_more = true;
  EXPECT_EQ(after_round(state, partly, 5min, kNow).next, kNow);
}

}  // namespace
}  // namespace chela::heartbeat
