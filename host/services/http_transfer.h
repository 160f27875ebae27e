// One transfer of libcurl's: its handle, what has come of the answer, and how it ended.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "services/http_multi.h"
#include "services/http_plan.h"
#include "services/http_trust.h"
#include "services/http_unpack.h"

namespace chela::services {

// Its address is known to libcurl: it stays where it was built. [loop-thread]
class HttpTransfer final : private HttpMultiUser {
 public:
  using Time = HttpProgress::Time;

  // `began`: of the whole exchange.
  HttpTransfer(boost::asio::any_io_executor loop, std::shared_ptr<HttpMulti> multi, HttpPlan plan,
               Time began);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // `trust` is shared: libcurl reads from it whenever it connects.
  HttpResult<void> begin(std::shared_ptr<const HttpTrust> trust);

  // Until something came, it ended, a deadline passed or the awaiting coroutine was cancelled: the
  // latter two end it as a failure.
  boost::asio::awaitable<void> wait();

  bool has_head() const { return has_head_; }
  bool is_over() const { return is_over_; }  // well, or with a failure
  const std::optional<HttpError>& failure() const { return failure_; }
  const HttpHead& head() const { return head_; }

  bool has_bytes() const { return !bytes_.empty(); }
  std::string take_bytes();  // and reads on
  void discard_body();       // what is there and what comes; it is still counted
  std::size_t body_bytes() const { return body_bytes_; }

  // Where a redirect leads that may be followed, once the head is there.
  std::optional<HttpUrl> followable() const;

  bool is_past_total() const;
  void fail_by_time(HttpFailure kind);
  void cancel();
  HttpPlan take_plan();  // ends the transfer

 private:
  void finished(CURLcode code) override;
  static std::size_t on_header(char* line, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self);
  static int on_connected(void* self, char*, char*, int, int);

  HttpResult<void> set_options();
  bool take_header(std::string_view line);  // false = stop
  bool take_body(std::string_view bytes);
  bool count(std::size_t more);  // against the cap
  bool complete_head();
  std::optional<Timestamp> certificate_end() const;
  bool open_unpacker();
  bool unpack();
  void check_unpacked();
  void resume();
  void set_failure(HttpFailure kind, const std::string& words);
  void stop();

  std::shared_ptr<HttpMulti> multi_;  // shared: exchanges may outlive their client
  const CurlLibrary& curl_;
  std::shared_ptr<const HttpTrust> trust_;
  HttpPlan plan_;
  HttpProgress progress_;
  boost::asio::steady_timer signal_;  // cancelled when something has changed
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  bool is_added_ = false;
  std::array<char, CURL_ERROR_SIZE> detail_{};

  HttpHead head_;
  std::string location_;  // as it came, where `head_` holds placeholders
  bool has_head_ = false;
  bool is_over_ = false;
  bool is_discarding_ = false;
  std::optional<HttpError> failure_;
  std::string bytes_;                       // of the body, not yet taken
  std::unique_ptr<HttpUnpacker> unpacker_;  // where the body is packed
  std::string packed_;                      // not yet unpacked: our reader is behind
  std::size_t body_bytes_ = 0;
  std::size_t header_bytes_ = 0;
};

}  // namespace chela::services
