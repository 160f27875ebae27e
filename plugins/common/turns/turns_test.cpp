// Whose turn it is: by shares of time, over runs.
#include "turns.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace turns {
namespace {

using std::chrono::seconds;

// A run in which each of `silent` takes all the time that it gets; "0:10! 1:3 2:3": who, how many
// seconds, ! where silence is a verdict.
std::string run(Turns& turns, const std::set<std::size_t>& silent) {
  std::string text;
  chela::Duration spent{0};
  while (const auto turn = turns.next(spent)) {
    text += (text.empty() ? "" : " ") + std::to_string(turn->index) + ":" +
            std::to_string(turn->timeout / seconds(1)) + (turn->is_whole ? "!" : "");
    const bool is_silent = silent.contains(turn->index);
    if (is_silent) spent += turn->timeout;
    turns.ended(*turn, is_silent);
  }
  return text;
}

TEST(Turns, GiveTheFirstItsTimeAndTheOthersTheirShare) {
  Turns turns(4, {}, seconds(10), seconds(25));
  EXPECT_EQ(run(turns, {}), "0:10! 1:8 2:10! 3:10!") << "what one leaves over is the others'";
  EXPECT_TRUE(turns.have_all_verdicts());
  const Place after = turns.after(false);
  EXPECT_EQ(after.first, 0u);
  EXPECT_EQ(after.next, 0u);
}

TEST(Turns, AskAgainWhomTheyCutShortAndBeginTheNextRunWithWhoIsLeft) {
  Turns turns(4, {}, seconds(10), seconds(25));
  EXPECT_EQ(run(turns, {0, 1, 2}), "0:10! 1:5 2:3 3:2 1:6") << "who comes again has a share";
  EXPECT_EQ(turns.judged(), 2u);
  const Place after = turns.after(false);
  EXPECT_EQ(after.first, 1u);
  Turns second(4, after, seconds(10), seconds(25));
  EXPECT_EQ(run(second, {0, 1, 2}).substr(0, 5), "1:10!");
  EXPECT_EQ(second.after(false).first, 2u);
}

TEST(Turns, CoverAllInTwoRunsWhereNobodyAnswers) {
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < 30; ++i) all.insert(i);
  Turns first(30, {}, seconds(10), seconds(25));
  run(first, all);
  const Place after = first.after(true);
  EXPECT_GT(after.next, 0u);
  EXPECT_LT(after.silent, 30u);
  Turns second(30, after, seconds(10), seconds(25));
  run(second, all);
  EXPECT_EQ(second.after(true).silent, 30u);
  EXPECT_EQ(second.after(false).silent, 0u) << "somebody answered";
}

TEST(Turns, GiveASingleOneAllItsTime) {
  Turns turns(1, {}, seconds(60), seconds(25));
  EXPECT_EQ(run(turns, {0}), "0:25!");
}

TEST(Place, IsReadBackAndBroughtWithinWhatIsThere) {
  json::object cursor;
  write_place(cursor, {2, 3, 4});
  const Place same = read_place(cursor, 5);
  EXPECT_EQ(same.first, 2u);
  EXPECT_EQ(same.next, 3u);
  EXPECT_EQ(same.silent, 4u);
  const Place fewer = read_place(cursor, 2);
  EXPECT_EQ(fewer.first, 0u);
  EXPECT_EQ(fewer.next, 1u);
  EXPECT_EQ(fewer.silent, 2u);
  const Place none = read_place(chela::parse_json(R"({"first":-7,"next":"x"})").value(), 2);
  EXPECT_EQ(none.first, 0u);
  EXPECT_EQ(none.next, 0u);
}

}  // namespace
}  // namespace turns
