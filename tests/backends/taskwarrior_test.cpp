// tasks.taskwarrior against the real Taskwarrior: 500 random operations equal a model, and what a
// person does with `task` in between is seen.
#include <random>

#include "backends/real_backend.h"

namespace chela::test {
namespace {

// A model's task: what must come back.
struct Known {
  std::string title;
  std::string state = "queue";
  std::string priority = "none";
  std::string needs;
  std::string owner;
  std::vector<std::string> notes;

  std::string text() const {
    std::string all;
    for (const auto& note : notes) all += (all.empty() ? "" : "\n") + note;
    return all;
  }
};

class Taskwarrior : public BackendTest {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/bin/task")) GTEST_SKIP() << "Taskwarrior is not installed";
    fs::create_directories(data());
    backend_ = std::make_unique<RealBackend>(
        "id: tw\nplugin: tasks.taskwarrior\nallow:\n  exec: [task]\n  read: [\"${home}/.task\"]\n"
        "  write: [\"${home}/.task\"]\n",
        desk_.workspace(), desk_.home());
  }

  fs::path data() const { return desk_.home() / ".task"; }

  // `task` as a person types it, with the settings of an empty ~/.taskrc: it renumbers and moves
  // done tasks to completed.data.
  Outcome person(std::vector<std::string> words) {
    const std::vector<std::string> settings = {"rc:" + (desk_.home() / "taskrc").string(),
                                               "rc.data.location=" + data().string(),
                                               "rc.confirmation=off", "rc.bulk=0"};
    words.insert(words.begin(), settings.begin(), settings.end());
    spill(desk_.home() / "taskrc", "");
    return Desk::finish(desk_.start(std::move(words), "/usr/bin/task"));
  }
};

void expect_equal(const json::value& found, const std::string& id, const Known& wanted) {
  EXPECT_EQ(get_string(found, "id"), id);
  EXPECT_EQ(get_string(found, "title"), wanted.title) << id;
  EXPECT_EQ(get_string(found, "state"), wanted.state) << id;
  EXPECT_EQ(get_string(found, "priority"), wanted.priority) << id;
  EXPECT_EQ(get_string(found, "needs"), wanted.needs) << id;
  EXPECT_EQ(get_string(found, "owner"), wanted.owner) << id;
  EXPECT_EQ(get_string(found, "notes"), wanted.text()) << id;
}

constexpr const char* kStates[] = {"queue", "in_progress", "blocked", "done", "cancelled"};
constexpr const char* kPriorities[] = {"none", "low", "medium", "high"};

// Pieces that a command line could take for something else.
std::string nasty_text(std::mt19937& random) {
  static const std::vector<std::string> pieces = {"--help",
                                                  "-h",
                                                  "+tag",
                                                  "-tag",
                                                  "project:home",
                                                  "due:tomorrow",
                                                  "rc.gc:on",
                                                  "/a/b/",
                                                  "(",
                                                  ")",
                                                  "and",
                                                  "1-3",
                                                  "status:done",
                                                  "\"q\"",
                                                  "it's",
                                                  "$HOME",
                                                  "`id`",
                                                  "\\",
                                                  "[x]",
                                                  "{y}",
                                                  "Gr\xC3\xBC\xC3\x9F"
                                                  "e",
                                                  "priority:H",
                                                  "--",
                                                  "a  b",
                                                  "uuid:1",
                                                  "%s",
                                                  "&amp;",

                                                  "1 + 1",
                                                  "*",
                                                  "~",
                                                  "#",
                                                  "!",
                                                  "chela_id:x",
                                                  "2026-11-22",
                                                  "\xF0\x9F\x93\x85"};
  std::string text;
  for (unsigned n = 1 + static_cast<unsigned>(random() % 5); n > 0; --n)
    text += (text.empty() ? "" : " ") + pieces[random() % pieces.size()];
  return text;
}

TEST_F(Taskwarrior, FiveHundredRandomOperationsEqualAModel) {
  std::mt19937 random(20261122);
  std::map<std::string, Known> model;
  std::map<std::string, std::string> uuids;
  const auto any = [&] {
    return std::next(model.begin(), static_cast<long>(random() % model.size()));
  };
  int made_by_a_person = 0;
  for (int step = 0; step < 500; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const unsigned dice = static_cast<unsigned>(random() % 100);
    if (model.size() < 3 || dice < 15) {
      const std::string id = "id" + std::to_string(step);
      Known made{nasty_text(random), kStates[random() % 5], kPriorities[random() % 4], "", "", {}};
      if (random() % 3 == 0) made.needs = "human";
      if (random() % 3 == 0) made.owner = "main/s-" + std::to_string(step);
      if (random() % 2 == 0) made.notes.push_back(nasty_text(random) + "\n  second line");
      const json::object request{{"task", json::object{{"title", made.title},
                                                       {"state", made.state},
                                                       {"priority", made.priority},
                                                       {"needs", made.needs},
                                                       {"owner", made.owner},
                                                       {"notes", made.text()}}},
                                 {"idempotency_key", id}};
      const auto reply = ask("create", request);
      EXPECT_TRUE(get_bool(reply, "created"));
      expect_equal(reply.at("task"), id, made);
      uuids[id] = get_string(reply.at("task"), "uuid");
      if (random() % 4 == 0) {
        EXPECT_FALSE(get_bool(ask("create", request), "created"));
      }
      model[id] = made;
    } else if (dice < 55) {
      const auto chosen = any();
      Known& known = chosen->second;
      json::object set, request{{"id", chosen->first}};
      if (random() % 2 == 0) set["state"] = known.state = kStates[random() % 5];
      if (random() % 3 == 0) set["priority"] = known.priority = kPriorities[random() % 4];
      if (random() % 3 == 0) set["needs"] = known.needs = random() % 2 == 0 ? "human" : "";
      if (random() % 4 == 0) set["title"] = known.title = nasty_text(random);
      if (random() % 6 == 0) set["owner"] = known.owner = random() % 2 == 0 ? "" : "cron/x:y-1";
      request["set"] = std::move(set);
      if (random() % 4 == 0) {
        const std::string note = nasty_text(random);
        request["note"] = note;
        if (known.notes.empty() || known.notes.back() != note) known.notes.push_back(note);
      }
      expect_equal(task("update", std::move(request)), chosen->first, known);
    } else if (dice < 68) {
      const auto chosen = any();
      const std::string note = nasty_text(random);
      chosen->second.notes.push_back(note);
      this->note(chosen->first, note);
      expect_equal(this->note(chosen->first, note), chosen->first, chosen->second);
    } else if (dice < 76) {
      const std::string id = any()->first;
      ask("remove", json::object{{"id", id}});
      model.erase(id);
      const auto gone = backend_->call("get", json::object{{"id", id}});
      ASSERT_FALSE(gone);
      EXPECT_EQ(gone.error().code, ErrorCode::not_found);
    } else {  // a person at the keyboard
      const auto chosen = any();
      const std::string& uuid = uuids[chosen->first];
      Known& known = chosen->second;
      const bool is_open = known.state != "done" && known.state != "cancelled";
      switch (random() % 6) {
        case 0:
          if (!is_open) break;
          EXPECT_EQ(person({uuid, "done"}).exit_code, 0);
          known.state = "done";
          break;
        case 1:
          if (!is_open) break;
          EXPECT_EQ(person({uuid, "delete"}).exit_code, 0);
          known.state = "cancelled";
          break;
        case 2:
          known.title = "renamed in step " + std::to_string(step);
          EXPECT_EQ(person({uuid, "modify", "priority:L", known.title}).exit_code, 0);
          known.priority = "low";
          break;
        case 3:
          known.notes.push_back("by hand in step " + std::to_string(step));
          EXPECT_EQ(person({uuid, "annotate", known.notes.back()}).exit_code, 0);
          break;
        case 4:
          EXPECT_EQ(person({uuid, "modify", "+human"}).exit_code, 0);
          known.needs = "human";
          break;
        default: {
          const std::string title = "a person's own " + std::to_string(step);
          EXPECT_EQ(person({"add", "project:agent.mail", title}).exit_code, 0);
          EXPECT_EQ(person({"add", "project:home", "water the plants"}).exit_code, 0);
          ++made_by_a_person;
          const auto listed = ask("list", json::object()).at("tasks").as_array();
          for (const auto& seen : listed) {
            if (get_string(seen, "title") != title) continue;
            const std::string id = get_string(seen, "id");
            uuids[id] = id;
            model[id].title = title;
          }
        }
      }
      if (model.contains(chosen->first)) expect_equal(get(chosen->first), chosen->first, known);
    }
    if (step % 50 == 49 || HasFailure()) {
      const auto all = ask("list", json::object()).at("tasks").as_array();
      EXPECT_EQ(all.size(), model.size());
      for (const auto& found : all) {
        const auto wanted = model.find(get_string(found, "id"));
        ASSERT_NE(wanted, model.end()) << json::serialize(found);
        expect_equal(found, wanted->first, wanted->second);
      }
      std::size_t blocked = 0;
      for (const auto& entry : model) blocked += entry.second.state == "blocked";
      EXPECT_EQ(ask("list", json::object{{"states", {"blocked"}}}).at("tasks").as_array().size(),
                blocked);
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(made_by_a_person, 5);
  RecordProperty("programs_run", static_cast<int>(backend_->commands.size()));
  // What Taskwarrior itself thinks of its files.
  EXPECT_EQ(person({"diagnostics"}).exit_code, 0);
}

TEST_F(Taskwarrior, ABackslashAtTheEndDoesNotBreakTheDataFile) {
  const std::string text = "c:\\";
  create("b1", {{"title", text}, {"notes", text}});
  const auto after = note("b1", "\\\\ \\");
  expect_equal(after, "b1", Known{text, "queue", "none", "", "", {text, "\\\\ \\"}});
  EXPECT_EQ(person({"export"}).exit_code, 0);
  // The trap is a real one: after this, as a person may type it, Taskwarrior reads nothing any
  // more.
  person({get_string(after, "uuid"), "annotate", "--", "x \\\\"});
  EXPECT_FALSE(parse_json(person({"rc.verbose=nothing", "export"}).out));
}

TEST_F(Taskwarrior, AReopenedTaskIsOnThePersonsListAgain) {
  create("w1", {{"title", "water"}});
  set("w1", {{"state", "done"}});
  EXPECT_NE(person({"list"}).out.find("No matches"), 0u);
  set("w1", {{"state", "in_progress"}});
  const auto listed = person({"list"});
  EXPECT_NE(listed.out.find("water"), std::string::npos) << listed.out << listed.err;
}

TEST_F(Taskwarrior, ARemovedTaskIsGoneForUsAndItsKeyIsFreeAgain) {
  const json::object request{{"task", json::object{{"title", "t"}, {"notes", "old"}}},
                             {"idempotency_key", "t1"}};
  ask("create", request);
  ask("remove", json::object{{"id", "t1"}});
  EXPECT_TRUE(ask("list", json::object()).at("tasks").as_array().empty());
  const auto again = ask(
      "create", json::object{{"task", json::object{{"title", "new"}}}, {"idempotency_key", "t1"}});
  EXPECT_TRUE(get_bool(again, "created"));
  expect_equal(again.at("task"), "t1", Known{"new", "queue", "none", "", "", {}});
  EXPECT_NE(person({"list"}).out.find("new"), std::string::npos);
}

TEST_F(Taskwarrior, OurCallsNeverRenumberWhatAPersonSees) {
  person({"add", "first"});
  person({"add", "second"});
  person({"list"});
  create("t1", {{"title", "t"}});
  const std::string uuid = person({"1", "uuids"}).out;
  set("t1", {{"state", "done"}});
  ask("list", json::object());
  EXPECT_EQ(person({"rc.gc=off", "1", "uuids"}).out, uuid);
}

TEST_F(Taskwarrior, RunsNoHookAndReadsNoSettingsOfAPerson) {
  const auto witness = desk_.home() / "witness";
  spill(data() / "hooks/on-add", "#!/bin/sh\ntouch " + witness.string() + "\ncat\n");
  spill(data() / "hooks/on-launch", "#!/bin/sh\ntouch " + witness.string() + "\n");
  for (const char* hook : {"on-add", "on-launch"})
    fs::permissions(data() / "hooks" / hook, fs::perms::owner_all);
  spill(desk_.home() / ".taskrc", "default.project=taxes\ncontext.x.read=+x\ncontext=x\n");
  const auto made = create("t1", {{"title", "t"}});
  EXPECT_EQ(get_string(made, "state"), "queue");
  EXPECT_FALSE(fs::exists(witness));
  // The trap is a real one.
  person({"add", "by hand"});
  EXPECT_TRUE(fs::exists(witness));
}

TEST_F(Taskwarrior, ATaskPutOffByAPersonIsBlockedUntilSomebodyStartsIt) {
  person({"add", "project:agent", "wait:2035-01-01", "later"});
  const auto listed = ask("list", json::object{{"states", {"blocked"}}}).at("tasks").as_array();
  ASSERT_EQ(listed.size(), 1u);
  const std::string id = get_string(listed[0], "id");
  const auto started = set(id, {{"state", "in_progress"}});
  EXPECT_EQ(get_string(started, "state"), "in_progress");
  EXPECT_EQ(get_string(started, "id"), id) << "an id that a person's task has stays";
}

// Runs of `task` that overlap lose edits of each other whoever starts them, so these do not.
TEST_F(Taskwarrior, EditsOfAPersonBetweenOurCallsStay) {
  create("t1", {{"title", "t"}});
  const std::string uuid = get_string(get("t1"), "uuid");
  const struct {
    const char* name;
    std::string title;
  } ways[] = {
      {"modify", "title "},
      {"import, for what the command line would spoil", "title \\ "},
  };
  for (const auto& way : ways) {
    SCOPED_TRACE(way.name);
    const std::string note = std::string(1, way.name[0]) + "-note ";
    for (int i = 0; i < 5; ++i) {
      person({uuid, "annotate", note + std::to_string(i)});
      person({uuid, "modify", "due:2035-01-0" + std::to_string(i + 1) + "T12:00:00Z"});
      task("update", json::object{{"id", "t1"},
                                  {"set", json::object{{"state", kStates[i % 3]},
                                                       {"title", way.title + std::to_string(i)}}}});
    }
    const auto after = get("t1");
    EXPECT_EQ(get_string(after, "title"), way.title + "4");
    for (int i = 0; i < 5; ++i)
      EXPECT_NE(get_string(after, "notes").find(note + std::to_string(i)), std::string::npos)
          << json::serialize(after);
    const std::string exported = person({uuid, "export"}).out;
    EXPECT_NE(exported.find("\"due\":\"20350105T120000Z"), std::string::npos) << exported;
  }
}

TEST_F(Taskwarrior, SaysWhereTheDataFolderIsMissing) {
  const auto backend =
      RealBackend(
          "id: tw\nplugin: tasks.taskwarrior\nallow:\n  exec: [task]\n  read: [\"${home}/none\"]\n"
          "  write: [\"${home}/none\"]\nconfig:\n  data: \"${home}/none\"\n",
          desk_.workspace(), desk_.home())
          .call("list", json::object());
  ASSERT_FALSE(backend);
  // As root the program is nobody's there, who may not even look into the folder above.
  EXPECT_TRUE(backend.error().code == ErrorCode::failed_precondition ||
              backend.error().code == ErrorCode::permission_denied)
      << backend.error().message;
  EXPECT_NE(backend.error().message.find("/none"), std::string::npos) << backend.error().message;
}

}  // namespace
}  // namespace chela::test
