// Programs and clients of others, installed by scripts/install_npm_peers.sh, and how tests run
// them.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

extern char** environ;

namespace check_testing {

inline std::string peers_folder() {
  const char* named = std::getenv("CHELA_PEERS");
  return named != nullptr ? named : CHELA_PEERS_DIR;
}

// "" where all is there.
inline std::string why_no_peers() {
  if (std::filesystem::exists(peers_folder() + "/installed")) return "";
  return "the npm peers are not installed; run scripts/install_npm_peers.sh";
}

// Skips the test where the peers are missing; fails it where CHELA_NEED_PEERS is set, as in CI.
#define CHELA_WANT_PEERS()                                                            \
  do {                                                                                \
    const std::string why = ::check_testing::why_no_peers();                          \
    if (!why.empty() && std::getenv("CHELA_NEED_PEERS") != nullptr) FAIL() << why;    \
    if (!why.empty()) GTEST_SKIP() << "NOT TESTED AGAINST OTHERS' PROGRAMS: " << why; \
  } while (false)

// What node runs where a program is to end with the test, also where that is killed: it ends when
// its standard input does. The program's file and words follow.
inline constexpr const char* kEndWithTest =
    "process.stdin.resume().on('end', () => process.exit(1)); require(process.argv[1]);";

// A program of node that runs beside the test; killed when this is destroyed.
class NodeProgram {
 public:
  explicit NodeProgram(std::vector<std::string> words) {
    words.insert(words.begin(), "node");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::array<int, 2> ends{}, input{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0 || pipe2(input.data(), O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    if (posix_spawnp(&pid_, "node", &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    close(input[0]);
    output_ = ends[0];
    input_ = input[1];
  }
  ~NodeProgram() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) close(output_);
    if (input_ >= 0) close(input_);
  }
  NodeProgram(const NodeProgram&) = delete;
  NodeProgram& operator=(const NodeProgram&) = delete;

  // Reads what it prints until `text` is among it; false where it ends or a minute passes before.
  bool waits_for(const std::string& text) {
    while (printed_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  // All that it printed and its exit code, when it has ended; -1 where it had to be killed.
  int wait() {
    while (read_more()) {
    }
    int status = 0;
    if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG | WUNTRACED) == 0) waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& printed() const { return printed_; }

  // Whatever it still has to say, so that it never waits for us to read.
  void drain() {
    pollfd ready{output_, POLLIN, 0};
    while (poll(&ready, 1, 0) > 0 && read_more()) printed_.clear();
  }

 private:
  bool read_more() {
    pollfd ready{output_, POLLIN, 0};
    if (poll(&ready, 1, 60'000) <= 0) return false;
    std::array<char, 8192> buffer{};
    const auto count = read(output_, buffer.data(), buffer.size());
    if (count > 0) printed_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  pid_t pid_ = -1;
  int output_ = -1;
  int input_ = -1;  // closed when the test ends, however it ends
  std::string printed_;
};

}  // namespace check_testing
