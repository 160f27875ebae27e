// The stories of what goes wrong around chela: full and read-only disks, odd clocks, damaged files,
// bad manifests.
#include <iostream>

#include "scenarios/mounts.h"
#include "scenarios/story.h"

namespace chela::test {
namespace {

std::string faketime_library() {
#ifndef CHELA_SANITIZED  // a sanitizer's run-time wants to be the first library
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu/faketime",
                             "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"}) {
    const std::string file = std::string(folder) + "/libfaketime.so.1";
    if (fs::exists(file)) return file;
  }
#endif
  std::cerr << "\n*** NOT TESTED: odd clocks want libfaketime (apt install libfaketime) and no "
               "sanitizer\n\n";
  return "";
}

class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    desk_.without_builtins();
    add_flicker(desk_, "lamps", "conditions: 1, events: false");
  }
  Outcome beat() const { return desk_.chela({"tick", "--all"}); }
  // A later tick, without waiting: what failed is tried again after 15 s.
  Outcome beat_later(const char* offset = "+60s") {
    set_clock(offset);
    auto outcome = beat();
    set_clock("");
    return outcome;
  }
  void set_clock(const std::string& offset) {
    for (const char* name : {"LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC",
                             "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"}) {
      desk_.env.erase(name);
    }
    if (offset.empty()) return;
    desk_.env["LD_PRELOAD"] = faketime_library();
    desk_.env["FAKETIME"] = offset;
    for (const char* name : {"FAKETIME_DONT_FAKE_MONOTONIC", "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"})
      desk_.env[name] = "1";
  }
  std::vector<SeenTask> tasks() const { return read_tasks(slurp(desk_.workspace() / "TASKS.md")); }
  std::size_t alerts() const { return desk_.chela_json({"status"}).at("alerts").as_array().size(); }
  fs::path state_file() const { return desk_.workspace() / "memory/heartbeat-state.json"; }

  Desk desk_;
};

// The lamp: out in run 1, alight in the runs 2 and 3, out in 4 and 5.
TEST_F(Faults, AFullDiskUnderTheLedgerIsSaidAndTheNextTickHasRoom) {
  if (!has_own_mounts()) GTEST_SKIP() << "needs root";
  const Mounted disk(desk_.chela_home() / "state", "2m");
  ASSERT_TRUE(disk.is_there);
  EXPECT_EQ(beat().exit_code, 0);
  disk.fill();
  const auto full = beat();
  EXPECT_EQ(full.exit_code, 1) << full.out << full.err;
  EXPECT_NE(full.err.find("ledger.db: no space left: free some"), std::string::npos) << full.err;
  EXPECT_EQ(full.out, "");
  EXPECT_TRUE(tasks().empty());
  disk.make_room();
  const auto after = beat();
  EXPECT_EQ(after.exit_code, 0) << after.err;
  EXPECT_NE(after.out.find("[warn] lamps: lamp-0 flickers (task "), std::string::npos) << after.out;
  EXPECT_EQ(tasks().size(), 1u);
}

TEST_F(Faults, AFullDiskUnderTheWorkspaceIsSaidAndNothingIsLost) {
  if (!has_own_mounts()) GTEST_SKIP() << "needs root";
  if (faketime_library().empty()) GTEST_SKIP() << "needs libfaketime";
  const Mounted disk(desk_.workspace(), "256k");
  ASSERT_TRUE(disk.is_there);
  EXPECT_EQ(beat().exit_code, 0);
  spill(desk_.workspace() / "TASKS.md", "# Mine\n\n## Queue\n- [ ] Water the plants\n");
  const std::string mine = slurp(desk_.workspace() / "TASKS.md"), before = slurp(state_file());
  disk.fill();
  const auto full = beat();
  EXPECT_EQ(full.exit_code, 1) << full.out << full.err;
  EXPECT_NE(full.err.find("TASKS.md"), std::string::npos) << full.err;
  EXPECT_NE(full.err.find("full"), std::string::npos) << full.err;
  EXPECT_EQ(slurp(desk_.workspace() / "TASKS.md"), mine);
  EXPECT_EQ(slurp(state_file()), before);
  EXPECT_EQ(alerts(), 1u);
  disk.make_room();
  const auto after = beat_later();
  EXPECT_EQ(after.exit_code, 0) << after.err;
  EXPECT_EQ(tasks().size(), 2u);
  EXPECT_TRUE(parse_json(slurp(state_file())).has_value());
  EXPECT_NE(slurp(state_file()), before);
  EXPECT_EQ(get_int(desk_.chela_json({"status"}), "outbox"), 0);
  EXPECT_TRUE(files_like(desk_.workspace(), ".chela-tmp-").empty());
}

TEST_F(Faults, AReadOnlyWorkspaceIsSaidAndWorksAgainLater) {
  if (!has_own_mounts()) GTEST_SKIP() << "needs root";
  if (faketime_library().empty()) GTEST_SKIP() << "needs libfaketime";
  EXPECT_EQ(beat().exit_code, 0);
  const std::string folder = desk_.workspace().string();
  ASSERT_EQ(mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
  const auto refused = beat();
  EXPECT_EQ(umount2(folder.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(refused.exit_code, 1) << refused.out << refused.err;
  EXPECT_NE(refused.err.find("TASKS.md"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("heartbeat-state.json"), std::string::npos) << refused.err;
  EXPECT_TRUE(tasks().empty());
  const auto after = beat_later();
  EXPECT_EQ(after.exit_code, 0) << after.err;
  EXPECT_EQ(tasks().size(), 1u);
  EXPECT_EQ(get_int(desk_.chela_json({"status"}), "outbox"), 0);
}

TEST_F(Faults, ALineThatNobodyCouldReadIsSaidAgain) {
  if (faketime_library().empty()) GTEST_SKIP() << "needs libfaketime";
  EXPECT_EQ(beat().exit_code, 0);
  Running deaf = desk_.start({"tick", "--all", "--workspace", desk_.workspace().string()});
  ::close(deaf.out_fd);  // the reader is gone before the line comes
  deaf.out_fd = ::open("/dev/null", O_RDONLY);
  EXPECT_NE(Desk::finish(std::move(deaf)).exit_code, 0);
  EXPECT_EQ(tasks().size(), 1u);
  EXPECT_NE(beat_later().out.find("[warn] lamps: lamp-0 flickers (task "), std::string::npos);
  EXPECT_EQ(tasks().size(), 1u);
}

TEST_F(Faults, AClockThatJumpsMakesEachCheckRunOnceAndNoneStarve) {
  if (faketime_library().empty()) GTEST_SKIP() << "needs libfaketime";
  add_flicker(desk_, "garden", "events: false");
  add_flicker(desk_, "roof", "events: false");
  EXPECT_EQ(beat().exit_code, 0);
  for (const char* clock : {"-86400s", "+31536000s", ""}) {
    SCOPED_TRACE(std::string("clock ") + clock);
    set_clock(clock);
    std::map<std::string, int> runs;
    for (int i = 0; i < 6; ++i) {
      const auto outcome = desk_.chela({"tick", "--json"});
      EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
      const auto report = parse_json(outcome.out);
      ASSERT_TRUE(report.has_value());
      for (const auto& check : get_strings(*report, "ran")) ++runs[check];
    }
    EXPECT_EQ(runs, (std::map<std::string, int>{{"garden", 1}, {"lamps", 1}, {"roof", 1}}));
  }
}

TEST_F(Faults, ADamagedStateFileIsSetAsideAndSaid) {
  EXPECT_EQ(beat().exit_code, 0);
  spill(state_file(), "{\"lastChecks\": {\"lamps\": 17");
  const auto outcome = beat();
  EXPECT_EQ(outcome.exit_code, 1);
  const auto kept = files_like(desk_.workspace(), "heartbeat-state.json.corrupt-");
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(slurp(kept[0]), "{\"lastChecks\": {\"lamps\": 17");
  EXPECT_NE(outcome.err.find(kept[0].string()), std::string::npos) << outcome.err;
  EXPECT_EQ(tasks().size(), 1u) << "the tick itself went on";
  const auto written = parse_json(slurp(state_file()));
  ASSERT_TRUE(written.has_value());
  EXPECT_GT(get_int(written->at("lastChecks"), "lamps"), 0);
  EXPECT_EQ(beat().exit_code, 0);
}

TEST_F(Faults, AStateFileOfANewerChelaIsLeftAlone) {
  EXPECT_EQ(beat().exit_code, 0);
  const std::string newer =
      "{\"lastChecks\": {\"lamps\": null}, \"chela\": {\"version\": 99, \"more\": [1]}}\n";
  spill(state_file(), newer);
  const auto outcome = beat();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("newer chela"), std::string::npos) << outcome.err;
  EXPECT_EQ(slurp(state_file()), newer);
  EXPECT_EQ(tasks().size(), 1u) << "the tick itself went on";
}

TEST_F(Faults, ADamagedLedgerIsSetAsideAndNoTaskComesTwice) {
  const auto enabled =
      desk_.chela({"enable", "check.system", "--id", "disk-strict", "--yes", "--set",
                   "disk_min_free_percent=100", "--set", "disk_min_free_mb=1000000000", "--set",
                   "reboot_required=false", "--set", "pressure_cpu_max_percent=100", "--set",
                   "pressure_io_max_percent=100", "--set", "pressure_memory_max_percent=100"});
  ASSERT_EQ(enabled.exit_code, 0) << enabled.err;
  EXPECT_EQ(beat().exit_code, 0);
  const auto tasks_for_disk = [&] {
    int open = 0;
    for (const auto& task : tasks())
      open += task.finding == "disk-strict/disk:/" && task.box == " ";
    return open;
  };
  EXPECT_EQ(tasks_for_disk(), 1);
  spill(state_folder(desk_) / "ledger.db", std::string(50000, 'z'));
  const auto outcome = beat();
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
  const auto kept = files_like(desk_.chela_home(), "ledger.db.damaged-");
  ASSERT_FALSE(kept.empty()) << outcome.err;
  EXPECT_NE(outcome.err.find(".damaged-"), std::string::npos) << outcome.err;
  EXPECT_EQ(tasks_for_disk(), 1) << slurp(desk_.workspace() / "TASKS.md");
  EXPECT_GE(alerts(), 1u);
  EXPECT_EQ(beat().exit_code, 0);
  // The alert of the new ledger holds the old task, and closes it.
  EXPECT_EQ(desk_.chela({"disable", "disk-strict"}).exit_code, 0);
  EXPECT_EQ(beat().exit_code, 0);
  EXPECT_EQ(tasks_for_disk(), 0) << slurp(desk_.workspace() / "TASKS.md");
}

TEST_F(Faults, ABadManifestIsOneCriticalTaskAndTheOtherChecksRun) {
  std::string laughs =
      "id: laughs\nplugin: check.flicker\nevery: 1h\nconfig:\n  a: &a [x, x, x, x, x, x, x, x, "
      "x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    laughs += std::string("  ") + c + ": &" + c + " [";
    for (int i = 0; i < 9; ++i)
      laughs += std::string(i == 0 ? "*" : ", *") + static_cast<char>(c - 1);
    laughs += "]\n";
  }
  const struct {
    const char* file;
    std::string text;
    const char* named;
  } cases[] = {
      {"laughs", laughs, "laughs.yaml:"},
      {"unknown", "id: unknown\nplugin: check.flicker\nevry: 1h\n", "unknown.yaml:3:"},
      {"zz-double", "id: lamps\nplugin: check.flicker\nevery: 1h\n", "zz-double.yaml:"},
  };
  for (const auto& c : cases) spill(desk_.manifest("checks", c.file), c.text);
  const auto outcome = desk_.chela({"tick", "--all", "--json"});
  const auto report = parse_json(outcome.out);
  ASSERT_TRUE(report.has_value()) << outcome.err;
  EXPECT_EQ(get_strings(*report, "ran"), std::vector<std::string>{"lamps"});
  const auto seen = tasks();
  EXPECT_EQ(seen.size(), std::size(cases));
  for (const auto& c : cases) {
    SCOPED_TRACE(c.file);
    const std::string finding = std::string("chela/manifest:") + c.file + ".yaml";
    EXPECT_EQ(std::count_if(seen.begin(), seen.end(),
                            [&](const auto& task) { return task.finding == finding; }),
              1);
    EXPECT_EQ(count(outcome.out, c.named) > 0, true) << outcome.out;
  }
  const auto listed = desk_.chela_json({"alert", "list"});
  for (const auto& alert : listed.at("alerts").as_array()) {
    EXPECT_EQ(get_string(alert, "severity"), "crit");
    EXPECT_TRUE(get_bool(alert, "needs_human"));
  }
  EXPECT_EQ(alerts(), std::size(cases));
  fs::remove(desk_.manifest("checks", "unknown"));
  EXPECT_NE(beat().out.find("[recovered]"), std::string::npos);
  EXPECT_EQ(alerts(), std::size(cases));  // the lamp is alight meanwhile
}

TEST_F(Faults, ABadHostFileRefusesToStartAndNothingRuns) {
  spill(desk_.chela_home() / "manifests/host.yaml", "per_tick: many\n");
  for (const char* command : {"tick", "run", "status"}) {
    SCOPED_TRACE(command);
    const auto outcome = desk_.chela({command});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_NE(outcome.err.find("host.yaml:1:"), std::string::npos) << outcome.err;
  }
  EXPECT_FALSE(fs::exists(state_file()));
  EXPECT_FALSE(fs::exists(desk_.chela_home() / "state"));
}

}  // namespace
}  // namespace chela::test
