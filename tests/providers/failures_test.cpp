// Each failure that a service documents: its reason, and what the router does about it.
#include "scene.h"

namespace chela::stand_in {
namespace {

void expect_rest(const std::vector<Rest>& rests, const Failing& row, bool has_key) {
  if (row.then == Then::stops || row.then == Then::next) {
    EXPECT_TRUE(rests.empty()) << rests.front().provider << " " << rests.front().model << " rests";
    return;
  }
  ASSERT_EQ(rests.size(), 1u);
  const Rest& rest = rests.front();
  EXPECT_EQ(rest.provider, "one");
  EXPECT_EQ(rest.key, has_key && row.then != Then::rests_provider ? "env:KEY" : "");
  EXPECT_EQ(rest.model, row.then == Then::rests_model ? row.model : "");
  EXPECT_GE(rest.time, std::chrono::seconds(row.wait_s));
  EXPECT_GT(rest.time, Duration(0));
}

void play_row(Stage& stage, const Service& service, const Failing& row) {
  SCOPED_TRACE(row.model);
  stage.forget_rests();
  const std::string second = "two/" + service.manner.model;
  const auto answer = stage.say({"one/" + row.model, second}, scene("plain"));
  const auto tries = stage.last_tries();
  ASSERT_FALSE(tries.empty());
  stage.transcript += row.model + " " + tries.front().reason + "\n";
  EXPECT_EQ(tries.front().reason, models::to_string(row.reason));
  if (row.then == Then::stops) {
    EXPECT_FALSE(answer);
    EXPECT_EQ(tries.size(), 1u);
  } else {
    expect_line(answer, line_of("plain"), service);
    EXPECT_EQ(answer ? answer->ref : "", second);
  }
  expect_rest(stage.rests(), row, service.manner.needs_key);
}

TEST(Failures, HaveTheReasonOfTheirRowAndWhatFollows) {
  for (const auto& service : services()) {
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    std::vector<std::string> transcripts;
    for (const Place place : kPlaces) {
      SCOPED_TRACE(to_string(place));
      Stage stage(place);
      stage.add("one", loopback);
      stage.add("two", loopback);
      for (const auto& row : service.failing) play_row(stage, service, row);
      EXPECT_EQ(stage.faults(), std::vector<std::string>());
      transcripts.push_back(stage.transcript);
    }
    EXPECT_EQ(transcripts[0], transcripts[1]);
    EXPECT_EQ(loopback.stand_in->refused(), std::vector<std::string>());
  }
}

TEST(Failures, AModelThatIsNotThereIsNamedAsSuch) {
  for (const auto& service : services()) {
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    Stage stage(Place::host);
    stage.add("one", loopback);
    const auto answer = stage.say({"one/no-such-model"}, scene("plain"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::not_found) << answer.error().message;
    EXPECT_EQ(loopback.stand_in->refused().size(), 1u);
  }
}

TEST(Failures, AWrongKeyMakesRoomForTheNextOne) {
  for (const auto& service : services()) {
    if (!service.manner.needs_key) continue;
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    Stage stage(Place::host);
    stage.add("one", loopback, {"env:WRONG", "env:KEY"});
    const auto answer = stage.say({"one/" + service.manner.model}, scene("plain"));
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->tries.size(), 2u);
    EXPECT_EQ(answer->tries[0].reason, "unauthenticated");
    EXPECT_EQ(answer->tries[0].key, "env:WRONG");
    EXPECT_EQ(loopback.stand_in->refused().size(), 1u);
  }
}

}  // namespace
}  // namespace chela::stand_in
