// A temp directory per test, on a disk in memory where there is one, and a tick's worth of rows.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/ids.h"
#include "tasks/ledger.h"

namespace chela::tasks {

struct LedgerTest : testing::Test {
  LedgerTest() {
    folder_ = std::filesystem::temp_directory_path() / ("chela-ledger-" + base::random_id(12));
    std::filesystem::create_directories(folder_);
    file_ = folder_ / "ledger.db";
  }
  ~LedgerTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  // Tick `n` touches every table of a tick; all of its rows carry the number.
  static TickRecord tick(int n) {
    const Timestamp at{std::chrono::minutes(n)};
    const std::string number = std::to_string(n);
    TickRecord record;
    CheckRow check;
    check.check = "disk";
    check.last_ok = check.last_attempt = at;
    check.consecutive_failures = n;
    check.cursor = json::object{{"n", n}};
    record.checks = {check};
    AlertRow alert;
    alert.check = "disk";
    alert.key = "k" + number;
    alert.title = "title " + number;
    alert.opened_at = alert.last_seen = at;
    alert.task_id = "t" + number;
    record.alerts = {alert};
    if (n > 1) record.recovered = {{"disk", "k" + std::to_string(n - 1)}};
    record.seen = {{"disk", "e" + number, at}};
    OutboxRow owed;
    owed.kind = OutboxKind::create_task;
    owed.task_id = "t" + number;
    owed.payload = "{\"n\":" + number + "}";
    owed.created_at = owed.not_before = at;
    record.outbox = {owed};
    record.runs = {{0, "disk", at, Duration(12), RunOutcome::ok, CheckStatus::warn, "", 1}};
    record.tasks = {
        {"t" + number, "tasks", "title " + number, "queue", false, at, {{"disk", "k" + number}}}};
    record.meta = {{kMetaStateFile, number}};
    return record;
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
};

}  // namespace chela::tasks
