// Streams to mail servers: what libcurl does before the bytes are ours, and how it can fail. A
// server of our own speaks just enough IMAP; tests/email has a real one.
#include "services/mail_stream.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "http_support.h"
#include "services/mail_stream_refusal.h"

namespace chela::services {
namespace {

// Serves one connection after another: says `greeting`, then what `answer` gives for each line.
class LineServer {
 public:
  using Answer = std::function<std::string(const std::string& line)>;
  LineServer(std::string greeting, Answer answer)
      : greeting_(std::move(greeting)), answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LineServer() {
    is_over_ = true;
    thread_.join();
    ::close(listener_);
  }
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  std::string url(const char* scheme = "imap") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
  }
  std::string received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  bool is_readable(int fd) const {
    while (!is_over_) {
      pollfd wait{fd, POLLIN, 0};
      if (::poll(&wait, 1, 5) > 0) return true;
    }
    return false;
  }
  void say(int fd, const std::string& text) const {
    std::string_view left = text;
    while (!left.empty() && !is_over_) {
      const auto sent = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void serve() {
    while (is_readable(listener_)) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      say(peer, greeting_);
      std::string line;
      char byte = 0;
      while (is_readable(peer) && ::recv(peer, &byte, 1, 0) == 1) {
        line += byte;
        if (byte != '\n') continue;
        {
          const std::lock_guard lock(mutex_);
          received_ += line;
        }
        say(peer, answer_(std::exchange(line, "")));
      }
      ::close(peer);
    }
  }
  std::string greeting_;
  Answer answer_;
  int listener_ = -1;
  unsigned short port_ = 0;
  std::atomic<bool> is_over_{false};
  mutable std::mutex mutex_;
  std::string received_;  // guarded by mutex_
  std::thread thread_;
};

// What a small server says to libcurl's part of the talk; `login` is its word on the login.
LineServer::Answer imap(const std::string& login = "OK in") {
  return [login](const std::string& line) -> std::string {
    const std::string tag = line.substr(0, line.find(' '));
    if (line.find("CAPABILITY") != std::string::npos)
      return "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2\r\n" + tag + " OK\r\n";
    if (line.find("AUTHENTICATE") != std::string::npos) return tag + " " + login + "\r\n";
    if (line.find("NOOP") != std::string::npos) return "* 3 EXISTS\r\n" + tag + " OK\r\n";
    return "";
  };
}

class Mail : public ::testing::Test {
 protected:
  Mail() { ::signal(SIGPIPE, SIG_IGN); }

  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    while (!result && loop.run_one() > 0) {
    }
    loop.restart();
    return std::move(*result);
  }
  Result<std::unique_ptr<MailStream>> open(const std::string& url,
                                           MailLogin login = MailLogin::password,
                                           Duration timeout = 10s) {
    MailRequest request;
    request.server = base::parse_mail_server(url).value();
    request.login = login;
    request.user = "ana@example.org";
    request.timeout = timeout;
    SecretText secret("open-sesame");
    return run(connector.open(std::move(request), std::move(secret), soon(20s)));
  }
  static Deadline soon(Duration span) { return std::chrono::steady_clock::now() + span; }

  asio::io_context loop;
  MailConnector connector{loop.get_executor()};
};

TEST_F(Mail, IsLoggedInAndThenOurs) {
  LineServer server("* OK ready\r\n", imap());
  auto stream = open(server.url());
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_NE(server.received().find("AUTHENTICATE PLAIN"), std::string::npos) << server.received();
  ASSERT_TRUE(run((*stream)->write("a1 NOOP\r\n", soon(5s))));
  std::string answer;
  while (answer.find("a1 OK") == std::string::npos) {
    const auto bytes = run((*stream)->read(4, soon(5s)));
    ASSERT_TRUE(bytes) << bytes.error().message;
    ASSERT_LE(bytes->size(), 4u);
    answer += *bytes;
  }
  EXPECT_EQ(answer, "* 3 EXISTS\r\na1 OK\r\n");
  const auto nothing = run((*stream)->read(100, soon(30ms)));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::deadline_exceeded);
  ASSERT_TRUE(run((*stream)->write("a2 NOOP\r\n", soon(5s)))) << "it is still open";
  EXPECT_EQ(run((*stream)->read(100, soon(5s))).value().substr(0, 8), "* 3 EXIS");
}

TEST_F(Mail, SendsATokenAsOne) {
  LineServer server("* OK ready\r\n", imap());
  const auto stream = open(server.url(), MailLogin::bearer);
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_NE(server.received().find("AUTHENTICATE XOAUTH2"), std::string::npos) << server.received();
}

TEST_F(Mail, HoldsSeveralStreamsAtOnce) {
  LineServer one("* OK ready\r\n", imap());
  LineServer two("* OK ready\r\n", imap());
  const auto first = open(one.url());
  const auto second = open(two.url());
  ASSERT_TRUE(first && second);
  for (const auto* stream : {&first, &second}) {
    ASSERT_TRUE(run((**stream)->write("a NOOP\r\n", soon(5s))));
    EXPECT_TRUE(run((**stream)->read(100, soon(5s))));
  }
}

TEST_F(Mail, FailsWithWordsThatTellWhatToDo) {
  LineServer refusing("* OK ready\r\n", imap("NO [AUTHENTICATIONFAILED] wrong"));
  LineServer silent("", [](const std::string&) { return std::string(); });
  LineServer stuck("* OK ready\r\n", [](const std::string&) { return std::string(); });
  LineServer garbage("* NO not here\r\n", [](const std::string&) { return std::string(); });
  LineServer plain("* OK ready\r\n", imap());
  const struct {
    const char* name;
    std::string url;
    ErrorCode code;
    const char* words;
  } cases[] = {
      {"wrong password", refusing.url(), ErrorCode::unauthenticated, "refuses the login"},
      {"says nothing", silent.url(), ErrorCode::deadline_exceeded, "too long"},
      {"stops in the middle", stuck.url(), ErrorCode::deadline_exceeded, "too long"},
      {"no mail server", garbage.url(), ErrorCode::data_loss, "no such mail server"},
      {"TLS to one that has none", plain.url("imaps"), ErrorCode::failed_precondition, "TLS"},
      {"nobody there", "imap://127.0.0.1:" + std::to_string(test::closed_port()),
       ErrorCode::unavailable, "nobody listens"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const bool waits = c.code == ErrorCode::deadline_exceeded;
    const auto stream = open(c.url, MailLogin::password, waits ? Duration(150ms) : Duration(5s));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, c.code) << stream.error().message;
    EXPECT_NE(stream.error().message.find(c.words), std::string::npos) << stream.error().message;
    EXPECT_EQ(stream.error().message.find("open-sesame"), std::string::npos);
  }
}

TEST_F(Mail, TellsAServerThatCannotNowFromAWrongPassword) {
  const struct {
    const char* name;
    const char* greeting;
    const char* login;
    ErrorCode code;
    const char* words;
  } cases[] = {
      {"try later", "* OK ready\r\n", "NO [UNAVAILABLE] open-sesame", ErrorCode::unavailable,
       "cannot log anybody in now (UNAVAILABLE)"},
      {"too many", "* OK ready\r\n", "NO [LIMIT] too many", ErrorCode::unavailable, "(LIMIT)"},
      {"its good-bye changes nothing", "* OK ready\r\n", "NO [UNAVAILABLE] later\r\n* BYE closing",
       ErrorCode::unavailable, "(UNAVAILABLE)"},
      {"wrong", "* OK ready\r\n", "NO [AUTHENTICATIONFAILED] wrong", ErrorCode::unauthenticated,
       "refuses the login (AUTHENTICATIONFAILED)"},
      {"wrong, and good-bye", "* OK ready\r\n", "NO wrong\r\n* BYE closing",
       ErrorCode::unauthenticated, "refuses the login"},
      {"no code", "* OK ready\r\n", "NO Invalid credentials", ErrorCode::unauthenticated,
       "refuses the login"},
      {"busy", "* BYE too busy\r\n", "", ErrorCode::unavailable, "instead of a greeting (BYE)"},
      {"busy, with a code", "* BYE [UNAVAILABLE] too busy\r\n", "", ErrorCode::unavailable,
       "(UNAVAILABLE)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    LineServer server(c.greeting, imap(c.login));
    const auto stream = open(server.url());
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, c.code) << stream.error().message;
    EXPECT_NE(stream.error().message.find(c.words), std::string::npos) << stream.error().message;
    EXPECT_EQ(stream.error().message.find("open-sesame"), std::string::npos);
  }
}

TEST(MailRefusal, HearsTheLastRefusal) {
  const struct {
    const char* name;
    std::vector<const char*> lines;
    std::optional<ErrorCode> code;
  } cases[] = {
      {"nothing", {}, {}},
      {"no refusal", {"* OK hi\r\n", "* CAPABILITY IMAP4rev1\r\n", "A1 OK [LIMIT] x\r\n"}, {}},
      {"in use", {"* OK\r\n", "A1 NO [INUSE] x\r\n"}, ErrorCode::unavailable},
      {"a bug", {"* OK\r\n", "A1 no [serverbug]\r\n"}, ErrorCode::unavailable},
      {"a code with more", {"* OK\r\n", "A1 NO [LIMIT 5] x\r\n"}, ErrorCode::unavailable},
      {"expired", {"* OK\r\n", "A1 NO [EXPIRED] x\r\n"}, ErrorCode::unauthenticated},
      {"not allowed", {"* OK\r\n", "A1 NO [AUTHORIZATIONFAILED]\r\n"}, ErrorCode::unauthenticated},
      {"no TLS", {"* OK\r\n", "A1 NO [PRIVACYREQUIRED] x\r\n"}, ErrorCode::unauthenticated},
      {"ask them", {"* OK\r\n", "A1 NO [CONTACTADMIN] x\r\n"}, ErrorCode::unauthenticated},
      {"only in the text", {"* OK\r\n", "A1 NO is UNAVAILABLE [LIMIT]\r\n"}, {}},
      {"another code", {"* OK\r\n", "A1 NO [ALERT] x\r\n"}, {}},
      {"a code without end", {"* OK\r\n", "A1 NO [LIMI\r\n"}, {}},
      {"the last one", {"* OK\r\n", "A1 NO [LIMIT]\r\n", "A2 NO wrong\r\n"}, {}},
      {"good-bye at first", {"* BYE\r\n"}, ErrorCode::unavailable},
      {"good-bye, not you", {"* BYE [EXPIRED] x\r\n"}, ErrorCode::unauthenticated},
      {"good-bye afterwards", {"* OK\r\n", "A1 NO wrong\r\n", "* BYE [LIMIT]\r\n"}, {}},
      {"SMTP", {"220 hi\r\n", "454 4.7.0 later\r\n", "221 bye\r\n"}, ErrorCode::unavailable},
      {"SMTP at first", {"421-busy\r\n"}, ErrorCode::unavailable},
      {"SMTP, wrong", {"220 hi\r\n", "450 EHLO\r\n", "535 5.7.8 wrong\r\n"}, {}},
      {"a tag like SMTP", {"* OK\r\n", "4541 NO\r\n", ""}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    MailRefusal refusal;
    for (const char* line : c.lines) refusal.hear(line);
    ASSERT_EQ(refusal.reason().has_value(), c.code.has_value());
    if (c.code) {
      EXPECT_EQ(refusal.reason()->code, *c.code);
    }
  }
}

TEST_F(Mail, TellsTheEndOfAStreamFromSilence) {
  std::optional<LineServer> server;
  server.emplace("* OK ready\r\n", imap());
  auto stream = open(server->url());
  ASSERT_TRUE(stream);
  server.reset();  // it closes the connection
  const auto end = run((*stream)->read(100, soon(5s)));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(*end, "");
}

TEST(MailRequest, IsJudgedByTheGrant) {
  Caller caller{"mail", {}, {}};
  caller.grant.stream = {"imaps://mail.example.org:993"};
  const auto good = parse_mail_request(
      R"({"url":"imaps://Mail.example.org","login":"password","user":"ana","secret":"password"})",
      caller);
  ASSERT_TRUE(good) << good.error().message;
  const struct {
    const char* text;
    ErrorCode code;
  } cases[] = {
      {R"({"url":"imaps://other.example.org"})", ErrorCode::permission_denied},
      {R"({"url":"imap://mail.example.org:993"})", ErrorCode::permission_denied},
      {R"({"url":"https://mail.example.org"})", ErrorCode::invalid_argument},
      {R"({"url":"imaps://mail.example.org","login":"password"})", ErrorCode::invalid_argument},
      {R"({"url":"imaps://mail.example.org","login":"password","user":"a\r\nb","secret":"x"})",
       ErrorCode::invalid_argument},
      {R"({"url":"imaps://mail.example.org","login":"magic"})", ErrorCode::invalid_argument},
      {R"({"url":"imaps://mail.example.org","timeout_ms":0})", ErrorCode::invalid_argument},
  };
  for (const auto& c : cases)
    EXPECT_EQ(parse_mail_request(c.text, caller).error().code, c.code) << c.text;
}

}  // namespace
}  // namespace chela::services
