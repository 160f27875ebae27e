// A durable write under strace and under kill -9: two fsyncs, every step checked, old or new at any
// moment.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/durable_file.h"
#include "host/base/durable_file_fixture.h"

namespace chela::base {
namespace {

using namespace std::chrono_literals;

using DurableFileCrash = DurableFile;

// Runs the writer under strace; what strace saw, and how the writer ended.
struct Traced {
  int status = -1;
  std::string log;
};
Traced traced(const std::string& folder, const std::string& path, List options, const char* size) {
  const std::string log = folder + ".strace";
  List argv{"strace", "-f", "-qq", "-o", log};
  argv.insert(argv.end(), options.begin(), options.end());
  const std::string writer = std::string(CHELA_BINARY_DIR) + "/tests/base_durable_file_writer";
  argv.insert(argv.end(), {writer, path, size, "1"});
  std::vector<char*> pointers;
  for (auto& text : argv) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setenv("ASAN_OPTIONS", "detect_leaks=0",
             1);  // the leak checker cannot trace a traced process
    static_cast<void>(!::freopen("/dev/null", "w", stderr));
    ::execvp("strace", pointers.data());
    ::_exit(127);
  }
  Traced result;
  ::waitpid(pid, &result.status, 0);
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  result.log = text.str();
  fs::remove(log);
  return result;
}

bool can_trace(const std::string& folder) {
  const auto probe = traced(folder, folder + "/probe", {"-e", "trace=fsync"}, "1");
  fs::remove(folder + "/probe");
  return WIFEXITED(probe.status) && WEXITSTATUS(probe.status) == 0;
}

TEST_F(DurableFileCrash, SyncsExactlyTwice) {
  if (!can_trace(folder_)) GTEST_SKIP() << "strace cannot run here";
  const auto run =
      traced(folder_, path_, {"-e", "trace=fsync,fdatasync,sync,syncfs,msync"}, "100000");
  EXPECT_EQ(std::count(run.log.begin(), run.log.end(), '\n'), 2) << run.log;
  EXPECT_EQ(get(path_), std::string(100'000, 'a'));
}

TEST_F(DurableFileCrash, ChecksEveryStepAndCleansUp) {
  if (!can_trace(folder_)) GTEST_SKIP() << "strace cannot run here";
  const struct {
    const char* name;
    const char* inject;
    bool in_place;
  } cases[] = {
      {"write fails", "inject=write:error=EIO:when=1", false},
      {"fsync of the file fails", "inject=fsync:error=EIO:when=1", false},
      {"disk full is told by fsync", "inject=fsync:error=ENOSPC:when=1", false},
      {"fchmod fails", "inject=fchmod:error=EIO:when=1", false},
      {"rename fails", "inject=rename:error=EIO:when=1", false},
      {"fsync of the folder fails", "inject=fsync:error=EIO:when=2", true},
      {"fsync of the folder is interrupted", "inject=fsync:error=EINTR:when=2", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    put(path_, "old");
    const auto run = traced(folder_, path_, {"-e", c.inject}, "5000");
    const bool fails = std::string(c.name).find("interrupted") == std::string::npos;
    EXPECT_EQ(WEXITSTATUS(run.status), fails ? 1 : 0) << run.log.substr(0, 2000);
    EXPECT_EQ(get(path_), c.in_place ? std::string(5000, 'a') : "old");
    EXPECT_EQ(names(), List{"state.json"});
  }
}

// close is called many times before ours: find the one that ends the temporary's descriptor, then
// refuse it.
TEST_F(DurableFileCrash, ChecksTheResultOfClose) {
  if (!can_trace(folder_)) GTEST_SKIP() << "strace cannot run here";
  put(path_, "old");
  const auto plain = traced(folder_, path_, {"-y", "-e", "trace=close"}, "5000");
  std::istringstream lines(plain.log);
  int ours = 0, count = 0;
  for (std::string line; std::getline(lines, line);) {
    ++count;
    if (line.find(kTemporaryPrefix) != std::string::npos) ours = count;
  }
  ASSERT_GT(ours, 0) << plain.log;
  put(path_, "old");
  const auto run =
      traced(folder_, path_, {"-e", "inject=close:error=EIO:when=" + std::to_string(ours)}, "5000");
  EXPECT_EQ(WEXITSTATUS(run.status), 1) << run.log.substr(0, 2000);
  EXPECT_EQ(get(path_), "old");
  EXPECT_EQ(names(), List{"state.json"});
}

TEST_F(DurableFileCrash, IsOldOrNewWhereverItIsKilled) {
  if (!can_trace(folder_)) GTEST_SKIP() << "strace cannot run here";
  for (const char* at :
       {"fchmod:signal=KILL:when=1", "fsync:signal=KILL:when=1", "rename:signal=KILL:when=1",
        "fsync:signal=KILL:when=2", "write:signal=KILL:when=1"}) {
    SCOPED_TRACE(at);
    put(path_, "old");
    const auto run = traced(folder_, path_, {"-e", std::string("inject=") + at}, "5000");
    EXPECT_TRUE(WIFSIGNALED(run.status) && WTERMSIG(run.status) == SIGKILL) << run.status;
    const std::string now_there = get(path_);
    EXPECT_TRUE(now_there == "old" || now_there == std::string(5000, 'a')) << now_there.size();
    const auto swept = sweep_temporaries(folder_, now() + 2min);
    ASSERT_TRUE(swept) << swept.error().message;
    EXPECT_EQ(names(), List{"state.json"});
  }
}

TEST_F(DurableFileCrash, IsNeverTornByKillsAtRandomMoments) {
  const std::string writer = std::string(CHELA_BINARY_DIR) + "/tests/base_durable_file_writer";
  put(path_, std::string(200'000, 'a'));
  std::mt19937 random(20261122);
  int left_over = 0;
  for (int round = 0; round < 40; ++round) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execl(writer.c_str(), writer.c_str(), path_.c_str(), "200000", "0", nullptr);
      ::_exit(127);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 25'000));
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer stopped by itself: " << status;
    const std::string text = get(path_);
    ASSERT_EQ(text.size(), 200'000u) << "round " << round;
    ASSERT_EQ(text.find_first_not_of(text[0]), std::string::npos) << "round " << round;
    const auto swept = sweep_temporaries(folder_, now() + 2min);
    ASSERT_TRUE(swept) << swept.error().message;
    left_over += *swept;
    ASSERT_EQ(names(), List{"state.json"});
  }
  EXPECT_GT(left_over, 0) << "no kill hit a write: the delays do not fit this machine";
}

}  // namespace
}  // namespace chela::base
