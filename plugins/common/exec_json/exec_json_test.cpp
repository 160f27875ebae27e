// Running a program: every way to end has its code, and a shell gets back the words that were
// meant.
#include "exec_json.h"

#include <chela/testing/fake_host.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <random>

namespace chela::exec_json {
namespace {

struct Desk {
  testing::FakeHost fake;
  chela_call call{};
  Desk() {
    call.struct_size = sizeof(chela_call);
    call.host = &fake;
    call.cancelled = [](const chela_call* self) {
      return static_cast<std::int32_t>(
          static_cast<const testing::FakeHost*>(self->host)->is_cancelled);
    };
  }
  Host host() const { return Host(&call, nullptr); }
};

TEST(Run, GivesEachEndItsCode) {
  ExecReply slow, killed, cut, remote;
  slow.signal = 9;
  slow.timed_out = true;
  killed.signal = 11;
  cut.exit_code = 0;
  cut.is_truncated = true;
  remote.exit_code = 255;
  remote.err = "ssh: connect to host mac.local\nport 22: \x1b[31mNo route to host\n";
  const struct {
    const char* name;
    std::vector<std::string> words;
    testing::FakeHost::Program program;
    ErrorCode code;
    const char* says;
  } cases[] = {
      {"not installed",
       {"task"},
       {{}, {}, Error{ErrorCode::not_found, "program 'task' is not in /usr/bin"}},
       ErrorCode::failed_precondition,
       "task could not be started: program 'task' is not in /usr/bin"},
      {"not granted",
       {"task"},
       {{}, {}, Error{ErrorCode::permission_denied, "add task to allow.exec"}},
       ErrorCode::permission_denied,
       "allow.exec"},
      {"too slow", {"task"}, {{}, slow, {}}, ErrorCode::deadline_exceeded, "longer than 10s"},
      {"killed", {"task"}, {{}, killed, {}}, ErrorCode::unavailable, "signal 11"},
      {"too much", {"task"}, {{}, cut, {}}, ErrorCode::resource_exhausted, "4194304 bytes"},
      {"no way to the other machine",
       {"ssh", "mac.local", "remindctl"},
       {{}, remote, {}},
       ErrorCode::unavailable,
       "ssh said: ssh: connect to host mac.local port 22: [31mNo route to host"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Desk desk;
    desk.fake.programs.push_back(c.program);
    Command command;
    command.words = c.words;
    const auto answer = run(desk.host(), command, {"export"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, c.code);
    EXPECT_NE(answer.error().message.find(c.says), std::string::npos) << answer.error().message;
  }
}

TEST(Run, StartsNothingOnceTheHostCancelled) {
  Desk desk;
  desk.fake.is_cancelled = true;
  Command command;
  command.words = {"task"};
  const auto answer = run(desk.host(), command, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(desk.fake.exec_requests.empty());
}

TEST(Run, PassesWordsFolderInputAndQuotesOnlyWhatIsAdded) {
  Desk desk;
  ExecReply ok;
  ok.exit_code = 7;
  ok.out = "x";
  desk.fake.programs.push_back({{}, ok, {}});
  Command command;
  command.words = {"ssh", "-o", "BatchMode=yes", "mac.local", "remindctl"};
  command.is_quoted_for_shell = true;
  command.folder = "/ws";
  const auto answer = run(desk.host(), command, {"add", "it's $HOME"}, "in");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->exit_code, 7);
  const auto& request = desk.fake.exec_requests.at(0);
  EXPECT_EQ(get_strings(request, "argv"),
            (std::vector<std::string>{"ssh", "-o", "BatchMode=yes", "mac.local", "remindctl",
                                      "'add'", "'it'\\''s $HOME'"}));
  EXPECT_EQ(get_string(request, "cwd"), "/ws");
  EXPECT_EQ(get_string(request, "stdin"), "in");
}

TEST(ReadJson, NamesTheQuestionAndTheAnswer) {
  const auto good = read_json({0, "[\n\n]\n", ""}, "list");
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->is_array());
  const auto bad = read_json({0, "Usage:\n  remindctl [filter]\n", ""}, "remindctl edit");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::data_loss);
  EXPECT_NE(bad.error().message.find("remindctl edit gave no JSON"), std::string::npos);
  EXPECT_NE(bad.error().message.find("'Usage: remindctl [filter]'"), std::string::npos);
  EXPECT_FALSE(read_json({0, "", ""}, "list")) << "nothing is no document";
  EXPECT_FALSE(read_json({0, "{\"id\":\"a\"", ""}, "info")) << "half a document is none";
}

TEST(Said, IsOneShortLineWithoutControlCharacters) {
  EXPECT_EQ(said({1, "", "\x1b[2JList not\n found: \"X\".\n"}), "[2JList not found: \"X\".");
  EXPECT_EQ(said({1, "on stdout", " \n"}), "on stdout");
  EXPECT_EQ(said({3, "", ""}), "exit code 3");
  const std::string cut = said({1, "", std::string(299, 'a') + "\xC3\xA9\xC3\xA9"});
  EXPECT_EQ(cut, std::string(299, 'a') + "...") << "no character is cut in two";
}

std::string through_shell(const std::string& words) {
  // printf of a POSIX shell; the words come back NUL-separated.
  std::FILE* pipe = ::popen(("printf '%s\\0' " + words).c_str(), "r");
  std::string text;
  char part[4096];
  for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, pipe)) > 0;)
    text.append(part, got);
  EXPECT_EQ(::pclose(pipe), 0);
  return text;
}

TEST(ShellQuoted, ComesBackUnchangedFromARealShell) {
  std::vector<std::string> words = {"",           "it's",       "$HOME",      "`id`",
                                    "$(id)",      "a  b",       "line\nline", "*",
                                    "~",          "\\",         "'\\''",      "\"x\"",
                                    "; rm -rf /", "-h",         "!!",         "Gr\xC3\xBC\xC3\x9F",
                                    "tab\there",  "#no comment"};
  std::mt19937 random(11);
  const std::string signs = "'\"\\$`*?[]{}()<>|&;!~#- \n\tab=%";
  for (int i = 0; i < 200; ++i) {
    std::string word;
    for (unsigned n = static_cast<unsigned>(random() % 12); n > 0; --n)
      word += signs[random() % signs.size()];
    words.push_back(word);
  }
  std::string line, wanted;
  for (const auto& word : words) {
    line += " " + shell_quoted(word);
    wanted += word + '\0';
  }
  EXPECT_EQ(through_shell(line), wanted);
}

TEST(IsRemote, KnowsSshByItsName) {
  EXPECT_TRUE(is_remote({"ssh", "mac.local", "remindctl"}));
  EXPECT_TRUE(is_remote({"/usr/bin/ssh", "mac.local"}));
  EXPECT_FALSE(is_remote({"remindctl"}));
  EXPECT_FALSE(is_remote({"sshd"}));
  EXPECT_FALSE(is_remote({}));
}

}  // namespace
}  // namespace chela::exec_json
