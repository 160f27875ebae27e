// Both ends of ssh for tests, without its cryptography: what becomes of the words is the same.
//
//   ssh [-p PORT] [-i FILE] [-o SETTING] [-F FILE] [-T] [USER@]HOST WORD...
//                       joins the words with blanks, sends them over one connection, prints what
//                       comes back and ends as the other side did; 255 for its own trouble
//   sshd [COMMAND]      prints "port N", then runs what each connection sends by `sh -c`; with a
//                       COMMAND it runs that one, and what was sent is in SSH_ORIGINAL_COMMAND
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kOwnTrouble = 255;

std::string read_all(int fd) {
  std::string text;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(fd, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(got));
  return text;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

sockaddr_in loopback(int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

int run_ssh(const std::vector<std::string>& words) {
  int port = 22;
  std::size_t at = 0;
  for (; at < words.size() && words[at].starts_with('-'); ++at) {
    if (words[at] == "-T") continue;
    if (at + 1 == words.size()) return kOwnTrouble;
    if (words[at] == "-p") port = std::atoi(words[at + 1].c_str());
    ++at;
  }
  if (at >= words.size()) return kOwnTrouble;
  const std::string host = words[at].substr(words[at].find('@') + 1);
  std::string command;
  for (std::size_t i = at + 1; i < words.size(); ++i)
    command += (command.empty() ? "" : " ") + words[i];

  sockaddr_in address = loopback(port);
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::fprintf(stderr, "ssh: connect to host %s port %d: %s\r\n", host.c_str(), port,
                 std::strerror(errno));
    return kOwnTrouble;
  }
  write_all(fd, command);
  ::shutdown(fd, SHUT_WR);
  const std::string reply = read_all(fd);
  int exit_code = kOwnTrouble, out_size = 0, head_size = 0;
  if (std::sscanf(reply.c_str(), "%d %d\n%n", &exit_code, &out_size, &head_size) != 2)
    return kOwnTrouble;
  const auto out = static_cast<std::size_t>(head_size),
             err = out + static_cast<std::size_t>(out_size);
  write_all(STDOUT_FILENO, std::string_view(reply).substr(out, err - out));
  write_all(STDERR_FILENO, std::string_view(reply).substr(err));
  return exit_code;
}

// "<exit code> <size of stdout>\n<stdout><stderr>"
std::string run_asked(const std::string& asked, const char* forced) {
  const int out = ::memfd_create("out", 0), err = ::memfd_create("err", 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    if (forced != nullptr) ::setenv("SSH_ORIGINAL_COMMAND", asked.c_str(), 1);
    ::execl("/bin/sh", "sh", "-c", forced != nullptr ? forced : asked.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::lseek(out, 0, SEEK_SET);
  ::lseek(err, 0, SEEK_SET);
  const std::string printed = read_all(out), said = read_all(err);
  ::close(out);
  ::close(err);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : kOwnTrouble;
  return std::to_string(code) + " " + std::to_string(printed.size()) + "\n" + printed + said;
}

int run_sshd(const char* forced) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = loopback(0);
  socklen_t size = sizeof at;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener, 16) != 0)
    return kOwnTrouble;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  std::printf("port %d\n", ntohs(at.sin_port));
  std::fflush(stdout);
  while (true) {
    const int one = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (one < 0) return kOwnTrouble;
    write_all(one, run_asked(read_all(one), forced));
    ::close(one);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argv[0];
  if (name.ends_with("sshd")) return run_sshd(argc > 1 ? argv[1] : nullptr);
  return run_ssh({argv + 1, argv + argc});
}
