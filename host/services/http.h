// HTTP exchanges with servers: over libcurl, on the one loop, with TLS always verified.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/duration.h"
#include "services/http_deadlines.h"
#include "services/http_failure.h"
#include "services/http_secrets.h"

namespace chela::services {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";  // upper case
  // http or https, without user or password. {{secret:NAME}} may stand in path and query, where it
  // becomes percent-encoded.
  std::string url;
  // {{secret:NAME}} may stand in values. Not Host, Content-Length, Accept-Encoding and others that
  // frame the message or belong to the connection: those are the client's.
  HttpHeaders headers;
  std::string body;

  HttpDeadlines deadlines;
  std::size_t max_body_bytes = 16u << 20;    // of the answer, decoded
  std::size_t max_header_bytes = 64u << 10;  // of all header lines of the answer

  SecretLookup secrets;            // asked while the request is started, never kept
  bool fills_body = false;         // {{secret:NAME}} in the body as well, verbatim
  bool allows_plain_http = false;  // http to others than loopback: a LAN address that a person gave
  // gzip is asked for and unpacked. Without it, a body that is packed all the same is given as it
  // is.
  bool accepts_compressed = true;
  // Asked with the path of a redirect within the origin before it is followed; empty: all are.
  std::function<bool(const std::string& path)> may_follow{};
  bool hides_path = false;         // the path is itself a secret: no message has it
  bool wants_certificate = false;  // costs a connection of its own
};

struct HttpHead {
  int status = 0;        // of the final answer: 200 and above
  HttpHeaders headers;   // names in lower case, order kept; a secret echoed is its placeholder
  int http_version = 0;  // 10, 11, 20
  // A cut of the body cannot pass for its end: it has a length, chunks or HTTP/2's frames. False
  // where the server ends the body by closing the connection.
  bool knows_end = false;
  bool is_reused = false;                        // came over a connection that was open already
  std::optional<Timestamp> certificate_expires;  // of the server, where it was asked for
  std::chrono::microseconds connected{0};        // from the start until the request could be sent
  std::chrono::microseconds first_byte{0};       // from the start to the first byte of the answer
};

// The first value of that name (in lower case), nullopt where there is none.
std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name);

struct HttpReply {
  HttpHead head;
  std::string body;
};

class HttpTransfer;

// An answer whose body is read piece by piece. Destroying it ends the exchange at once. Nobody else
// may wait in `next` then. [loop-thread]
class HttpExchange {
 public:
  explicit HttpExchange(std::unique_ptr<HttpTransfer> transfer);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  const HttpHead& head() const;

  // Whatever came since the last call, at least one byte; nullopt = the body's clean end, again at
  // each later call. A slow reader stops the server: some 100 KiB are held, no more. After a
  // failure every later call fails the same way. Deadlines are looked at while somebody waits here.
  boost::asio::awaitable<HttpResult<std::optional<std::string>>> next();

  // Ends the exchange now; who waits in next() gets `cancelled`.
  void cancel();

 private:
  std::unique_ptr<HttpTransfer> transfer_;
};

struct HttpSettings {
  std::string ca_file;  // PEM; trusted besides the system's authorities. Nothing turns trust off.
  std::string user_agent;          // "" = chela/<version>
  long max_idle_connections = 32;  // kept open for reuse, over all hosts
};

// Opens libcurl at the first request; building one costs nothing. The loop outlives it; exchanges
// may outlive it. [loop-thread]
class HttpClient {
 public:
  explicit HttpClient(boost::asio::any_io_executor loop, HttpSettings settings = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends the request and comes back with the final answer's head. Redirects are followed for GET
  // within the same scheme, host and port, five at most; any other 3xx is an answer like others.
  // Ends at once where the awaiting coroutine is cancelled or destroyed.
  boost::asio::awaitable<HttpResult<std::unique_ptr<HttpExchange>>> start(HttpRequest request);

  // The whole answer.
  boost::asio::awaitable<HttpResult<HttpReply>> fetch(HttpRequest request);

 private:
  struct Opened;
  HttpResult<void> open();

  boost::asio::any_io_executor loop_;
  HttpSettings settings_;
  std::unique_ptr<Opened> opened_;
};

}  // namespace chela::services
