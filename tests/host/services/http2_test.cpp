// HTTP/2 against a server that is not ours: nghttpd from apt (nghttp2-server).
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include "http_support.h"
#include "support.h"
#include "support/test_authority.h"

namespace chela::services {
namespace {

constexpr const char* kProgram = "/usr/sbin/nghttpd";

// Serves a folder over HTTPS on loopback; ended with the object.
class Nghttpd {
 public:
  Nghttpd() : port_(test::closed_port()) {
    const auto [chain, key] = authority_.issue("IP:127.0.0.1");
    const std::string port = std::to_string(port_);
    const std::string chain_file = folder_.write("chain.pem", chain);
    const std::string key_file = folder_.write("key.pem", key);
    folder_.write("files/small", "well");
    folder_.write("files/large", std::string(8u << 20, 'x'));
    const std::string files = folder_.path("files");
    pid_ = ::fork();
    if (pid_ == 0) {
      const int null = ::open("/dev/null", O_RDWR);
      for (const int fd : {0, 1, 2}) ::dup2(null, fd);
      ::execl(kProgram, kProgram, "-a", "127.0.0.1", "-d", files.c_str(), port.c_str(),
              key_file.c_str(), chain_file.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~Nghttpd() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Nghttpd(const Nghttpd&) = delete;
  Nghttpd& operator=(const Nghttpd&) = delete;

  bool listens() const {
    return HttpStub::eventually([&] {
      asio::io_context io;
      asio::ip::tcp::socket socket(io);
      boost::system::error_code error;
      socket.connect({asio::ip::address_v4::loopback(), port_}, error);
      return !error;
    });
  }
  std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port_) + path;
  }
  HttpSettings settings() const {
    HttpSettings settings;
    settings.ca_file = folder_.write("ca.pem", authority_.pem());
    return settings;
  }

 private:
  TempFolder folder_;
  test::TestAuthority authority_;
  unsigned short port_;
  pid_t pid_ = -1;
};

class Http2 : public testing::Test {
 protected:
  void SetUp() override {
    if (::access(kProgram, X_OK) != 0)
      GTEST_SKIP() << "nghttpd is not installed (apt: nghttp2-server): HTTP/2 was NOT tested";
  }
};

TEST_F(Http2, OneConnectionCarriesManyAtOnce) {
  const Nghttpd server;
  ASSERT_TRUE(server.listens());
  HttpDesk desk(server.settings());
  int done = 0, fresh = 0;
  for (int i = 0; i < 64; ++i) {
    HttpRequest request = get(server.url("/small"));
    asio::co_spawn(desk.loop, desk.client.fetch(std::move(request)),
                   [&](std::exception_ptr, HttpResult<HttpReply> reply) {
                     ++done;
                     ASSERT_TRUE(reply) << reply.error().message;
                     EXPECT_EQ(reply->head.http_version, 20);
                     EXPECT_EQ(reply->head.status, 200);
                     EXPECT_EQ(reply->body, "well");
                     if (!reply->head.is_reused) ++fresh;
                   });
  }
  while (done < 64) desk.loop.run_one();
  EXPECT_EQ(fresh, 1);
}

asio::awaitable<HttpResult<std::size_t>> read_large(HttpClient& client, std::string url,
                                                    bool cancels) {
  HttpRequest request = get(std::move(url));
  CHELA_HTTP_CO_TRY(const std::unique_ptr<HttpExchange> exchange,
                    co_await client.start(std::move(request)));
  std::size_t size = 0;
  for (;;) {
    CHELA_HTTP_CO_TRY(const std::optional<std::string> piece, co_await exchange->next());
    if (!piece) co_return size;
    size += piece->size();
    if (cancels) exchange->cancel();
  }
}

TEST_F(Http2, AStreamIsReadWholeAndAnotherIsCancelledBesideIt) {
  const Nghttpd server;
  ASSERT_TRUE(server.listens());
  HttpDesk desk(server.settings());
  std::vector<HttpResult<std::size_t>> sizes;
  for (int i = 0; i < 4; ++i) {
    asio::co_spawn(desk.loop, read_large(desk.client, server.url("/large"), i % 2 == 1),
                   [&](std::exception_ptr, HttpResult<std::size_t> size) {
                     sizes.push_back(std::move(size));
                   });
  }
  while (sizes.size() < 4) desk.loop.run_one();
  int whole = 0, cancelled = 0;
  for (const auto& size : sizes) {
    if (size && *size == 8u << 20) ++whole;
    if (!size && size.error().kind == HttpFailure::cancelled) ++cancelled;
  }
  EXPECT_EQ(whole, 2);
  EXPECT_EQ(cancelled, 2);
  const auto after = desk.fetch(get(server.url("/small")));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_TRUE(after->head.is_reused) << "cancelling streams leaves their connection";
}

}  // namespace
}  // namespace chela::services
