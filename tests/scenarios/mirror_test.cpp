// The story of two task backends: what a person does in one is soon in the other, and no fault of
// one takes anything from the other.
#include <random>
#include <set>

#include "scenarios/story.h"

namespace chela::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

#ifdef CHELA_SANITIZED
constexpr int kRounds = 15;
#else
constexpr int kRounds = 60;
#endif

class MirrorStory : public ::testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    desk_.without_builtins();
    spill(source(), "# Mine\n\n## Queue\n- [ ] Water the plants [id:: plants]\n");
    spill(mirror(), "# Phone\n\n## Queue\n- [ ] Buy a lamp\n");
    put_mirror("");
  }

  fs::path source() const { return desk_.workspace() / "TASKS.md"; }
  fs::path mirror() const { return desk_.root() / "phone/TASKS.md"; }

  // A second file, as a person drops it in; without a silence before writes, so that tests are
  // quick.
  void put_mirror(const std::string& more) const {
    const std::string file = mirror().string();
    spill(desk_.manifest("tasks", "phone"),
          "id: phone\nplugin: tasks.markdown\n" + more + "allow:\n  read: [\"" + file +
              "\"]\n  write: [\"" + file + "\"]\nconfig: {path: \"" + file + "\", quiet: 10ms}\n");
    spill(desk_.manifest("tasks", "tasks-md"),
          "id: tasks-md\nplugin: tasks.markdown\nallow:\n  read: [\"${workspace}/TASKS.md\"]\n"
          "  write: [\"${workspace}/TASKS.md\"]\nconfig: {path: \"${workspace}/TASKS.md\", quiet: "
          "10ms}\nrole: source\n");
  }

  static void replace(const fs::path& file, const std::string& from, const std::string& to) {
    std::string text = slurp(file);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " is not in\n" << text;
    spill(file, text.replace(at, from.size(), to));
  }

  // "[ ] Water the plants", sorted.
  static std::multiset<std::string> shown(const fs::path& file) {
    std::multiset<std::string> all;
    for (const auto& task : read_tasks(slurp(file))) {
      const auto end = task.line.find(" [id::");
      all.insert(task.line.substr(2, end == std::string::npos ? end : end - 2));
    }
    return all;
  }

  Outcome mirror_now(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"task", "mirror"});
    return desk_.chela(std::move(words));
  }

  // Ticks a task that both know: what is done before it was ever seen is not carried over.
  void close_one(const fs::path& file, std::size_t which) const {
    std::vector<std::string> open;
    for (const auto& task : shown(file)) {
      if (task[1] == ' ' && shown(file == source() ? mirror() : source()).contains(task))
        open.push_back(task);
    }
    if (open.empty()) return;
    const std::string line = "- " + open[which % open.size()];
    replace(file, line, "- [x]" + line.substr(5));
  }

  template <class Condition>
  static bool comes_true(milliseconds patience, Condition condition) {
    for (const auto deadline = steady_clock::now() + patience; steady_clock::now() < deadline;) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return condition();
  }

  Desk desk_;
};

using Shown = std::multiset<std::string>;

TEST_F(MirrorStory, WhatIsDoneInOneIsDoneInTheOther) {
  const Outcome dry = mirror_now({"--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_EQ(dry.out,
            "would do: creates 'Water the plants' in phone\n"
            "would do: creates 'Buy a lamp' in tasks-md\n"
            "phone is not like tasks-md yet; 0 tasks on both sides\n");
  EXPECT_EQ(shown(mirror()), (Shown{"[ ] Buy a lamp"}));
  const Outcome first = mirror_now();
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out.find("phone is like tasks-md, 2 tasks on both sides\n"), std::string::npos)
      << first.out;
  EXPECT_EQ(shown(source()), shown(mirror()));
  EXPECT_NE(slurp(mirror()).find("- [ ] Buy a lamp\n"), std::string::npos)
      << "a person's line is not touched:\n"
      << slurp(mirror());

  replace(mirror(), "- [ ] Buy a lamp", "- [x] Buy a lamp");
  ASSERT_EQ(desk_.chela({"task", "note", "plants", "twice a week"}).exit_code, 0);
  const Outcome second = mirror_now();
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(shown(source()), (Shown{"[ ] Water the plants", "[x] Buy a lamp"}));
  EXPECT_NE(slurp(mirror()).find("twice a week"), std::string::npos) << slurp(mirror());
  const std::string before = slurp(mirror()) + slurp(source());
  EXPECT_EQ(mirror_now().out, "phone is like tasks-md, 2 tasks on both sides\n");
  EXPECT_EQ(slurp(mirror()) + slurp(source()), before);

  const auto listed = desk_.chela_json({"task", "list", "--backend", "phone"});
  EXPECT_EQ(listed.at("tasks").as_array().size(), 2U);
  const auto status = desk_.chela_json({"status"});
  EXPECT_EQ(get_string(status, "task_source"), "tasks-md");
  EXPECT_EQ(get_int(status.at("mirrors").at(0), "pairs"), 2);
  EXPECT_NE(desk_.chela({"status"}).out.find("mirror     phone: 2 tasks like tasks-md, "),
            std::string::npos);
  const std::string doctor = desk_.chela({"doctor"}).out;
  EXPECT_NE(doctor.find("tasks-md is the source of tasks"), std::string::npos) << doctor;
  EXPECT_NE(doctor.find("phone is a mirror of it, compared every 5m, last at "), std::string::npos)
      << doctor;
}

// What the heartbeat opens is on the phone without anybody asking, and a tick there closes it.
TEST_F(MirrorStory, TheDaemonCarriesFindingsOverAndTicksBack) {
  put_mirror("role: mirror\nevery: 1s\n");
  add_flicker(desk_, "lamps", "conditions: 1, events: false");
  Running running = desk_.start({"run", "--workspace", desk_.workspace().string()});
  ASSERT_TRUE(comes_true(seconds(20), [&] { return shown(mirror()).size() == 2; }))
      << slurp(mirror());
  // The lamp burns from the second run on.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(desk_.chela({"tick", "--check", "lamps"}).exit_code, 0);
  ASSERT_TRUE(comes_true(seconds(20), [&] { return shown(mirror()).size() == 3; }))
      << slurp(mirror()) << slurp(source());
  EXPECT_EQ(shown(source()), shown(mirror()));
  for (const auto& task : read_tasks(slurp(mirror()))) {
    if (!task.finding.empty()) replace(mirror(), task.line, "- [x]" + task.line.substr(5));
  }
  EXPECT_TRUE(comes_true(seconds(20), [&] {
    for (const auto& task : read_tasks(slurp(source())))
      if (!task.finding.empty() && task.box == "x") return true;
    return false;
  })) << slurp(source());
  ::kill(running.pid, SIGTERM);
  EXPECT_EQ(Desk::finish(std::move(running)).exit_code, 0);
  EXPECT_TRUE(all_children_end());
}

TEST_F(MirrorStory, KilledAtRandomMomentsNothingIsDoubledOrLost) {
  const auto seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  int killed = 0, made = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& file : {source(), mirror()}) {
      const int what = static_cast<int>(random() % 3);
      if (what == 0) {
        replace(file, "## Queue\n", "## Queue\n- [ ] Task number " + std::to_string(++made) + "\n");
      } else if (what == 1) {
        close_one(file, random());
      }
    }
    Running running = desk_.start({"task", "mirror", "--workspace", desk_.workspace().string()});
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
    ::kill(running.pid, SIGKILL);
    if (Desk::finish(std::move(running)).exit_code == 128 + SIGKILL) ++killed;
    EXPECT_TRUE(all_children_end());
  }
  const Outcome last = mirror_now();
  EXPECT_EQ(last.exit_code, 0) << last.err;
  const Outcome after = mirror_now();
  EXPECT_EQ(count(after.out, "\n"), 1U) << after.out;
  std::printf("%d of %d rounds killed, %d tasks made\n", killed, kRounds, made);
  Shown titles[2];
  for (int i = 0; i < 2; ++i) {
    for (const auto& task : shown(i == 0 ? source() : mirror())) titles[i].insert(task.substr(4));
  }
  EXPECT_EQ(titles[0], titles[1]);
  EXPECT_EQ(titles[0].size(), static_cast<std::size_t>(made) + 2);
  for (int i = 1; i <= made; ++i)
    EXPECT_EQ(titles[0].count("Task number " + std::to_string(i)), 1U) << i;
}

TEST_F(MirrorStory, AnEmptiedListTakesNothingAwayUntilAPersonSaysSo) {
  std::string many = slurp(source());
  for (int i = 0; i < 6; ++i) many += "- [ ] Task number " + std::to_string(i) + "\n";
  spill(source(), many);
  ASSERT_EQ(mirror_now().exit_code, 0);
  const auto before = shown(source());
  spill(mirror(), "");
  for (int i = 0; i < 3; ++i) {
    const Outcome refused = mirror_now();
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.err.find("phone: phone: 8 of 8 open tasks are gone at once"),
              std::string::npos)
        << refused.err;
  }
  EXPECT_EQ(shown(source()), before);
  EXPECT_EQ(slurp(mirror()), "");
  const Outcome told = desk_.chela({"tick"});
  EXPECT_NE(told.out.find("[warn] the mirror phone has not been kept like tasks-md since "),
            std::string::npos)
      << told.out << told.err;
  EXPECT_NE(desk_.chela({"status"}).out.find("mirror     phone: not kept like tasks-md"),
            std::string::npos);
  EXPECT_EQ(mirror_now({"--accept-removals"}).exit_code, 0);
  for (const auto& task : shown(source()))
    EXPECT_TRUE(before.contains("[ ]" + task.substr(3)) == (task[1] != ' ')) << task;
  EXPECT_NE(desk_.chela({"tick"}).out.find("[recovered]"), std::string::npos);
}

TEST_F(MirrorStory, ALineThatIsCutAndPastedIsNoRemoval) {
  ASSERT_EQ(mirror_now().exit_code, 0);
  ASSERT_EQ(mirror_now().exit_code, 0);
  const std::string before = slurp(source());
  replace(source(), "- [ ] Water the plants", "Water the plants");
  EXPECT_EQ(mirror_now().out, "phone is like tasks-md, 2 tasks on both sides\n");
  EXPECT_EQ(shown(mirror()).count("[ ] Water the plants"), 1U) << slurp(mirror());
  spill(source(), before);
  EXPECT_EQ(mirror_now().out, "phone is like tasks-md, 2 tasks on both sides\n");
  EXPECT_EQ(shown(source()), shown(mirror()));
}

// A line without an id goes by its title, and its old title may be used again.
TEST_F(MirrorStory, ALineIsRenamedAndItsTitleUsedAgain) {
  spill(source(), "## Queue\n- [ ] weekly report\n");
  for (int i = 0; i < 2; ++i) ASSERT_EQ(mirror_now().exit_code, 0);
  replace(source(), "weekly report", "weekly report of week 48");
  EXPECT_EQ(mirror_now().out,
            "sets title weekly report of week 48: 'weekly report of week 48' in phone\n"
            "phone is like tasks-md, 2 tasks on both sides\n");
  replace(source(), "## Queue\n", "## Queue\n- [ ] weekly report\n");
  EXPECT_EQ(mirror_now().exit_code, 0);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(mirror_now().out, "phone is like tasks-md, 3 tasks on both sides\n");
  const Shown wanted{"[ ] Buy a lamp", "[ ] weekly report", "[ ] weekly report of week 48"};
  EXPECT_EQ(shown(source()), wanted);
  EXPECT_EQ(shown(mirror()), wanted);
}

TEST_F(MirrorStory, ACorrectedNoteDoesNotComeBack) {
  spill(source(), "## Queue\n- [ ] Call Ada [id:: callada]\n  phone 0815 (typo)\n");
  for (int i = 0; i < 2; ++i) ASSERT_EQ(mirror_now().exit_code, 0);
  replace(source(), "phone 0815 (typo)", "phone 0817");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(mirror_now().exit_code, 0);
  EXPECT_EQ(count(slurp(source()), "0815"), 0U) << slurp(source());
  EXPECT_EQ(count(slurp(mirror()), "phone 0817"), 1U) << slurp(mirror());
}

TEST_F(MirrorStory, TwoAtOnceTakeTurns) {
  ASSERT_EQ(mirror_now().exit_code, 0);
  for (int round = 0; round < 5; ++round) {
    for (const char* note : {"one", "two", "three", "four"}) {
      const std::string text = note + std::to_string(round);
      ASSERT_EQ(desk_.chela({"task", "note", "plants", text}).exit_code, 0);
    }
    std::vector<Running> both;
    for (int i = 0; i < 2; ++i)
      both.push_back(desk_.start({"task", "mirror", "--workspace", desk_.workspace().string()}));
    for (auto& running : both) EXPECT_EQ(Desk::finish(std::move(running)).exit_code, 0);
    for (const char* note : {"one", "two", "three", "four"})
      EXPECT_EQ(count(slurp(mirror()), note + std::to_string(round)), 1U) << slurp(mirror());
  }
}

TEST_F(MirrorStory, ATaskThatTheMirrorRefusesHoldsUpNoOther) {
  spill(source(), "## Queue\n- [ ] [id:: empty1]\n- [ ] Water the plants [id:: plants]\n");
  const Outcome mirrored = mirror_now();
  EXPECT_EQ(mirrored.exit_code, 0) << mirrored.err;
  EXPECT_EQ(shown(mirror()).count("[ ] Water the plants"), 1U);
  EXPECT_EQ(shown(source()).count("[ ] Buy a lamp"), 1U);
}

TEST_F(MirrorStory, AMirrorThatMayNotBeReadHoldsNothingUp) {
  spill(desk_.manifest("tasks", "phone"),
        "id: phone\nplugin: tasks.markdown\nallow: {}\nconfig: {path: \"" + mirror().string() +
            "\"}\n");
  const Outcome ticked = desk_.chela({"tick"});
  EXPECT_EQ(ticked.exit_code, 0) << ticked.err;
  EXPECT_EQ(ticked.out, "HEARTBEAT_OK\n");
  const Outcome mirrored = mirror_now();
  EXPECT_EQ(mirrored.exit_code, 1);
  EXPECT_NE(mirrored.err.find("chela: phone: "), std::string::npos) << mirrored.err;
  EXPECT_EQ(desk_.chela({"task", "add", "Sweep the yard"}).exit_code, 0);
  EXPECT_EQ(shown(source()).size(), 2U);
}

TEST_F(MirrorStory, BadRolesAreToldAndHarmNothing) {
  put_mirror("role: source\n");
  const Outcome two = desk_.chela({"doctor"});
  EXPECT_NE(two.out.find("tasks-md is a second source of tasks; wanted one"), std::string::npos)
      << two.out;
  const Outcome none = desk_.chela({"task", "mirror"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_NE(none.err.find("no task backend is a mirror"), std::string::npos) << none.err;
  put_mirror("");
  const Outcome source = desk_.chela({"task", "mirror", "--backend", "tasks-md"});
  EXPECT_EQ(source.exit_code, 3);
  EXPECT_NE(source.err.find("tasks-md is the source"), std::string::npos) << source.err;
  const Outcome typo = desk_.chela({"task", "list", "--backend", "phnoe"});
  EXPECT_EQ(typo.exit_code, 3);
  EXPECT_NE(typo.err.find("did you mean 'phone'?"), std::string::npos) << typo.err;
}

// Somebody makes the mirror the source: the pairs are known, so nothing is created twice.
TEST_F(MirrorStory, TheRolesMayBeTurnedRound) {
  ASSERT_EQ(mirror_now().exit_code, 0);
  replace(desk_.manifest("tasks", "tasks-md"), "role: source", "role: mirror");
  put_mirror("role: source\n");
  replace(desk_.manifest("tasks", "tasks-md"), "role: source", "role: mirror");
  replace(source(), "Water the plants", "Water all plants");
  EXPECT_EQ(mirror_now().out,
            "sets title Water all plants: 'Water the plants' in phone\n"
            "tasks-md is like phone, 2 tasks on both sides\n");
  ASSERT_EQ(desk_.chela({"task", "add", "Sweep the yard"}).exit_code, 0);
  EXPECT_EQ(shown(mirror()).count("[ ] Sweep the yard"), 1U) << slurp(mirror());
  EXPECT_EQ(mirror_now().exit_code, 0);
  EXPECT_EQ(shown(source()), shown(mirror()));
}

// The same with Taskwarrior in the place of the second file.
TEST_F(MirrorStory, TaskwarriorIsKeptLikeTasksMd) {
  if (!fs::exists("/usr/bin/task")) GTEST_SKIP() << "Taskwarrior is not installed";
  const fs::path data = desk_.home() / ".task";
  fs::create_directories(data);
  fs::remove(desk_.manifest("tasks", "phone"));
  spill(desk_.manifest("tasks", "tw"),
        "id: tw\nplugin: tasks.taskwarrior\nallow:\n  exec: [task]\n  read: [\"${home}/.task\"]\n"
        "  write: [\"${home}/.task\"]\n");
  spill(desk_.home() / "taskrc", "");
  const auto person = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"rc:" + (desk_.home() / "taskrc").string(),
                                 "rc.data.location=" + data.string(), "rc.confirmation=off"});
    return Desk::finish(desk_.start(std::move(words), "/usr/bin/task"));
  };
  ASSERT_EQ(person({"add", "project:agent", "priority:H", "Rotate the keys"}).exit_code, 0);
  ASSERT_EQ(person({"add", "project:private", "My own"}).exit_code, 0);
  const Outcome first = mirror_now();
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(shown(source()), (Shown{"[ ] Rotate the keys", "[ ] Water the plants"}));
  EXPECT_NE(slurp(source()).find("[priority:: high]"), std::string::npos) << slurp(source());
  ASSERT_EQ(person({"/Water/", "done"}).exit_code, 0);
  ASSERT_EQ(person({"/Rotate/", "annotate", "half of them"}).exit_code, 0);
  ASSERT_EQ(mirror_now().exit_code, 0);
  EXPECT_EQ(shown(source()), (Shown{"[ ] Rotate the keys", "[x] Water the plants"}));
  EXPECT_NE(slurp(source()).find("half of them"), std::string::npos) << slurp(source());
  replace(source(), "- [ ] Rotate the keys", "- [x] Rotate the keys");
  ASSERT_EQ(mirror_now().exit_code, 0);
  EXPECT_EQ(count(person({"project:agent", "status:completed", "export"}).out, "\"uuid\""), 2U);
  EXPECT_EQ(mirror_now().out, "tw is like tasks-md, 2 tasks on both sides\n");
}

}  // namespace
}  // namespace chela::test
