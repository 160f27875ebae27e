// A program with a grant for the network reaches what stands in it, and nothing else by any way.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <thread>

#include "base/unique_fd.h"
#include "services/exec.h"
#include "support.h"

namespace chela::services {
namespace {

using base::UniqueFd;

// Listens and takes whoever comes; nothing is ever said.
class Listener {
 public:
  explicit Listener(const char* address) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    inet_pton(AF_INET, address, &at.sin_addr);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(fd_.get(), 4096), 0);
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port_ = std::to_string(ntohs(at.sin_port));
  }
  explicit Listener(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(fd_.get(), 64), 0);
    ::chmod(path.c_str(), 0777);
  }
  const std::string& port() const { return port_; }

 private:
  UniqueFd fd_;
  std::string port_;
};

struct Knock {
  Caller caller;
  Result<ExecOutcome> operator()(std::vector<std::string> words,
                                 Duration timeout = Duration(20'000)) const {
    // The worker itself is what is tested here: nothing may be missing.
    const Exec exec(ExecSettings{CHELA_WORKER, true});
    ExecRequest request;
    request.argv = std::move(words);
    request.argv.insert(request.argv.begin(), CHELA_KNOCK);
    request.timeout = timeout;
    return await(exec.run(caller, std::move(request), in(Duration(60'000))));
  }
};

Knock knock_with(std::vector<std::string> net) {
  Knock knock;
  knock.caller.instance = "knocker";
  knock.caller.grant.exec = {ExecGrant(std::string(CHELA_KNOCK), std::move(net))};
  return knock;
}

TEST(Gate, LetsThroughWhatIsGrantedByEveryOrdinaryWay) {
  const Listener server("127.0.0.1");
  const auto knock = knock_with({"127.0.0.1:" + server.port()});
  for (const char* way : {"tcp", "tcp-nonblock", "tcp-thread", "tcp-child", "mapped"}) {
    SCOPED_TRACE(way);
    const auto outcome = knock({way, "127.0.0.1", server.port()});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->exit_code, 0) << outcome->out << outcome->err;
  }
}

TEST(Gate, RefusesEverythingElse) {
  const Listener server("127.0.0.1"), neighbour("127.0.0.1"), other_host("127.0.0.2");
  const TempFolder folder;
  const Listener path_server(folder.path() + "/other.sock");
  const std::string& port = server.port();
  const struct {
    const char* name;
    std::vector<std::string> words;
  } cases[] = {
      {"another port", {"tcp", "127.0.0.1", neighbour.port()}},
      {"another port, not blocking", {"tcp-nonblock", "127.0.0.1", neighbour.port()}},
      {"another port, in a thread", {"tcp-thread", "127.0.0.1", neighbour.port()}},
      {"another port, in a child", {"tcp-child", "127.0.0.1", neighbour.port()}},
      {"another port, as IPv6", {"mapped", "127.0.0.1", neighbour.port()}},
      {"another host, its port", {"tcp", "127.0.0.2", other_host.port()}},
      {"another host, the granted port", {"tcp", "127.0.0.2", port}},
      {"a name that is not granted", {"name", "localhost", neighbour.port()}},
      {"a datagram to the granted port", {"udp", "127.0.0.1", port}},
      {"a datagram socket with flags", {"udp-flags"}},
      {"a raw socket", {"raw"}},
      {"multipath TCP", {"mptcp"}},
      {"SCTP", {"sctp"}},
      {"netlink", {"netlink"}},
      {"virtual machine sockets", {"vsock"}},
      {"data with the first packet", {"fastopen", "127.0.0.1", neighbour.port()}},
      {"the same by sendmsg", {"fastopen-msg", "127.0.0.1", neighbour.port()}},
      {"a late connect", {"fastopen-connect", "127.0.0.1", neighbour.port()}},
      {"listening", {"listen"}},
      {"binding", {"bind", "127.0.0.1", "0"}},
      {"a path socket", {"path", folder.path() + "/other.sock"}},
      {"a datagram path socket", {"path-datagram", folder.path() + "/other.sock"}},
      {"an abstract socket", {"abstract", "chela-test"}},
      {"an address that changes while it is looked at", {"race", port, neighbour.port()}},
  };
  const auto knock = knock_with({"127.0.0.1:" + port});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = knock(c.words);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->exit_code, 1) << outcome->out << outcome->err;
  }
}

TEST(Gate, WithoutAGrantThereIsNoSocketAtAll) {
  const Listener server("127.0.0.1");
  const auto knock = knock_with({});
  for (const char* way : {"tcp", "udp", "listen", "abstract"}) {
    SCOPED_TRACE(way);
    EXPECT_EQ(knock({way, "127.0.0.1", server.port()})->exit_code, 1);
  }
}

TEST(Gate, LetsAPathSocketThroughAndNoNeighbour) {
  const TempFolder folder;
  const Listener granted(folder.path() + "/granted.sock"), other(folder.path() + "/other.sock");
  ::chmod(folder.path().c_str(), 0755);
  const Listener server("127.0.0.1");
  const auto knock = knock_with({"unix:" + folder.path() + "/granted.sock"});
  const auto through = knock({"path", folder.path() + "/granted.sock"});
  ASSERT_TRUE(through) << through.error().message;
  EXPECT_EQ(through->exit_code, 0) << through->out << through->err;
  EXPECT_EQ(knock({"path", folder.path() + "/other.sock"})->exit_code, 1);
  EXPECT_EQ(
      knock({"path", folder.path() + "/../" + folder.path().substr(folder.path().rfind('/') + 1) +
                         "/granted.sock"})
          ->exit_code,
      1)
      << "only as it is written";
  EXPECT_EQ(knock({"tcp", "127.0.0.1", server.port()})->exit_code, 1);
}

TEST(Gate, LooksNamesUpBeforeTheStartAndShowsOnlyThese) {
  const Listener server("127.0.0.1");
  const auto knock = knock_with({"localhost:" + server.port(), "nobody.invalid:80"});
  EXPECT_EQ(knock({"name", "localhost", server.port()})->exit_code, 0);
  const auto unknown = knock({"name", "nobody.invalid", "80"});
  EXPECT_EQ(unknown->exit_code, 1);
  const auto hosts = knock({"hosts"});
  EXPECT_EQ(hosts->out, "127.0.0.1 localhost\n::1 localhost\n");
}

TEST(Gate, TellsHowTheProgramEnded) {
  const auto knock = knock_with({"127.0.0.1:1"});
  const auto died = knock({"die"});
  ASSERT_TRUE(died) << died.error().message;
  EXPECT_EQ(died->signal, SIGSEGV);
  EXPECT_EQ(died->exit_code, -1);
  const auto hung = knock({"hang"}, Duration(300));
  ASSERT_TRUE(hung);
  EXPECT_TRUE(hung->timed_out);
  const auto refused = knock({"tcp", "127.0.0.1", "1"});
  EXPECT_EQ(refused->out, "Connection refused\n") << "the server's own answer comes through";
}

TEST(Gate, AProgramByPathRunsOnlyAsItIsGranted) {
  Knock knock;
  knock.caller.instance = "knocker";
  knock.caller.grant.exec = {"knock"};
  const auto refused = knock({"die"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
}

}  // namespace
}  // namespace chela::services
