// Rows 3, 4 and 9: a heartbeat-state.json that is cut, zeroed, foreign, huge or unreadable costs
// nothing but a line that says so.
#include "faults/fault_desk.h"
#include "heartbeat/state_sync.h"

namespace chela::test {
namespace {

using heartbeat::CheckTimes;

constexpr Timestamp kNow{Duration(1'800'000'000'000)};

tasks::Snapshot ledger_with_times() {
  tasks::Snapshot snapshot;
  for (const char* check : {"email", "git"}) {
    tasks::CheckRow row;
    row.check = check;
    row.last_ok = row.last_attempt = Timestamp(Duration(1'700'000'000'000));
    snapshot.checks.push_back(row);
  }
  return snapshot;
}

class StateDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    heartbeat::TimesById times;
    for (const auto& row : snapshot_.checks) times[row.check] = {row.last_ok, row.last_attempt, 0};
    whole_ = heartbeat::write_state({}, times);
    snapshot_.state_file = whole_;
  }

  // What `text` in the file's place leads to: the ledger's times, and the damaged file beside it.
  void expect_set_aside(const std::string& text) {
    spill(path(), text);
    const auto synced =
        heartbeat::read_times(path().string(), old_path().string(), snapshot_, kNow);
    for (const auto& row : snapshot_.checks) {
      EXPECT_EQ(synced.times.at(row.check).last_ok, row.last_ok);
    }
    EXPECT_TRUE(synced.edits.empty());
    EXPECT_TRUE(synced.may_write);
    ASSERT_EQ(synced.problems.size(), 1u);
    const auto kept = files_like(folder(), ".corrupt-");
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_NE(synced.problems[0].find(kept[0].string()), std::string::npos) << synced.problems[0];
    EXPECT_EQ(fs::file_size(kept[0]), text.size());
    EXPECT_FALSE(fs::exists(path()));
    fs::remove(kept[0]);
  }

  fs::path folder() const { return desk_.workspace() / "memory"; }
  fs::path path() const { return folder() / "heartbeat-state.json"; }
  fs::path old_path() const { return desk_.workspace() / "heartbeat-state.json"; }

  Desk desk_;
  tasks::Snapshot snapshot_ = ledger_with_times();
  std::string whole_;
};

TEST_F(StateDamage, CutAtAnyByteIsSetAside) {
  ASSERT_EQ(whole_.back(), '\n');
  for (std::size_t size = 1; size + 1 < whole_.size(); ++size) {
    SCOPED_TRACE("after " + std::to_string(size) + " bytes");
    expect_set_aside(whole_.substr(0, size));
  }
}

TEST_F(StateDamage, ATailOfZerosIsSetAside) {
  for (const std::size_t zeros : {std::size_t{2}, std::size_t{64}, whole_.size()}) {
    SCOPED_TRACE(std::to_string(zeros) + " bytes");
    std::string text = whole_;
    text.replace(text.size() - zeros, zeros, std::string(zeros, '\0'));
    expect_set_aside(text);
    expect_set_aside(whole_ + std::string(4096, '\0'));
  }
}

TEST_F(StateDamage, WhoOnlyLooksSaysWhatBecameOfTheFile) {
  const auto look = [&] {
    return heartbeat::read_times(path().string(), old_path().string(), snapshot_, kNow).set_aside;
  };
  EXPECT_FALSE(look()) << "missing";
  spill(path(), "");
  EXPECT_FALSE(look()) << "empty";
  spill(path(), whole_);
  EXPECT_FALSE(look()) << "sound";
  spill(path(), R"({"chela":{"version":99}})");
  EXPECT_FALSE(look()) << "a newer chela's";
  EXPECT_TRUE(fs::exists(path()));
  for (const bool is_huge : {false, true}) {
    spill(path(), "{");
    if (is_huge) fs::resize_file(path(), heartbeat::kMaxStateFile + 1);
    const auto line = look();
    ASSERT_TRUE(line.has_value());
    const auto kept = files_like(folder(), ".corrupt-");
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_NE(line->find(kept[0].string()), std::string::npos) << *line;
    EXPECT_FALSE(look()) << "once";
    fs::remove(kept[0]);
  }
}

TEST_F(StateDamage, NothingAtAllMeansTheLedgersTimes) {
  spill(path(), "");
  const auto synced = heartbeat::read_times(path().string(), old_path().string(), snapshot_, kNow);
  EXPECT_EQ(synced.times.at("git").last_ok, snapshot_.checks[1].last_ok);
  EXPECT_TRUE(synced.may_write && synced.problems.empty() && synced.edits.empty());
}

TEST(StateFile, OfAnyKindOfDamageIsSaidOnceAndWrittenAnew) {
  const struct {
    const char* name;
    std::string text;
    std::uintmax_t size;  // grown to, sparse
  } cases[] = {
      {"binary",
       std::string("\x7f"
                   "ELF\0\1\2\xff",
                   8),
       0},
      {"text", "Segmentation fault\n", 0},
      {"a list", "[]", 0},
      {"a gigabyte of nothing", "", std::uintmax_t{1} << 30},
  };
  FaultDesk desk;
  EXPECT_EQ(desk.beat().exit_code, 0);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    spill(desk.state_file(), c.text);
    if (c.size > 0) fs::resize_file(desk.state_file(), c.size);
    const auto outcome = desk.beat();
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
    EXPECT_EQ(count(outcome.err, "it is kept as "), 1u) << outcome.err;
    const auto next = desk.beat();
    EXPECT_EQ(next.exit_code, 0) << "said twice: " << next.err;
    desk.expect_intact();
  }
  EXPECT_EQ(files_like(desk.workspace(), ".corrupt-").size(), std::size(cases));
  desk.expect_recovered();
}

TEST(StateFile, ThatADryRunFindsDamagedIsSaidByIt) {
  FaultDesk desk;
  EXPECT_EQ(desk.beat().exit_code, 0);
  spill(desk.state_file(), "{");
  const auto outcome = desk.chela({"tick", "--dry-run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(count(outcome.err, "it is kept as "), 1u) << outcome.err;
  EXPECT_EQ(desk.beat().exit_code, 0);
}

TEST(StateFile, ThatCannotBeReadStaysAsItIs) {
  if (!why_no_strace().empty()) GTEST_SKIP() << "needs strace";
  FaultDesk desk;
  desk.env["ASAN_OPTIONS"] = "detect_leaks=0";
  EXPECT_EQ(desk.beat().exit_code, 0);
  const std::string before = slurp(desk.state_file());
  const auto outcome =
      desk.beat_below(strace({"-P", desk.state_file().string(), "-e", "trace=read,openat", "-e",
                              "inject=read:error=EIO"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("heartbeat-state.json: read: Input/output error"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(slurp(desk.state_file()), before) << "what could not be read may be somebody's edit";
  desk.expect_recovered();
}

}  // namespace
}  // namespace chela::test
