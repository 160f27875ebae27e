// Runs the built `chela` as a person would, in a home and a workspace of its own, and sees what it
// leaves behind.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "chela/json.h"

namespace chela::test {

namespace fs = std::filesystem;

struct Outcome {
  int exit_code = -1;  // 128 + signal where one ended it
  std::string out;
  std::string err;
};

// A process that is still running; killed and reaped at the end of the scope.
struct Running {
  pid_t pid = -1;
  int out_fd = -1;
  int err_fd = -1;
  Running() = default;
  Running(Running&& other) noexcept : pid(other.pid), out_fd(other.out_fd), err_fd(other.err_fd) {
    other.pid = other.out_fd = other.err_fd = -1;
  }
  Running& operator=(Running&&) = delete;
  ~Running() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    if (out_fd >= 0) ::close(out_fd);
    if (err_fd >= 0) ::close(err_fd);
  }
};

inline std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  // Not by iterators: those throw where a process in /proc ends between open and read.
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void spill(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

// One person's machine: a home, a CHELA_HOME and a workspace in a fresh folder that goes with the
// object.
class Desk {
 public:
  Desk() {
    // Beside the build, not in /tmp: plugins in a folder that others may write are refused.
    std::string pattern = std::string(CHELA_BINARY_DIR) + "/tests/desk.XXXXXX";
    fs::create_directories(fs::path(pattern).parent_path());
    root_ = mkdtemp(pattern.data());
    fs::create_directories(home());
    fs::create_directories(chela_home() / "plugins");
    fs::create_directories(workspace());
  }
  ~Desk() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  fs::path root() const { return root_; }
  fs::path home() const { return root_ / "home"; }
  fs::path chela_home() const { return root_ / "chela"; }
  fs::path workspace() const { return root_ / "workspace"; }
  fs::path manifest(const std::string& folder, const std::string& id) const {
    return chela_home() / "manifests" / folder / (id + ".yaml");
  }

  // More of the environment; an empty value removes nothing, it sets an empty one.
  std::map<std::string, std::string> env;

  // Turns the built-in instances off, so that only what a test writes is on.
  void without_builtins() {
    for (const char* id : {"workspace-git", "system", "tasks-watch"}) {
      spill(manifest("checks", id), std::string("id: ") + id + "\nenabled: false\n");
    }
  }

  Running start(std::vector<std::string> words,
                const std::string& program = chela_program()) const {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) std::abort();
    std::map<std::string, std::string> all{{"HOME", home().string()},
                                           {"CHELA_HOME", chela_home().string()},
                                           {"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                           {"TZ", "Europe/Berlin"},
                                           {"LC_ALL", "C.UTF-8"}};
    for (const auto& [name, value] : env) all[name] = value;
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"}) {
      if (const char* value = std::getenv(name)) all.emplace(name, value);
    }
    std::vector<std::string> variables;
    for (const auto& [name, value] : all) variables.push_back(name + "=" + value);
    words.insert(words.begin(), program);
    std::vector<char*> argv, envp;
    for (auto& word : words) argv.push_back(word.data());
    for (auto& variable : variables) envp.push_back(variable.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    Running running;
    running.pid = fork();
    if (running.pid == 0) {
      const int null = ::open("/dev/null", O_RDONLY);
      dup2(null, 0);
      dup2(out[1], 1);
      dup2(err[1], 2);
      // A test may have taken the workspace away.
      if (chdir(workspace().c_str()) != 0 && chdir(root_.c_str()) != 0) _exit(126);
      execve(argv[0], argv.data(), envp.data());
      _exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    running.out_fd = out[0];
    running.err_fd = err[0];
    return running;
  }

  // Reads both outputs to their end and reaps. SIGKILL and a test failure after `timeout`.
  static Outcome finish(Running running, std::chrono::seconds timeout = std::chrono::seconds(120)) {
    Outcome outcome;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    pollfd waits[2] = {{running.out_fd, POLLIN, 0}, {running.err_fd, POLLIN, 0}};
    int open = 2;
    while (open > 0) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) {
        ADD_FAILURE() << "the program did not end within " << timeout.count()
                      << " s; so far: " << outcome.out << outcome.err;
        ::kill(running.pid, SIGKILL);
        break;
      }
      poll(waits, 2, static_cast<int>(left.count()));
      for (auto& wait : waits) {
        if (wait.fd < 0 || wait.revents == 0) continue;
        char bytes[65536];
        const auto got = read(wait.fd, bytes, sizeof bytes);
        if (got > 0) {
          (wait.fd == running.out_fd ? outcome.out : outcome.err)
              .append(bytes, static_cast<std::size_t>(got));
        } else {
          wait.fd = -1;
          --open;
        }
      }
    }
    int status = 0;
    ::waitpid(running.pid, &status, 0);
    running.pid = -1;
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
  }

  // `chela <words> --workspace <workspace>`, to its end.
  Outcome chela(std::vector<std::string> words) const {
    words.insert(words.end(), {"--workspace", workspace().string()});
    return finish(start(std::move(words)));
  }

  // The same with --json, its output parsed; a failure of the test where it is not JSON.
  json::value chela_json(std::vector<std::string> words) const {
    words.emplace_back("--json");
    const Outcome outcome = chela(std::move(words));
    const auto parsed = parse_json(outcome.out);
    EXPECT_TRUE(parsed.has_value()) << outcome.out << outcome.err;
    return parsed ? *parsed : json::value();
  }

  static std::string chela_program() { return std::string(CHELA_BINARY_DIR) + "/bin/chela"; }

 private:
  fs::path root_;
};

// Pids of running chela-worker processes whose parent is `parent`, or of all where it is 0 or gone
// (zombies left out).
inline std::vector<pid_t> workers_of(pid_t parent = 0) {
  std::vector<pid_t> pids;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = slurp(entry.path() / "stat");
    const auto open = stat.find('('), close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || stat.size() < close + 4)
      continue;
    if (stat.substr(open + 1, close - open - 1) != "chela-worker" || stat[close + 2] == 'Z')
      continue;
    const pid_t ppid = static_cast<pid_t>(std::atoi(stat.c_str() + close + 4));
    if (parent == 0 || ppid == parent) pids.push_back(static_cast<pid_t>(std::atoi(name.c_str())));
  }
  return pids;
}

}  // namespace chela::test
