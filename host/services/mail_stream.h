// Byte streams to mail servers: libcurl connects, does TLS, STARTTLS and login; then the bytes are
// the caller's.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "services/files.h"
#include "services/http.h"
#include "services/mail_request.h"

namespace chela::services {

class MailTransfer;
class HttpMulti;
struct HttpTrust;

// One open stream. Destroying it ends it. [loop-thread]
class MailStream {
 public:
  explicit MailStream(std::unique_ptr<MailTransfer> transfer);
  ~MailStream();
  MailStream(const MailStream&) = delete;
  MailStream& operator=(const MailStream&) = delete;

  // At least one byte and at most `max_bytes`, or "" where the other side has ended the stream.
  // deadline_exceeded where nothing came until then: it may be asked again. unavailable: broken.
  boost::asio::awaitable<Result<std::string>> read(std::size_t max_bytes, Deadline deadline);
  // All of `bytes`; after a failure nobody knows how much of it was sent.
  boost::asio::awaitable<Result<void>> write(std::string bytes, Deadline deadline);

 private:
  std::unique_ptr<MailTransfer> transfer_;
};

// Opens libcurl at the first stream. The loop outlives it. [loop-thread]
class MailConnector {
 public:
  // Of `settings` only the authorities count.
  explicit MailConnector(boost::asio::any_io_executor loop, HttpSettings settings = {});
  ~MailConnector();
  MailConnector(const MailConnector&) = delete;
  MailConnector& operator=(const MailConnector&) = delete;

  // `secret` is the password or the access token; it is not kept. Certificates are always verified;
  // without TLS nothing is sent, except to loopback. unauthenticated: the server refuses user or
  // secret; failed_precondition: its certificate does not hold, it has no TLS, or libcurl is
  // missing; unavailable: also where the server says that it cannot now; deadline_exceeded. No
  // message has the secret.
  boost::asio::awaitable<Result<std::unique_ptr<MailStream>>> open(MailRequest request,
                                                                   SecretText secret,
                                                                   Deadline deadline);

 private:
  Result<void> start();

  boost::asio::any_io_executor loop_;
  HttpSettings settings_;
  std::shared_ptr<HttpMulti> multi_;
  std::shared_ptr<const HttpTrust> trust_;
};

}  // namespace chela::services
