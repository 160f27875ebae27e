// The note: read without running anything, and whatever a file holds instead is a message.
#include "plugin/note.h"

#include <gtest/gtest.h>

#include <random>

#include "scratch.h"

namespace chela::plugin {
namespace {

constexpr std::string_view kNote =
    R"({"schema":"chela.plugin/1","id":"check.x","version":"1.2","kinds":["chela.check/1"],
  "abi":{"major":1,"minor_built":0,"minor_needed":0}})";

TEST(Note, IsReadFromARealPlugin) {
  const auto metadata = read_metadata(kRealPlugin);
  ASSERT_TRUE(metadata.has_value()) << metadata.error().message;
  EXPECT_EQ(metadata->id, "check.system");
  EXPECT_EQ(metadata->kind(), "chela.check/1");
  EXPECT_EQ(metadata->kind_name(), "check");
  EXPECT_TRUE(metadata->config_schema.is_object());
}

TEST(Note, SaysWhatIsWrongWithAFile) {
  const Scratch scratch;
  const std::string real = real_bytes();
  std::string without = real;
  for (auto at = without.find("chela\0\0\0{"); at != std::string::npos; at = std::string::npos)
    without[at] = 'x';
  for (auto at = without.find(std::string("chela\0\0\0", 8)); at != std::string::npos;
       at = without.find(std::string("chela\0\0\0", 8))) {
    without[at] = 'x';
  }
  const struct {
    const char* name;
    std::string bytes;
    const char* words;
  } cases[] = {
      {"empty", "", "too short"},
      {"text", "hello, I am a plugin" + std::string(100, '.'), "not an ELF library"},
      {"head only", real.substr(0, 64), "truncated"},
      {"half", real.substr(0, real.size() / 2), "truncated"},
      {"other machine", real.substr(0, 18) + "\x28" + real.substr(19),
       "no shared library for this machine"},
      {"no note", without, "no 'chela' note"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto metadata = read_metadata(scratch.write("check.x.so", c.bytes));
    ASSERT_FALSE(metadata.has_value());
    EXPECT_NE(metadata.error().message.find(c.words), std::string::npos)
        << metadata.error().message;
    EXPECT_NE(metadata.error().message.find("check.x.so"), std::string::npos);
  }
}

TEST(Note, SurvivesFlippedBytes) {
  const Scratch scratch;
  const std::string real = real_bytes();
  std::mt19937 random(3);
  int read = 0;
  for (int round = 0; round < 400; ++round) {
    std::string bytes = real.substr(0, 64 * 1024);
    for (int flips = 0; flips < 8; ++flips) bytes[random() % 1200] = static_cast<char>(random());
    const auto metadata = read_metadata(scratch.write("check.x.so", bytes));
    if (metadata) ++read;
  }
  EXPECT_EQ(read, 0);  // the head alone is a truncated library
}

TEST(Note, ChecksTheAbiAndTheIdentity) {
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string text(kNote);
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const struct {
    const char* name;
    std::string text;
    const char* words;
  } cases[] = {
      {"no JSON", "{", "not valid JSON"},
      {"no abi", R"({"id":"check.x"})", "'abi'"},
      {"other major", changed("\"major\":1", "\"major\":2"), "rebuild it"},
      {"newer minor", changed("\"minor_needed\":0", "\"minor_needed\":9"), "needs chela ABI 1.9"},
      {"minor is a text", changed("\"minor_needed\":0", "\"minor_needed\":\"9\""),
       "abi.minor_needed"},
      {"no id", changed("check.x", ""), "'id'"},
      {"id with a path", changed("check.x", "check.x/../y"), "'id'"},
      {"no version", changed("1.2", ""), "'version'"},
      {"no kind", changed("[\"chela.check/1\"]", "[]"), "no kind"},
  };
  ASSERT_TRUE(parse_metadata(kNote).has_value());
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto metadata = parse_metadata(c.text);
    ASSERT_FALSE(metadata.has_value());
    EXPECT_NE(metadata.error().message.find(c.words), std::string::npos)
        << metadata.error().message;
  }
}

}  // namespace
}  // namespace chela::plugin
