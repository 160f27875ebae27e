#include <gtest/gtest.h>

#include "services/exec.h"

namespace chela::services {
namespace {

TEST(ExecRequest, ReadsTheDocument) {
  const auto request = parse_exec_request(
      R"({"argv":["git","status"],"cwd":"/ws","env":{"LC_ALL":"C"},"stdin":"in","timeout_ms":500,"max_output_bytes":10})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->argv, (std::vector<std::string>{"git", "status"}));
  EXPECT_EQ(request->cwd, "/ws");
  ASSERT_EQ(request->env.size(), 1u);
  EXPECT_EQ(request->env[0].second, "C");
  EXPECT_EQ(request->input, "in");
  EXPECT_EQ(request->timeout, Duration(500));
  EXPECT_EQ(request->max_output_bytes, 10u);
  const auto least = parse_exec_request(R"({"argv":["true"]})");
  ASSERT_TRUE(least);
  EXPECT_EQ(least->timeout, Duration(10'000));
  EXPECT_EQ(least->max_output_bytes, default_output_bytes);
}

TEST(ExecRequest, RefusesWhatItCannotMean) {
  const struct {
    const char* name;
    const char* document;
    const char* says;
  } cases[] = {
      {"no JSON", "x", "not valid JSON"},
      {"no argv", "{}", "argv"},
      {"empty argv", R"({"argv":[]})", "argv"},
      {"number in argv", R"({"argv":["git",1]})", "argv"},
      {"NUL in argv", R"({"argv":["git","a\u0000b"]})", "NUL"},
      {"env list", R"({"argv":["git"],"env":["A=b"]})", "env"},
      {"negative time", R"({"argv":["git"],"timeout_ms":-1})", "timeout_ms"},
      {"text as time", R"({"argv":["git"],"timeout_ms":"10s"})", "timeout_ms"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto request = parse_exec_request(c.document);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(request.error().message.find(c.says), std::string::npos) << request.error().message;
  }
}

TEST(ExecInfo, SaysHowItEnded) {
  const struct {
    const char* name;
    ExecOutcome outcome;
    const char* info;
  } cases[] = {
      {"ok", {0, 0, false, false, "", ""}, R"({"exit_code":0})"},
      {"failed", {3, 0, false, true, "", ""}, R"({"exit_code":3,"truncated":true})"},
      {"killed", {-1, 9, true, false, "", ""}, R"({"signal":9,"timed_out":true})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(exec_info(c.outcome), c.info);
  }
}

TEST(ExecEnvironment, RefusesVariablesThatRunForeignCode) {
  for (const char* name : {"LD_PRELOAD", "LD_LIBRARY_PATH", "GCONV_PATH", "BASH_ENV", "ENV", "PATH",
                           "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "PYTHONPATH", "PERL5OPT",
                           "BASH_FUNC_x%%", "IFS", "GLIBC_TUNABLES", "", "A=B"}) {
    EXPECT_TRUE(is_refused_variable(name)) << name;
  }
  for (const char* name : {"LC_ALL", "HOME", "GIT_DIR", "GIT_CONFIG_COUNT",
                           "GIT_CEILING_DIRECTORIES", "TZ", "NO_COLOR"}) {
    EXPECT_FALSE(is_refused_variable(name)) << name;
  }
}

}  // namespace
}  // namespace chela::services
