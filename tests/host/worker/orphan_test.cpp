// No worker outlives its host, and the real `chela-worker serve` says why it ends.
#include "chela/json.h"
#include "host/worker/lab.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace chela::worker::test {
namespace {

using base::Namespaces;

bool ends_within(int pidfd, int milliseconds) {
  pollfd ended{pidfd, POLLIN, 0};
  return ::poll(&ended, 1, milliseconds) == 1;
}

struct SocketPair {
  SocketPair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours = Fd(ends[0]);
    theirs = Fd(ends[1]);
  }
  Fd ours;
  Fd theirs;
};

// u32 total, u32 JSON length, u64 id, JSON: the frame of plugin/wire.h.
std::string frame(const std::string& head) {
  const auto total = static_cast<std::uint32_t>(12 + head.size());
  const auto size = static_cast<std::uint32_t>(head.size());
  const std::uint64_t id = 1;
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &total, 4);
  std::memcpy(bytes.data() + 4, &size, 4);
  std::memcpy(bytes.data() + 8, &id, 8);
  return bytes + head;
}

// The real worker, told to open the hostile library.
struct Served {
  std::string said;    // on the socket
  std::string output;  // on standard output
  base::Exit exit;
};

Served serve(const std::string& attack, const std::vector<std::string>& options,
             bool host_is_there = true) {
  SocketPair socket;
  Pipe output;
  const auto library = sealed_copy(test_program("libhostile.so"));
  const auto lab = memfd_with(attack + "\n/tmp\n");
  base::SpawnRequest request;
  request.program = worker_program();
  request.argv = {"chela-worker", "serve"};
  request.argv.insert(request.argv.end(), options.begin(), options.end());
  request.fds = {{socket.theirs.get(), 3},
                 {library.get(), 4},
                 {lab.get(), 5},
                 {output.writer.get(), 1},
                 {STDERR_FILENO, 2}};
  request.namespaces = Namespaces::isolated;
  request.identity = worker_identity();
  const auto open =
      frame(R"({"type":"open","id":"check.x","version":"1.0.0","kind":"chela.check/1"})");
  if (host_is_there) {
    EXPECT_EQ(::write(socket.ours.get(), open.data(), open.size()),
              static_cast<ssize_t>(open.size()));
  } else {
    socket.ours.reset();
  }
  auto child = base::spawn(request);
  EXPECT_TRUE(child) << child.error().message;
  if (!child) return {};
  socket.theirs.reset();
  output.writer.reset();
  Served served;
  EXPECT_TRUE(ends_within(child->pidfd(), 20'000)) << "it hangs";
  if (host_is_there) read_lines(socket.ours.get(), 1'000'000, 1000, served.said);
  read_lines(output.reader.get(), 1'000'000, 1000, served.output);
  child->kill();
  served.exit = child->wait();
  return served;
}

TEST(Orphan, NoWorkerSurvivesTheEndOfItsHost) {
  for (const char* how : {"plain", "isolated"}) {
    SCOPED_TRACE(how);
    SocketPair socket;
    Pipe output;
    const auto library = sealed_copy(test_program("libhostile.so"));
    const auto lab = memfd_with("hang\n/tmp\n");
    base::SpawnRequest request;
    request.program = test_program("worker_parent");
    request.argv = {"worker_parent", how, test_program("worker_probe")};
    request.fds = {{output.writer.get(), 1},
                   {STDERR_FILENO, 2},
                   {socket.theirs.get(), 3},
                   {library.get(), 4},
                   {lab.get(), 5}};
    auto host = base::spawn(request);
    ASSERT_TRUE(host) << host.error().message;
    std::string text;
    ASSERT_TRUE(read_lines(output.reader.get(), 1, 10'000, text));
    const Fd worker(static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(text), 0)));
    ASSERT_GE(worker.get(), 0) << text;
    EXPECT_FALSE(ends_within(worker.get(), 50)) << "it hangs in its constructor";
    ASSERT_EQ(::kill(host->pid(), SIGKILL), 0);
    EXPECT_TRUE(ends_within(worker.get(), 10'000));
  }
}

TEST(Orphan, AWorkerEndsWhenTheSocketOfItsHostIsClosed) {
  const auto served = serve("stat key", {}, false);
  EXPECT_EQ(served.exit.code, 2) << served.exit.describe();
  EXPECT_EQ(served.output, "") << "the library must not be opened";
}

TEST(Orphan, AWorkerThatIsNotConfinedSaysSoAndOpensNothing) {
  const auto served = serve("stat key", {"--landlock-abi", "0"});
  EXPECT_EQ(served.exit.code, 1) << served.exit.describe();
  EXPECT_NE(served.said.find("\"refused\""), std::string::npos) << served.said;
  EXPECT_NE(served.said.find("this kernel has no Landlock"), std::string::npos) << served.said;
  EXPECT_EQ(served.output, "");
}

TEST(Orphan, AWorkerRefusesOptionsThatItDoesNotKnow) {
  const auto served = serve("stat key", {"--colour", "red"});
  EXPECT_EQ(served.exit.code, 64) << served.exit.describe();
  EXPECT_NE(served.said.find("unknown option '--colour'"), std::string::npos) << served.said;
}

TEST(Orphan, TheRealWorkerConfinesTheConstructorOfALibrary) {
  EXPECT_EQ(serve("socket of any family", {}).output, std::to_string(EPERM) + "\n");
  EXPECT_EQ(serve("execve shell", {}).output, std::to_string(EPERM) + "\n");
}

// As pid 1 of a namespace it would otherwise end in a segmentation fault.
TEST(Orphan, AnAbortIsToldFromACrash) {
  const auto served = serve("abort", {});
  EXPECT_EQ(served.exit.code, 134) << served.exit.describe();
}

}  // namespace
}  // namespace chela::worker::test
