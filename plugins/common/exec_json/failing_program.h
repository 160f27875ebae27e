// For the tests of plugins that run a program: each way in which it can fail has its code and says
// what happened.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chela/testing/fixtures.h"

namespace chela::exec_json {

struct FailureCase {
  const char* name;
  json::object config;  // beside what every case has
  testing::FakeHost::Program program;
  ErrorCode code;
  const char* says;  // must be in the message
};

// Opens the plugin anew for each case, with `config` and its own, and lists.
inline void expect_failures(const char* file, const char* folder, const json::object& config,
                            const std::vector<FailureCase>& cases) {
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    testing::FakeHost host;
    host.programs = {c.program};
    json::object whole = config;
    for (const auto& [name, value] : c.config) whole[name] = value;
    auto plugin = testing::OpenedPlugin::open(file, folder, host, std::move(whole));
    ASSERT_TRUE(plugin) << plugin.error().message;
    const auto reply = (*plugin)->call("list", json::object());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, c.code) << reply.error().message;
    EXPECT_NE(reply.error().message.find(c.says), std::string::npos) << reply.error().message;
  }
}

}  // namespace chela::exec_json
