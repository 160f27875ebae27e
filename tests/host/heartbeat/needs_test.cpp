// Who waits for whom, and which needs cannot be.
#include "heartbeat/needs.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using tasks::CheckRow;
using tasks::CheckStatus;

CheckRow row(CheckStatus status, int failures = 0) {
  CheckRow row;
  row.last_attempt = Timestamp(std::chrono::hours(1));
  row.last_status = status;
  row.consecutive_failures = failures;
  return row;
}

TEST(Needs, TableOfWhoWaits) {
  const std::vector<Needer> checks{
      {"net", {}}, {"vpn", {"net"}}, {"mail", {"vpn"}}, {"disk", {}}, {"both", {"disk", "net"}}};
  const struct {
    const char* name;
    RowsByCheck rows;
    std::string waiting;
  } cases[] = {
      {"all well", {{"net", row(CheckStatus::ok)}, {"vpn", row(CheckStatus::ok)}}, ""},
      {"nothing ran yet", {}, ""},
      {"the root is down", {{"net", row(CheckStatus::crit)}}, "both<net mail<net vpn<net "},
      {"one in the middle", {{"vpn", row(CheckStatus::crit)}}, "mail<vpn "},
      {"a warning holds nobody up", {{"net", row(CheckStatus::warn)}}, ""},
      {"nobody knows how it is", {{"net", row(CheckStatus::unknown, 3)}}, ""},
      {"it was down, and now cannot be checked", {{"net", row(CheckStatus::crit, 1)}}, ""},
      {"a check nobody needs", {{"mail", row(CheckStatus::crit)}}, ""},
      {"two of them: the first as written",
       {{"net", row(CheckStatus::crit)}, {"disk", row(CheckStatus::crit)}},
       "both<disk mail<net vpn<net "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string shown;
    for (const auto& [id, down] : find_waiting(checks, c.rows)) shown += id + "<" + down + " ";
    EXPECT_EQ(shown, c.waiting);
  }
  EXPECT_EQ(needers_of(checks, "net"), (std::vector<std::string>{"vpn", "mail", "both"}));
  EXPECT_TRUE(needers_of(checks, "mail").empty());
}

TEST(Needs, TableOfWhatCannotBe) {
  const struct {
    const char* name;
    std::vector<Needer> checks;
    std::string problems;
  } cases[] = {
      {"fine", {{"net", {}}, {"mail", {"net"}}}, ""},
      {"a slip of the pen",
       {{"net", {}}, {"mail", {"nett"}}},
       "mail: needs: no check 'nett' is enabled; did you mean 'net'?\n"},
      {"itself", {{"a", {"a"}}}, "a: needs: it needs itself, directly or through others\n"},
      {"a circle",
       {{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}},
       "b: needs: it needs itself, directly or through others\n"
       "c: needs: it needs itself, directly or through others\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string shown;
    for (const auto& problem : check_needs(c.checks))
      shown += problem.id + ": " + problem.message + "\n";
    EXPECT_EQ(shown, c.problems);
    (void)find_waiting(c.checks, {{"b", row(CheckStatus::ok)}});  // circles end
  }
}

}  // namespace
}  // namespace chela::heartbeat
