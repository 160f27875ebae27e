#include "host/worker/lab.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/sealed_memory.h"

namespace chela::worker::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

Fd listen_on_loopback(int type, int& port) {
  Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int fast_open_queue = 5;
  ::setsockopt(fd.get(), IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &fast_open_queue,
               sizeof fast_open_queue);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(::listen(fd.get(), 1000), 0);
  }
  socklen_t size = sizeof address;
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

Fd listen_on_unix(const std::string& name) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0)
      << std::strerror(errno);
  EXPECT_EQ(::listen(fd.get(), 1000), 0);
  return fd;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

fs::path test_program(const std::string& name) {
  return fs::path(CHELA_BINARY_DIR) / "tests" / name;
}

fs::path worker_program() {
  return fs::path(CHELA_BINARY_DIR) / "bin/chela-worker";
}

base::Exit run_again_as_unprivileged(const std::string& filter) {
  constexpr uid_t outside_the_range_for_workers = 31415;
  base::SpawnRequest request;
  request.program = fs::read_symlink("/proc/self/exe");
  request.argv = {"unprivileged", "--gtest_filter=" + filter, "--gtest_brief=1"};
  request.fds = {{STDOUT_FILENO, 1}, {STDERR_FILENO, 2}};
  request.identity = base::Identity{outside_the_range_for_workers, outside_the_range_for_workers};
  auto child = base::spawn(request);
  EXPECT_TRUE(child) << child.error().message;
  return child ? child->wait() : base::Exit{-1, 0};
}

Pipe::Pipe() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  reader = Fd(ends[0]);
  writer = Fd(ends[1]);
}

bool read_lines(int fd, std::size_t lines, int deadline_ms, std::string& text) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(deadline_ms);
  std::array<char, 4096> part{};
  while (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) < lines) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd ready{fd, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) return false;
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got <= 0) return true;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return true;
}

std::optional<base::Identity> worker_identity() {
  if (::geteuid() != 0) return std::nullopt;
  return base::unprivileged_identity(static_cast<std::size_t>(::getpid()));
}

Fd memfd_with(const std::string& text) {
  Fd fd(::memfd_create("chela-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return fd;
}

Fd sealed_copy(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream.good()) << file;
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  const std::string text = bytes.str();
  auto fd = base::sealed_memory("chela-test", [&](int to) {
    return ::write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  });
  EXPECT_TRUE(fd.is_open());
  return fd;
}

WorkerResult run_worker(const WorkerRun& run) {
  Pipe output;
  const auto library = sealed_copy(run.library);
  const auto lab = memfd_with(run.lab_text);
  base::SpawnRequest request;
  request.program = test_program("worker_probe");
  request.argv = {"worker_probe"};
  request.argv.insert(request.argv.end(), run.options.begin(), run.options.end());
  request.fds = {{output.writer.get(), 1}, {STDERR_FILENO, 2}, {library.get(), 4}, {lab.get(), 5}};
  request.namespaces = run.namespaces;
  request.identity = worker_identity();
  auto child = base::spawn(request);
  EXPECT_TRUE(child) << child.error().message;
  if (!child) return {};
  output.writer.reset();
  const bool wants_report = !run.options.empty() && run.options.front() == "--report";
  std::string text;
  WorkerResult result;
  result.hangs = !read_lines(output.reader.get(), wants_report ? 1000 : 1, run.deadline_ms, text);
  result.lines = split_lines(text);
  result.namespaces = child->namespaces();
  if (result.hangs || !result.lines.empty()) child->kill();
  result.exit = child->wait();
  return result;
}

Lab::Lab() {
  char name[] = "/tmp/chela-lab-XXXXXX";
  EXPECT_NE(::mkdtemp(name), nullptr);
  folder_ = name;
  tcp_ = listen_on_loopback(SOCK_STREAM, tcp_port_);
  udp_ = listen_on_loopback(SOCK_DGRAM, udp_port_);
  unix_ = listen_on_unix(folder_ / "agent");
  abstract_name_ = "@chela-lab-" + std::to_string(::getpid());
  abstract_ = listen_on_unix(abstract_name_);
  fs::permissions(folder_ / "agent", fs::perms::all);

  Pipe output;
  base::SpawnRequest request;
  request.program = test_program("worker_victim");
  request.argv = {"worker_victim", "--token=secret"};
  request.env = {"TOKEN=secret"};
  request.fds = {{output.writer.get(), 1}};
  request.identity = worker_identity();
  auto victim = base::spawn(request);
  EXPECT_TRUE(victim) << victim.error().message;
  if (victim) victim_.emplace(std::move(*victim));
  EXPECT_TRUE(read_lines(output.reader.get(), 1, 10'000, victim_secret_));
  victim_secret_ = victim_secret_.substr(0, victim_secret_.find('\n'));
}

Lab::~Lab() {
  victim_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Lab::reset() {
  const auto home = folder_ / "home";
  fs::remove_all(home);
  fs::create_directories(home / ".ssh");
  write_file(home / ".ssh/id_rsa", "PRIVATE KEY");
  write_file(home / "notes", "notes");
  fs::create_symlink(home / ".ssh/id_rsa", home / "planted-symlink");
  fs::permissions(folder_, fs::perms::owner_all);
  const auto identity = worker_identity();
  if (!identity) return;
  for (const auto& path : {folder_, home, home / ".ssh", home / ".ssh/id_rsa", home / "notes"}) {
    EXPECT_EQ(::chown(path.c_str(), identity->uid, identity->gid), 0);
  }
}

std::string Lab::text(const std::string& attack) const {
  std::ostringstream text;
  text << attack << '\n'
       << (folder_ / "home").string() << '\n'
       << victim_->pid() << '\n'
       << victim_secret_ << '\n'
       << tcp_port_ << '\n'
       << udp_port_ << '\n'
       << (folder_ / "agent").string() << '\n'
       << abstract_name_ << '\n';
  return text.str();
}

std::string Lab::try_attack(const std::string& attack, const std::vector<std::string>& options,
                            base::Namespaces namespaces, int deadline_ms) {
  reset();
  WorkerRun run;
  run.library = test_program("libhostile.so");
  run.options = options;
  run.namespaces = namespaces;
  run.lab_text = text(attack);
  run.deadline_ms = deadline_ms;
  const auto result = run_worker(run);
  if (result.hangs) return "hangs";
  if (result.lines.empty()) {
    return result.exit.signal == 0 ? result.exit.describe()
                                   : std::string("SIG") + ::sigabbrev_np(result.exit.signal);
  }
  const auto& line = result.lines.front();
  if (line == "0") return "worked";
  if (line.find_first_not_of("0123456789") != std::string::npos) return line;
  const char* name = ::strerrorname_np(std::stoi(line));
  return name == nullptr ? line : name;
}

}  // namespace chela::worker::test
