#include "services/mail_stream.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "services/http_multi.h"
#include "services/http_trust.h"
#include "services/mail_stream_refusal.h"

namespace chela::services {

namespace asio = boost::asio;
using asio::awaitable;
using asio::posix::stream_descriptor;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;  // one record of TLS
constexpr unsigned kQuickExitVersion = 0x075700;
constexpr long kMostStreams = 1000;  // at once, of all plugins

struct Ended {
  ErrorCode code;
  const char* words;
};

// What the end of libcurl's part means where it did not go well.
Ended meaning_of(CURLcode code) {
  switch (code) {
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
      return {ErrorCode::unauthenticated, "the server refuses the login"};
    case CURLE_USE_SSL_FAILED:
      return {ErrorCode::failed_precondition,
              "the server offers no TLS (STARTTLS), and without it nothing is sent"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {ErrorCode::failed_precondition, "no trusted certificate, or no common TLS"};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::deadline_exceeded, "it took too long to connect and log in"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::unavailable, "the name has no address"};
    case CURLE_COULDNT_CONNECT:
      return {ErrorCode::unavailable, "nobody listens there, or no way leads there"};
    case CURLE_WEIRD_SERVER_REPLY:
      return {ErrorCode::data_loss, "what answers there is no such mail server"};
    case CURLE_OUT_OF_MEMORY:
      return {ErrorCode::internal, "libcurl is out of memory"};
    default:
      return {ErrorCode::unavailable, "the connection ended before the login was done"};
  }
}

}  // namespace

// libcurl's handle, and the waits on its socket.
class MailTransfer final : private HttpMultiUser {
 public:
  MailTransfer(asio::any_io_executor loop, std::shared_ptr<HttpMulti> multi,
               std::shared_ptr<const HttpTrust> trust, std::string label)
      : multi_(std::move(multi)),
        curl_(multi_->curl()),
        trust_(std::move(trust)),
        label_(std::move(label)),
        signal_(loop),
        socket_(std::move(loop)) {}
  ~MailTransfer() {
    if (easy_ == nullptr) return;
    if (is_added_) multi_->remove(easy_);
    curl_.easy_cleanup(easy_);
  }
  MailTransfer(const MailTransfer&) = delete;
  MailTransfer& operator=(const MailTransfer&) = delete;

  Result<void> begin(const MailRequest& request, const SecretText& secret) {
    easy_ = curl_.easy_init();
    if (easy_ == nullptr) return fail(ErrorCode::internal, "libcurl is out of memory");
    CurlOptions options(curl_, easy_);
    const bool is_local = base::is_loopback(request.server);
    options.set(CURLOPT_URL, base::to_string(request.server).c_str());
    options.set(CURLOPT_PROTOCOLS_STR, "imap,imaps,smtp,smtps");
    options.set(CURLOPT_CONNECT_ONLY, 1L);
    options.set(CURLOPT_USE_SSL, static_cast<long>(is_local ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    options.set(CURLOPT_NOSIGNAL, 1L);
    // Else ending it while its name is looked up holds the loop until that is done.
    if (curl_.version >= kQuickExitVersion) options.set(CURLOPT_QUICK_EXIT, 1L);
    options.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    options.set(CURLOPT_TCP_KEEPALIVE, 1L);
    // Ours, in wait(), is the one that ends it.
    options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout.count() + 500));
    if (is_local) options.set(CURLOPT_PROXY, "");
    if (request.login != MailLogin::none) options.set(CURLOPT_USERNAME, request.user.c_str());
    if (request.login == MailLogin::password) options.set(CURLOPT_PASSWORD, secret.text().c_str());
    if (request.login == MailLogin::bearer)
      options.set(CURLOPT_XOAUTH2_BEARER, secret.text().c_str());
    set_trust(options, *trust_);
    options.set(CURLOPT_ERRORBUFFER, detail_.data());
    // To libcurl all lines of the server are headers. What we send it shows to nobody.
    options.set(CURLOPT_HEADERFUNCTION, &MailTransfer::heard);
    options.set(CURLOPT_HEADERDATA, static_cast<void*>(&refusal_));
    options.set(CURLOPT_PRIVATE, static_cast<void*>(static_cast<HttpMultiUser*>(this)));
    if (auto ready = options.result(); !ready) return fail(ready.error());
    is_added_ = true;
    if (auto added = multi_->add(easy_); !added) return fail(added.error());
    return {};
  }

  // Until libcurl has logged in, or could not.
  awaitable<Result<void>> connect(Deadline deadline) {
    while (!ended_) {
      const bool is_cancelled = co_await wait_for_signal(deadline);
      if (ended_) break;
      if (is_cancelled) co_return fail(ErrorCode::cancelled, label_ + ": cancelled");
      if (Steady::now() >= deadline) ended_ = CURLE_OPERATION_TIMEDOUT;
    }
    if (*ended_ != CURLE_OK) co_return failure(*ended_);
    co_return take_socket();
  }

  awaitable<Result<std::string>> read(std::size_t max_bytes, Deadline deadline) {
    std::string bytes(std::min(max_bytes, kReadBytes), '\0');
    while (true) {
      std::size_t size = 0;
      const CURLcode code = curl_.easy_recv(easy_, bytes.data(), bytes.size(), &size);
      if (code == CURLE_OK) {
        bytes.resize(size);
        co_return bytes;
      }
      if (code != CURLE_AGAIN) co_return broken(code);
      CHELA_CO_TRY(co_await wait_on_socket(stream_descriptor::wait_read, deadline));
    }
  }

  awaitable<Result<void>> write(std::string bytes, Deadline deadline) {
    std::string_view left = bytes;
    while (!left.empty()) {
      std::size_t size = 0;
      const CURLcode code = curl_.easy_send(easy_, left.data(), left.size(), &size);
      if (code != CURLE_OK && code != CURLE_AGAIN) co_return broken(code);
      left.remove_prefix(size);
      if (code == CURLE_AGAIN)
        CHELA_CO_TRY(co_await wait_on_socket(stream_descriptor::wait_write, deadline));
    }
    co_return Result<void>();
  }

 private:
  static std::size_t heard(char* text, std::size_t size, std::size_t count, void* refusal) {
    static_cast<MailRefusal*>(refusal)->hear({text, size * count});
    return size * count;
  }

  void finished(CURLcode code) override {
    ended_ = code;
    signal_.cancel();
  }

  // True where the awaiting coroutine was cancelled.
  awaitable<bool> wait_for_signal(Deadline deadline) {
    signal_.expires_at(deadline);
    boost::system::error_code error;
    co_await signal_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
  }

  // The socket stays libcurl's; a copy of its number is what we wait on.
  Result<void> take_socket() {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_.easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
    const int copy = socket == CURL_SOCKET_BAD ? -1 : ::fcntl(socket, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return fail(ErrorCode::unavailable, label_ + ": the connection is gone");
    boost::system::error_code error;
    socket_.assign(copy, error);
    if (!error) return {};
    ::close(copy);
    return fail(ErrorCode::internal, label_ + ": " + error.message());
  }

  awaitable<Result<void>> wait_on_socket(stream_descriptor::wait_type what, Deadline deadline) {
    bool is_late = false;
    // Shared with the handler, which may run once more after the wait.
    const auto is_waiting = std::make_shared<bool>(true);
    signal_.expires_at(deadline);
    signal_.async_wait([this, is_waiting, &is_late](const boost::system::error_code& error) {
      if (error || !*is_waiting) return;
      is_late = true;
      socket_.cancel();
    });
    boost::system::error_code error;
    co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
    *is_waiting = false;
    signal_.cancel();
    if (is_late)
      co_return fail(ErrorCode::deadline_exceeded,
                     label_ + ": the server said nothing in the time given");
    if (error == asio::error::operation_aborted)
      co_return fail(ErrorCode::cancelled, label_ + ": cancelled");
    if (error) co_return fail(ErrorCode::unavailable, label_ + ": " + error.message());
    co_return Result<void>();
  }

  tl::unexpected<Error> failure(CURLcode code) const {
    const Ended ended = meaning_of(code);
    const bool is_refusal = ended.code == ErrorCode::unauthenticated ||
                            ended.code == ErrorCode::unavailable ||
                            ended.code == ErrorCode::data_loss;
    if (const auto& reason = refusal_.reason(); reason && is_refusal)
      return fail(reason->code, label_ + ": " + reason->message);
    std::string message = label_ + ": " + ended.words;
    const std::string said = base::printable(detail_.data(), 200);
    if (!said.empty() && code != CURLE_OPERATION_TIMEDOUT) message += " (" + said + ")";
    return fail(ended.code, std::move(message));
  }
  tl::unexpected<Error> broken(CURLcode code) const {
    return fail(ErrorCode::unavailable,
                label_ + ": the connection broke (" + std::string(curl_.easy_strerror(code)) + ")");
  }

  std::shared_ptr<HttpMulti> multi_;  // shared: streams may outlive their connector
  const CurlLibrary& curl_;
  std::shared_ptr<const HttpTrust> trust_;
  std::string label_;  // "imaps://mail.example.org:993"
  asio::steady_timer signal_;
  stream_descriptor socket_;
  CURL* easy_ = nullptr;
  bool is_added_ = false;
  std::optional<CURLcode> ended_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  MailRefusal refusal_{};
};

MailStream::MailStream(std::unique_ptr<MailTransfer> transfer) : transfer_(std::move(transfer)) {}
MailStream::~MailStream() = default;

awaitable<Result<std::string>> MailStream::read(std::size_t max_bytes, Deadline deadline) {
  return transfer_->read(max_bytes, deadline);
}

awaitable<Result<void>> MailStream::write(std::string bytes, Deadline deadline) {
  return transfer_->write(std::move(bytes), deadline);
}

MailConnector::MailConnector(asio::any_io_executor loop, HttpSettings settings)
    : loop_(std::move(loop)), settings_(std::move(settings)) {}
MailConnector::~MailConnector() = default;

Result<void> MailConnector::start() {
  if (multi_) return {};
  CHELA_TRY(CurlLibrary curl, open_curl());
  CHELA_TRY(HttpTrust trust, trust_of(settings_, curl));
  trust_ = std::make_shared<const HttpTrust>(std::move(trust));
  auto multi = std::make_shared<HttpMulti>(loop_, std::move(curl));
  // libcurl takes the connection of an open stream for an idle one, and closes the oldest of too
  // many.
  CHELA_TRY(multi->open(kMostStreams));
  multi_ = std::move(multi);
  return {};
}

awaitable<Result<std::unique_ptr<MailStream>>> MailConnector::open(MailRequest request,
                                                                   SecretText secret,
                                                                   Deadline deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  CHELA_CO_TRY(start());
  auto transfer =
      std::make_unique<MailTransfer>(loop_, multi_, trust_, base::to_string(request.server));
  CHELA_CO_TRY(transfer->begin(request, secret));
  secret.wipe();  // libcurl has a copy of its own
  CHELA_CO_TRY(co_await transfer->connect(std::min(deadline, Steady::now() + request.timeout)));
  co_return std::make_unique<MailStream>(std::move(transfer));
}

}  // namespace chela::services
