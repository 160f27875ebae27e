#include "faults/fault_desk.h"

#include <sqlite3.h>

#include <set>

#include "scenarios/flicker/model.h"

namespace chela::test {
namespace {

constexpr int kConditions = 2;
constexpr const char* kMine =
    "# Tasks\n\nWritten by hand.\n\n## Queue\n- [ ] Water the plants\n  - twice a week\n\n"
    "## Done\n- [x] Buy a lamp\n";

std::string column(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return std::string("error: ") + sqlite3_errmsg(database);
  }
  std::string text;
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    text = bytes == nullptr ? "" : bytes;
  } else if (code != SQLITE_DONE) {
    text = std::string("error: ") + sqlite3_errmsg(database);
  }
  sqlite3_finalize(statement);
  return text;
}

}  // namespace

FaultDesk::FaultDesk() {
  adopt_orphans();
  without_builtins();
  add_flicker(*this, "lamps", "conditions: 2, events: false", "alerts: {flapping: false}\n");
  spill(tasks_file(), kMine);
  // A short silence after edits, so that the faults fall into every step rather than into this
  // wait.
  spill(manifest("tasks", "tasks-md"),
        "id: tasks-md\nplugin: tasks.markdown\nallow:\n  read: [\"${workspace}/TASKS.md\"]\n"
        "  write: [\"${workspace}/TASKS.md\"]\n"
        "config: {path: \"${workspace}/TASKS.md\", quiet: 10ms}\n");
}

std::vector<std::string> FaultDesk::beat_words() const {
  return {chela_program(), "tick", "--all", "--workspace", workspace().string()};
}

Outcome FaultDesk::beat_below(std::vector<std::string> words) const {
  const std::string program = words.at(0);
  words.erase(words.begin());
  for (const auto& word : beat_words()) words.push_back(word);
  return finish(start(std::move(words), program));
}

std::string FaultDesk::ask_ledger(const std::string& sql) const {
  sqlite3* database = nullptr;
  std::string text = "error: cannot open";
  if (sqlite3_open(ledger().c_str(), &database) == SQLITE_OK) text = column(database, sql);
  sqlite3_close(database);
  return text;
}

long FaultDesk::runs() const {
  const auto cursor = parse_json(ask_ledger("SELECT cursor FROM checks WHERE check_id='lamps'"));
  return cursor ? static_cast<long>(get_int(*cursor, "runs")) : 0;
}

void FaultDesk::let_a_while_pass() const {
  EXPECT_EQ(ask_ledger("UPDATE outbox SET not_before = 0"), "");
  EXPECT_EQ(ask_ledger("DELETE FROM faults"), "");
  EXPECT_EQ(ask_ledger("DELETE FROM quarantines"), "");
  for (const auto& file : files_like(root(), ".chela-")) {
    std::error_code ignored;
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes(10), ignored);
  }
}

void FaultDesk::expect_intact() const {
  EXPECT_TRUE(all_children_end()) << "somebody outlived the tick by 2 s";
  if (fs::exists(state_file())) {
    const auto state = parse_json(slurp(state_file()));
    EXPECT_TRUE(state && find(*state, "lastChecks") != nullptr)
        << slurp(state_file()).substr(0, 500);
  }
  EXPECT_EQ(ask_ledger("PRAGMA integrity_check"), "ok");
  const std::string text = slurp(tasks_file());
  EXPECT_EQ(count(text, "Written by hand.\n"), 1u) << text;
  EXPECT_EQ(count(text, "- [ ] Water the plants\n  - twice a week\n"), 1u) << text;
  EXPECT_EQ(count(text, "- [x] Buy a lamp\n"), 1u) << text;
  // A task that is owed its end may still stand beside the one that came after it.
  const bool is_paid = ask_ledger("SELECT count(*) FROM outbox") == "0";
  std::set<std::string> ids, open;
  for (const auto& task : read_tasks(text)) {
    const auto id = task.line.find("[id:: ");
    if (id != std::string::npos) {
      EXPECT_TRUE(ids.insert(task.line.substr(id, 12)).second) << "twice: " << task.line;
    }
    if (!is_paid || task.finding.empty() || task.box != " ") continue;
    EXPECT_TRUE(open.insert(task.finding).second) << "open twice: " << task.finding;
  }
}

void FaultDesk::expect_recovered() const {
  expect_intact();
  for (int i = 0; i < 3; ++i) {
    let_a_while_pass();
    const auto outcome = beat();
    EXPECT_TRUE(outcome.exit_code == 0 || i < 2) << outcome.out << outcome.err;
  }
  expect_intact();
  const long recorded = runs();
  const auto tasks = read_tasks(slurp(tasks_file()));
  std::size_t alerts = 0;
  for (int i = 0; i < kConditions; ++i) {
    const std::string name = "lamps/lamp-" + std::to_string(i);
    SCOPED_TRACE(name + " after " + std::to_string(recorded) + " runs");
    int opened = 0, seen = 0, seen_open = 0;
    bool is_open = false;
    for (long run = 1; run <= recorded; ++run) {
      const bool now = flicker::is_open(run, i, 0);
      opened += now && !is_open;
      is_open = now;
    }
    for (const auto& task : tasks) {
      if (task.finding != name) continue;
      ++seen;
      seen_open += task.box == " ";
    }
    EXPECT_EQ(seen, opened) << slurp(tasks_file());
    EXPECT_EQ(seen_open, is_open ? 1 : 0) << slurp(tasks_file());
    alerts += is_open;
  }
  const std::string lamps_open =
      ask_ledger("SELECT count(*) FROM alerts WHERE check_id='lamps' AND key LIKE 'lamp-%'");
  EXPECT_EQ(lamps_open, std::to_string(alerts));
  EXPECT_EQ(ask_ledger("SELECT count(*) FROM outbox"), "0");
  const auto left = files_like(root(), ".chela-tmp-");
  EXPECT_TRUE(left.empty()) << left.size() << " temporaries, such as " << left.front();
  EXPECT_TRUE(parse_json(slurp(state_file())).has_value());
}

Held::Held(const fs::path& file) {
  EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
  sqlite3_busy_timeout(database_, 5000);
  EXPECT_EQ(
      sqlite3_exec(database_, "BEGIN IMMEDIATE; INSERT OR REPLACE INTO meta VALUES('held','1')",
                   nullptr, nullptr, nullptr),
      SQLITE_OK);
}
Held::~Held() {
  sqlite3_close(database_);
}

std::vector<std::string> strace(const std::vector<std::string>& options) {
  std::vector<std::string> words{"/usr/bin/strace", "-qq", "-o", "/dev/null"};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

std::vector<std::string> inject(const std::string& what) {
  const std::string name = what.substr(0, what.find(':'));
  return strace({"-e", "trace=" + name, "-e", "inject=" + what});
}

std::string why_no_strace() {
  static const std::string why = [] {
    Desk desk;
    desk.env["ASAN_OPTIONS"] = "detect_leaks=0";
    if (!fs::exists("/usr/bin/strace")) return std::string("strace is not installed");
    const auto tried =
        Desk::finish(desk.start({"-qq", "-o", "/dev/null", "/bin/true"}, "/usr/bin/strace"));
    return tried.exit_code == 0 ? std::string() : "strace may not trace here: " + tried.err;
  }();
  if (!why.empty()) std::fprintf(stderr, "\n*** NOT TESTED: %s\n\n", why.c_str());
  return why;
}

std::map<std::string, std::string> shifted_clock(const std::string& offset) {
#ifndef CHELA_SANITIZED  // a sanitizer's run-time wants to be the first library
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu/faketime",
                             "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"}) {
    const std::string file = std::string(folder) + "/libfaketime.so.1";
    if (!fs::exists(file)) continue;
    return {{"LD_PRELOAD", file},
            {"FAKETIME", offset},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"DONT_FAKE_MONOTONIC", "1"},
            {"NO_FAKE_STAT", "1"}};
  }
#endif
  std::fprintf(stderr, "\n*** NOT TESTED: odd clocks want libfaketime (%s) and no sanitizer\n\n",
               offset.c_str());
  return {};
}

}  // namespace chela::test
