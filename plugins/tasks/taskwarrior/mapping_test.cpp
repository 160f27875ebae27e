// The mapping by tables: what Taskwarrior says and what it means, what changes and which words do
// it.
#include "mapping.h"

#include <gtest/gtest.h>

#include <set>

namespace chela::taskwarrior {
namespace {

constexpr const char* kNow = "20261126T120000Z";
const std::string kUuid = "11111111-2222-3333-4444-555555555555";

Task task_of(const std::string& members) {
  const auto task = read_task(
      *parse_json("{\"uuid\":\"" + kUuid + "\",\"description\":\"t\"," + members + "}"), kNow);
  EXPECT_TRUE(task) << task.error().message;
  return task.value_or(Task{});
}

TEST(State, FollowsStatusStartAndTag) {
  const struct {
    const char* name;
    const char* members;
    const char* state;
  } cases[] = {
      {"new", R"("status":"pending")", "queue"},
      {"started", R"("status":"pending","start":"20261122T054011Z")", "in_progress"},
      {"tagged", R"("status":"pending","tags":["x","blocked"])", "blocked"},
      {"tagged and started", R"("status":"pending","start":"x","tags":["blocked"])", "blocked"},
      {"put off by a person", R"("status":"pending","wait":"20270101T000000Z")", "blocked"},
      {"put off, 2.5", R"("status":"waiting","wait":"20270101T000000Z")", "blocked"},
      {"put off until yesterday", R"("status":"pending","wait":"20261125T000000Z")", "queue"},
      {"done", R"("status":"completed","tags":["blocked"])", "done"},
      {"deleted", R"("status":"deleted")", "cancelled"},
      {"template", R"("status":"recurring")", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(task_of(c.members).state(), c.state);
  }
}

TEST(Document, HoldsWhatTaskwarriorKeeps) {
  const Task task = task_of(
      R"("status":"completed","chela_id":"k3f9q2","priority":"H","tags":["human"],"entry":"20261122T054011Z",)"
      R"("modified":"20261123T000000Z","end":"20261124T000000Z","due":"20261125T120000Z","chela_owner":"main",)"
      R"("annotations":[{"entry":"20261122T060000Z","description":"second"},)"
      R"({"entry":"20261122T050000Z","description":"first\nline"}])");
  EXPECT_EQ(json::serialize(task_document(task)),
            R"({"id":"k3f9q2","title":"t","state":"done","priority":"high","needs":"human",)"
            R"("notes":"first\nline\nsecond","owner":"main","created":"2026-11-22T05:40:11Z",)"
            R"("updated":"2026-11-23T00:00:00Z","completed":"2026-11-24T00:00:00Z",)"
            R"("due":"2026-11-25T12:00:00Z","uuid":"11111111-2222-3333-4444-555555555555"})");
  EXPECT_EQ(task.last_note, "second");
  EXPECT_EQ(task_of(R"("status":"pending")").id, kUuid) << "a person's task goes by its uuid";
}

TEST(ModifyWords, NameOnlyWhatChanges) {
  using task_requests::Change;
  const char* const queued = R"("status":"pending")";
  const char* const started = R"("status":"pending","start":"x")";
  const char* const blocked = R"("status":"pending","tags":["blocked","human"],"priority":"H")";
  const char* const done = R"("status":"completed","end":"20261124T000000Z")";
  const char* const waiting = R"("status":"pending","wait":"20270101T000000Z")";
  const auto to = [](const char* state) { return Change{state, {}, {}, {}, {}, ""}; };
  using Words = std::vector<std::string>;
  const struct {
    const char* name;
    const char* members;
    Change change;
    Words words;
  } cases[] = {
      {"nothing", queued, {}, {}},
      {"the same", blocked, {"blocked", "high", "human", "t", "", ""}, {}},
      {"start", queued, to("in_progress"), {"start:now"}},
      {"back to the queue", started, to("queue"), {"start:"}},
      {"block", started, to("blocked"), {"start:", "+blocked"}},
      {"unblock and start", blocked, to("in_progress"), {"start:now", "-blocked"}},
      {"done", started, to("done"), {"status:completed", "start:"}},
      {"cancel", queued, to("cancelled"), {"status:deleted"}},
      {"reopen", done, to("queue"), {"status:pending", "end:"}},
      {"done to cancelled", done, to("cancelled"), {"status:deleted"}},
      {"end the waiting", waiting, to("queue"), {"wait:"}},
      {"priority off", blocked, {{}, "none", {}, {}, {}, ""}, {"priority:"}},
      {"answered", blocked, {{}, {}, "", {}, {}, ""}, {"-human"}},
      {"title last",
       queued,
       {"in_progress", "low", "human", "--help +x", "main/s-1", ""},
       {"start:now", "priority:L", "+human", "chela_owner:main/s-1", "--", "--help +x"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(modify_words(task_of(c.members), c.change), c.words);
  }
}

TEST(Rewritten, TakesWhatTheCommandLineWouldHarm) {
  using task_requests::Change;
  const Task task = task_of(
      R"("status":"pending","annotations":[{"entry":"20261126T120000Z","description":"a"}])");
  const Timestamp now(std::chrono::seconds(1'795'694'400));  // 20261126T120000Z
  EXPECT_TRUE(
      rewritten(task, Change{"done", "high", {}, "plain --help", "x", "plain"}, now).empty());
  for (const char* text : {"it's", "a \"b\"", "c:\\", "--"}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(modify_words(task, Change{{}, {}, {}, text, text, ""}).empty());
    const auto document = rewritten(task, Change{{}, {}, {}, text, text, text}, now);
    ASSERT_EQ(document.size(), 1u);
    const auto again = read_task(document[0], kNow);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->title, text);
    EXPECT_EQ(again->owner, text);
    EXPECT_EQ(again->notes, std::string("a\n") + text);
    EXPECT_EQ(again->last_note_entry, "20261126T120001Z") << "two notes never share a second";
    EXPECT_FALSE(get_string(document[0], "description").ends_with('\\'));
  }
}

TEST(Belongs, ToTheProjectOrBelowItOrIsOurs) {
  const struct {
    const char* name;
    const char* members;
    bool is_listed;
  } cases[] = {
      {"in it", R"("status":"pending","project":"agent")", true},
      {"below it", R"("status":"pending","project":"agent.mail")", true},
      {"like it", R"("status":"pending","project":"agents")", false},
      {"elsewhere", R"("status":"pending","project":"home")", false},
      {"none", R"("status":"pending")", false},
      {"ours, moved away by a person", R"("status":"pending","project":"home","chela_id":"a1")",
       true},
      {"removed by us",
       R"("status":"deleted","project":"agent","chela_id":"a1","chela_removed":"x")", false},
      {"a template", R"("status":"recurring","project":"agent")", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(belongs(task_of(c.members), "agent"), c.is_listed);
  }
  EXPECT_TRUE(belongs(task_of(R"("status":"pending","project":"home")"), ""));
}

TEST(UuidOfKey, IsAUuidAndNeverTheSame) {
  EXPECT_EQ(uuid_of_key("k3f9q2"), uuid_of_key("k3f9q2"));
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    const std::string uuid = uuid_of_key("k" + std::to_string(i));
    ASSERT_TRUE(is_uuid(uuid)) << uuid;
    ASSERT_TRUE(seen.insert(uuid).second) << i;
  }
}

TEST(ReadTasks, RefusesWhatIsNoExport) {
  for (const char* text : {"{}", "[1]", R"([{"uuid":"1","status":"pending"}])",
                           R"([{"uuid":"11111111-2222-3333-4444-555555555555"}])"}) {
    const auto tasks = read_tasks(*parse_json(text), kNow);
    ASSERT_FALSE(tasks) << text;
    EXPECT_EQ(tasks.error().code, ErrorCode::data_loss);
  }
}

}  // namespace
}  // namespace chela::taskwarrior
