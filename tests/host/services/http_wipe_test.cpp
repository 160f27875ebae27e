// A key that was sent is nowhere in our memory afterwards: the server, which knows it, is another
// process.
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "http_support.h"
#include "support.h"
#include "support/test_authority.h"

namespace chela::services {
namespace {

// Split, so that neither half is the canary and no constant of the program holds it whole.
constexpr std::array<const char*, 2> kHalves{"canary-9b1c44e0", "-77af20d3e5a8"};

// The key behind the lookup; wiped with the object, as its owner in the host does.
class Vault {
 public:
  Vault() {
    value_.reserve(64);
    for (const char* half : kHalves) value_ += half;
  }
  ~Vault() { ::explicit_bzero(value_.data(), value_.capacity()); }
  std::string_view value() const { return value_; }

 private:
  std::string value_;
};

// How often the canary stands in this process's writable memory.
int count_canaries() {
  std::ifstream maps("/proc/self/maps");
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (memory < 0) return -1;
  int found = 0;
  std::vector<char> bytes;
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0, to = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w') continue;
    if (to - from > (256u << 20)) continue;  // a sanitizer's shadow
    bytes.resize(to - from);
    const ssize_t got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(from));
    if (got <= 0) continue;
    const char* end = bytes.data() + got;
    const std::size_t first = ::strlen(kHalves[0]), second = ::strlen(kHalves[1]);
    for (const char* at = bytes.data(); at + first + second <= end;) {
      at = static_cast<const char*>(
          ::memmem(at, static_cast<std::size_t>(end - at), kHalves[0], first));
      if (at == nullptr || at + first + second > end) break;
      if (::memcmp(at + first, kHalves[1], second) == 0) ++found;
      at += first;
    }
    ::explicit_bzero(bytes.data(), bytes.size());
  }
  ::close(memory);
  return found;
}

// A server in a process of its own; its port comes over a pipe. Ended with the object.
class OtherProcess {
 public:
  explicit OtherProcess(std::optional<test::Certificate> certificate) {
    std::array<int, 2> said{};
    if (::pipe(said.data()) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      test::HttpStubOptions options;
      options.certificate = std::move(certificate);
      const HttpStub server(always(HttpAnswer::whole(200, "well")), std::move(options));
      const std::string url = server.url();
      if (::write(said[1], url.data(), url.size()) < 0) ::_exit(1);
      ::close(said[1]);
      for (;;) ::pause();
    }
    ::close(said[1]);
    std::array<char, 256> url{};
    const ssize_t size = ::read(said[0], url.data(), url.size());
    if (size > 0) url_.assign(url.data(), static_cast<std::size_t>(size));
    ::close(said[0]);
  }
  ~OtherProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  const std::string& url() const { return url_; }

 private:
  pid_t pid_ = -1;
  std::string url_;
};

TEST(HttpWipe, AKeyThatWasSentIsNowhereInOurMemory) {
#ifdef CHELA_SANITIZED
  GTEST_SKIP() << "a sanitizer's own copies of freed memory are not ours";
#endif
  const test::TestAuthority authority;
  const TempFolder folder;
  const std::string ca_file = folder.write("ca.pem", authority.pem());
  for (const bool is_https : {false, true}) {
    SCOPED_TRACE(is_https ? "https" : "http");
    std::optional<test::Certificate> certificate;
    if (is_https) certificate = authority.issue("IP:127.0.0.1");
    const OtherProcess server(std::move(certificate));
    ASSERT_FALSE(server.url().empty());
    HttpSettings settings;
    settings.ca_file = ca_file;
    HttpDesk desk(settings);
    {
      const Vault vault;
      ASSERT_GT(count_canaries(), 0) << "the search finds what is there";
      HttpRequest request = post(server.url() + "?key={{secret:KEY}}", "token={{secret:KEY}}");
      request.headers = {{"Authorization", "Bearer {{secret:KEY}}"}};
      request.fills_body = true;
      request.secrets = [&vault](std::string_view) { return vault.value(); };
      const auto reply = desk.fetch(request);
      ASSERT_TRUE(reply) << reply.error().message;
    }
    EXPECT_EQ(count_canaries(), 0);
  }
}

}  // namespace
}  // namespace chela::services
