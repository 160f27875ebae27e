// What a C++ plugin asks of chela.stream/1: a byte stream to a mail server, logged in by the host.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "chela/internal/service.h"
#include "chela/json.h"

namespace chela {

struct StreamRequest {
  enum class Login { none, password, bearer };
  std::string url{};  // imaps://host:993, imap://host:143 (STARTTLS); smtps:// and smtp:// likewise
  Login login = Login::password;
  std::string user{};
  std::string secret = "password";              // the name of the plugin's secret
  Duration timeout = std::chrono::seconds(20);  // for connecting, TLS and login together
};

// An open stream; closed when it is destroyed.
class Stream {
 public:
  Stream(const chela_call* call, const chela_stream_v1* table, std::uint32_t number)
      : call_(call), table_(table), number_(number) {}
  ~Stream() { close(); }
  Stream(Stream&& other) noexcept
      : call_(other.call_), table_(other.table_), number_(std::exchange(other.number_, 0)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(call_, other.call_);
    std::swap(table_, other.table_);
    std::swap(number_, other.number_);
    return *this;
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // At least one byte, or "" where the other side has ended the stream. deadline_exceeded where
  // nothing came within `timeout`: it may be asked again.
  Result<std::string> read(Duration timeout, std::uint64_t max_bytes = 64u << 10) {
    internal::StringSink bytes, error;
    CHELA_TRY(internal::check_status(
        table_->read(call_, number_, max_bytes, milliseconds(timeout), &bytes, &error),
        error.text));
    return std::move(bytes.text);
  }
  Result<void> write(std::string_view bytes, Duration timeout = std::chrono::seconds(10)) {
    internal::StringSink error;
    return internal::check_status(
        table_->write(call_, number_, internal::str(bytes), milliseconds(timeout), &error),
        error.text);
  }
  void close() {
    if (number_ == 0) return;
    const internal::StringSink error;
    table_->close(call_, std::exchange(number_, 0), &error);
  }

 private:
  static std::uint32_t milliseconds(Duration time) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, UINT32_MAX));
  }
  const chela_call* call_;
  const chela_stream_v1* table_;
  std::uint32_t number_;  // 0: closed
};

class Streams {
 public:
  explicit Streams(const chela_call* call)
      : call_(call), table_(internal::service<chela_stream_v1>(call->host, CHELA_SERVICE_STREAM)) {}

  // See abi/service/stream.h for the codes; unauthenticated is the server's no to user or secret.
  Result<Stream> open(const StreamRequest& request) const {
    if (!CHELA_HAS(table_, chela_stream_v1, close))
      return internal::not_offered(CHELA_SERVICE_STREAM);
    static constexpr const char* kLogins[] = {"none", "password", "bearer"};
    const json::object document{{"url", request.url},
                                {"login", kLogins[static_cast<int>(request.login)]},
                                {"user", request.user},
                                {"secret", request.secret},
                                {"timeout_ms", request.timeout.count()}};
    internal::StringSink info, error;
    CHELA_TRY(internal::check_status(
        table_->open(call_, internal::str(json::serialize(document)), &info, &error), error.text));
    CHELA_TRY(const json::value outcome, parse_json(info.text));
    return Stream(call_, table_, static_cast<std::uint32_t>(get_int(outcome, "stream")));
  }

 private:
  const chela_call* call_;
  const chela_stream_v1* table_;
};

}  // namespace chela
