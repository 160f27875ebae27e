// Two runs of a selftest: what differs from run to run is taken out, what differs in earnest is
// told.
#include "tasks/transcript.h"

#include <gtest/gtest.h>

namespace chela::tasks {
namespace {

TEST(Transcript, TakesOutWhatDiffersFromRunToRun) {
  const struct {
    const char* name;
    const char* text;
    const char* normal;
  } cases[] = {
      {"nothing", "plain text", "plain text"},
      {"a UUID", "\"id\" : \"4A83D1C2-0000-4abc-8def-0123456789AB\"", "\"id\" : \"<uuid>\""},
      {"not quite a UUID", "4A83D1C2-0000-4abc-8def-01234567", "4A83D1C2-0000-4abc-8def-01234567"},
      {"a point in time", "at 2023-11-14T22:13:20Z.", "at <time>."},
      {"Taskwarrior's", "\"entry\":\"20231114T221320Z\"", "\"entry\":\"<time>\""},
      {"a date alone stays", "2023-11-14", "2023-11-14"},
      {"our own id and title", "chela:k3f9q2 My title k3f9q", "chela:<own> <own> k3f9q"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(normalized(c.text, {"k3f9q2", "My title", ""}), c.normal);
  }
}

TranscriptStep step(std::string name, std::string out, int exit_code = 0) {
  TranscriptStep one;
  one.name = std::move(name);
  one.is_good = true;
  one.calls = {{{"remindctl", "list"}, "", exit_code, std::move(out), "", ""}};
  return one;
}

TEST(Transcript, TellsWhereTwoRunsDiffer) {
  const std::vector<TranscriptStep> ours{step("list", "[\n\n]\n"), step("remove", "")};
  EXPECT_TRUE(differences(ours, ours).empty());
  EXPECT_EQ(differences(ours, {step("list", "[\n]\n"), step("remove", "", 1)}),
            (std::vector<std::string>{"list call 1 stdout line 2: nothing, there ']'",
                                      "list call 1 stdout line 3: ']', there nothing",
                                      "remove call 1 exit code: '0', there '1'"}));
  EXPECT_EQ(differences(ours, {step("list", "[\n\n]")}),
            (std::vector<std::string>{"list call 1 stdout (its end): '[  ] ', there '[  ]'",
                                      "remove: that step is not there"}));
  auto more = ours;
  more[1].calls.clear();
  EXPECT_EQ(differences(ours, more),
            (std::vector<std::string>{"remove: number of programs run: '1', there '0'"}));
}

TEST(Transcript, IsReadBackAsItWasWritten) {
  const std::vector<TranscriptStep> steps{step("list", "[\n\n]\n"), step("remove", "x", 1)};
  const auto read = transcript_from(*parse_json(json::serialize(to_json("reminders", steps))));
  ASSERT_TRUE(read);
  EXPECT_TRUE(differences(steps, *read).empty());
  EXPECT_TRUE(read->at(0).is_good);
  for (const char* other : {"{}", "[]", "{\"format\":2,\"steps\":[]}", "{\"format\":1}"})
    EXPECT_FALSE(transcript_from(*parse_json(other))) << other;
}

}  // namespace
}  // namespace chela::tasks
