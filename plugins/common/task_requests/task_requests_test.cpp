// Requests as the host and others send them: what is taken, what is refused and in which words.
#include "task_requests.h"

#include <gtest/gtest.h>

namespace chela::task_requests {
namespace {

TEST(NewTask, TakesEveryMemberAndFillsInTheRest) {
  const auto least = read_new_task(*parse_json(R"({"task":{"title":" a\nb "}})"));
  ASSERT_TRUE(least) << least.error().message;
  EXPECT_EQ(least->title, "a b");
  EXPECT_EQ(least->state, "queue");
  EXPECT_EQ(least->priority, "none");
  EXPECT_EQ(least->key.size(), 6u) << "nobody gave one";
  const auto most = read_new_task(*parse_json(
      R"({"task":{"title":"t","state":"blocked","priority":"high","needs":"human","owner":"main/s-1",)"
      R"("notes":"one\r\ntwo\n","due":"2026-11-22"},"idempotency_key":"k3f9q2"})"));
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_EQ(most->key, "k3f9q2");
  EXPECT_EQ(most->state, "blocked");
  EXPECT_EQ(most->needs, "human");
  EXPECT_EQ(most->owner, "main/s-1");
  EXPECT_EQ(most->notes, "one\ntwo");
  EXPECT_EQ(most->due, "2026-11-22");
}

TEST(Requests, AreRefusedWithPlaceWantedAndFound) {
  const auto create = [](const json::value& request) { return read_new_task(request).error(); };
  const auto update = [](const json::value& request) { return read_change(request).error(); };
  const auto list = [](const json::value& request) { return read_states(request).error(); };
  const struct {
    const char* name;
    Error (*read)(const json::value&);
    const char* request;
    const char* says;
  } cases[] = {
      {"no task", create, R"({})", "task: wanted an object"},
      {"blank title", create, R"({"task":{"title":" \n "}})", "task.title: wanted a title"},
      {"unknown state", create, R"({"task":{"title":"t","state":"later"}})", "found \"later\""},
      {"priority is a number", create, R"({"task":{"title":"t","priority":1}})", "found 1"},
      {"needs somebody", create, R"({"task":{"title":"t","needs":"ada"}})", "task.needs"},
      {"key with a blank", create, R"({"task":{"title":"t"},"idempotency_key":"a b"})",
       "idempotency_key"},
      {"key like an option", create, R"({"task":{"title":"t"},"idempotency_key":"-h"})",
       "idempotency_key"},
      {"unknown member", update, R"({"set":{"color":"red"}})", "found \"color\""},
      {"set is a list", update, R"({"set":[]})", "set: wanted an object"},
      {"note is a number", update, R"({"note":1})", "note: wanted text"},
      {"empty title", update, R"({"set":{"title":""}})", "set.title"},
      {"states is text", list, R"({"states":"queue"})", "states: wanted a list"},
      {"unknown state in a list", list, R"({"states":["open"]})", "found \"open\""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Error error = c.read(*parse_json(c.request));
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_NE(error.message.find(c.says), std::string::npos) << error.message;
  }
}

TEST(Notes, AreCleanedAndComparedLineByLine) {
  EXPECT_EQ(clean_note("\n a\r\nb\rc\x1b[31m\x7f\n\n"), " a\nb\nc[31m");
  EXPECT_EQ(clean_note("x\xff"), "x\xEF\xBF\xBD");
  EXPECT_TRUE(ends_in_note("a\nb", "b"));
  EXPECT_TRUE(ends_in_note("b", "b"));
  EXPECT_TRUE(ends_in_note("a\nb\nc", "b\nc"));
  EXPECT_FALSE(ends_in_note("ab", "b")) << "half a line is no note";
  EXPECT_FALSE(ends_in_note("", "b"));
}

TEST(ReadNote, IsAChangeOfNothingButTheNotes) {
  const auto change = read_note(*parse_json(R"({"id":"k3f9q2","text":"one\r\ntwo\n"})"));
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_EQ(change->note, "one\ntwo");
  EXPECT_FALSE(change->state || change->priority || change->needs || change->title ||
               change->owner);
  const auto refused = read_note(*parse_json(R"({"id":"k3f9q2"})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

TEST(Replies, AreTheDocumentsOfTheDoor) {
  EXPECT_EQ(task_reply({{"id", "a"}}), *parse_json(R"({"task":{"id":"a"}})"));
  EXPECT_EQ(create_reply({{"id", "a"}}, false),
            *parse_json(R"({"task":{"id":"a"},"created":false})"));
}

TEST(Fnv1a, IsTheKnownHash) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ull);
  EXPECT_NE(fnv1a("foobar", 1), fnv1a("foobar"));
}

TEST(RandomId, IsSixSignsAndDiffers) {
  const auto id = random_id();
  EXPECT_EQ(id.size(), 6u);
  EXPECT_NE(id, random_id());
}

}  // namespace
}  // namespace chela::task_requests
