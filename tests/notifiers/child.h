// A program of a test's own: started, its first line read, ended with the scope.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace chela::test {

class Child {
 public:
  // `argv[0]` is an absolute path; `env` has "NAME=value" beside PATH.
  explicit Child(const std::vector<std::string>& argv, const std::vector<std::string>& env = {}) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 1);
      std::vector<char*> words, variables;
      for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
      static const std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
      variables.push_back(const_cast<char*>(path.c_str()));
      for (const auto& one : env) variables.push_back(const_cast<char*>(one.c_str()));
      words.push_back(nullptr);
      variables.push_back(nullptr);
      ::execve(words[0], words.data(), variables.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait();
    if (out_ >= 0) ::close(out_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Without its end; "" where the program has ended before.
  std::string read_line() {
    std::string line;
    for (char c = 0; ::read(out_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  std::string read_all() {
    std::string text;
    char piece[4096];
    for (ssize_t size; (size = ::read(out_, piece, sizeof piece)) > 0;)
      text.append(piece, static_cast<std::size_t>(size));
    return text;
  }
  int wait() {
    int status = 0;
    if (pid_ > 0) ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

}  // namespace chela::test
