#include "app/env_file.h"

#include <gtest/gtest.h>

namespace chela::app {
namespace {

TEST(EnvFile, ReadsWhatDotenvReads) {
  const struct {
    const char* name;
    const char* text;
    std::map<std::string, std::string> values;
  } cases[] = {
      {"plain", "A=b\nC=d e\n", {{"A", "b"}, {"C", "d e"}}},
      {"no line end", "A=b", {{"A", "b"}}},
      {"carriage returns", "A=b\r\n", {{"A", "b"}}},
      {"export and blanks", "  export A = b \n", {{"A", "b"}}},
      {"comments", "# A=b\nB=c # why\nC=d#e\n", {{"B", "c"}, {"C", "d#e"}}},
      {"double quotes", "A=\"b # \\\"c\\\"\\n\"\n", {{"A", "b # \"c\"\n"}}},
      {"single quotes", "A='b\\n$C'\n", {{"A", "b\\n$C"}}},
      {"an equals sign in the value", "A=b=c==\n", {{"A", "b=c=="}}},
      {"the last one counts", "A=1\nA=2\n", {{"A", "2"}}},
      {"no names", "=b\nA-B=c\nwords\n\n", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse_env(c.text), c.values);
  }
}

TEST(EnvFile, IsEmptyWhereThereIsNone) {
  EXPECT_TRUE(read_env_file("/nonexistent/.env").empty());
}

}  // namespace
}  // namespace chela::app
