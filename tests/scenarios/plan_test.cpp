// The story of somebody who asks whether the schedule can be kept.
#include "scenarios/story.h"

namespace chela::test {
namespace {

TEST(Plan, SaysWhatEachCheckGetsAndWarnsWithNumbers) {
  Desk desk;
  desk.without_builtins();
  add_flicker(desk, "lamps", "conditions: 0");
  const auto fine = desk.chela({"heartbeat", "plan"});
  EXPECT_EQ(fine.exit_code, 0) << fine.err;
  EXPECT_NE(fine.out.find("the schedule can be kept"), std::string::npos) << fine.out;
  EXPECT_NE(fine.out.find("lamps  1h     1h"), std::string::npos) << fine.out;
  const auto late = desk.chela({"heartbeat", "plan", "--tick", "4h"});
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_NE(late.out.find("load 4.00 from "), std::string::npos) << late.out;
  EXPECT_NE(late.out.find("lamps gets 25 % of its runs"), std::string::npos) << late.out;
  for (const auto& outcome : {fine, late}) {
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("load ")) continue;
      EXPECT_LE(line.size(), 80u) << line;
    }
  }
  const auto planned = desk.chela_json({"heartbeat", "plan"});
  EXPECT_TRUE(get_bool(planned, "can_be_kept"));
  EXPECT_EQ(planned.at("load_by_hour").as_array().size(), 24u);
}

TEST(Plan, SimulatesTheRunbookAndRefusesWhatItCannot) {
  Desk desk;
  const auto table = desk.chela({"heartbeat", "simulate", "--runbook", "--table"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_EQ(count(table.out, "\n"), 11u) << table.out;
  EXPECT_NE(table.out.find("5m as chela does it"), std::string::npos);
  const auto once = desk.chela({"heartbeat", "simulate", "--runbook", "--days", "3", "--json"});
  EXPECT_EQ(get_int(*parse_json(once.out), "days"), 3);
  EXPECT_EQ(desk.chela({"heartbeat", "simulate", "--table", "--tick", "1h"}).exit_code, 2);
  EXPECT_EQ(desk.chela({"heartbeat", "plan", "--tick", "soon"}).exit_code, 2);
  EXPECT_EQ(desk.chela({"heartbeat", "simulate", "--days", "0"}).exit_code, 2);
  EXPECT_EQ(desk.chela({"heartbeat", "plan", "--policy", "overdu"}).exit_code, 2);
}

}  // namespace
}  // namespace chela::test
