#include "models/routes.h"

#include <gtest/gtest.h>

namespace chela::models {
namespace {

Routes routes() {
  return {{{"coordinator", {{"a/big", "b/small"}, "role coordinator"}},
           {"heartbeat", {{"b/small"}, "role heartbeat"}},
           {"silent", {{}, "agent without a model"}}},
          {{"opus", "a/big"}}};
}

TEST(Routes, GiveARoleItsChain) {
  EXPECT_EQ(find_chain(routes(), "", "")->refs, (std::vector<std::string>{"a/big", "b/small"}));
  EXPECT_EQ(find_chain(routes(), "heartbeat", "")->refs, (std::vector<std::string>{"b/small"}));
}

TEST(Routes, GiveANamedModelAlone) {
  for (const char* name : {"opus", "Opus", "a/big"})
    EXPECT_EQ(find_chain(routes(), "heartbeat", name)->refs, (std::vector<std::string>{"a/big"}))
        << name;
}

TEST(Routes, SayWhatThereIsInstead) {
  const auto role = find_chain(routes(), "hartbeat", "");
  ASSERT_FALSE(role);
  EXPECT_EQ(
      role.error().message,
      "there is no role 'hartbeat'; did you mean 'heartbeat'? (there are: coordinator, heartbeat)");
  const auto model = find_chain(routes(), "", "opsu");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().message,
            "there is no model 'opsu'; did you mean 'opus'? (there are: opus); a model is written "
            "provider/model");
  EXPECT_FALSE(find_chain(routes(), "silent", ""));
  const auto nothing = find_chain({}, "", "");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::failed_precondition);
}

TEST(Routes, AskNobodyTwice) {
  const auto catalog = Catalog::parse(R"({"date":"d","models":[],"rewrites":{"old/x":"new/x"}})");
  EXPECT_EQ(without_doubles({{"new/x", "old/x", "b/y", "b/y"}, ""}, *catalog).refs,
            (std::vector<std::string>{"new/x", "b/y"}));
}

}  // namespace
}  // namespace chela::models
