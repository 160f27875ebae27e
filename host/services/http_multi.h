// libcurl's transfers on the one loop: its sockets and its timer as Asio knows them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_map>

#include "services/http_curl.h"

namespace chela::services {

// Told when a transfer is over. Called from inside libcurl's turn: it may note and wake, no more.
class HttpMultiUser {
 public:
  virtual void finished(CURLcode code) = 0;

 protected:
  ~HttpMultiUser() = default;
};

// Owns a multi handle with its connections. Shared, because exchanges may outlive the client that
// began them. The loop outlives it. The process ignores SIGPIPE, as chela's main does: OpenSSL
// writes to sockets without a flag against it. [loop-thread]
class HttpMulti : public std::enable_shared_from_this<HttpMulti> {
 public:
  HttpMulti(boost::asio::any_io_executor loop, CurlLibrary curl);
  ~HttpMulti();
  HttpMulti(const HttpMulti&) = delete;
  HttpMulti& operator=(const HttpMulti&) = delete;

  // At most `max_idle_connections` stay open for reuse. To be called once, before anything else.
  HttpResult<void> open(long max_idle_connections);

  const CurlLibrary& curl() const { return curl_; }

  // Begins a transfer whose CURLOPT_PRIVATE is its HttpMultiUser.
  HttpResult<void> add(CURL* easy);
  // Ends it wherever it is; an HTTP/1.1 connection in the middle of an answer is closed.
  void remove(CURL* easy);

 private:
  struct Watch;
  static int on_socket(CURL*, curl_socket_t socket, int wants, void* self, void*);
  static int on_timer(CURLM*, long after_ms, void* self);
  void watch(curl_socket_t socket, int wants);
  void arm(const std::shared_ptr<Watch>& watch);
  void ready(const std::shared_ptr<Watch>& watch, int is_readable_or_writable);
  void set_timer(long after_ms);
  void drive(curl_socket_t socket, int events);

  boost::asio::any_io_executor loop_;
  CurlLibrary curl_;
  CURLM* multi_ = nullptr;
  boost::asio::steady_timer timer_;
  bool is_due_ = false;       // libcurl wants a turn at once
  bool is_entering_ = false;  // a turn follows anyway
  // Shared with handlers that asio may still call, aborted, after libcurl has closed the socket.
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
};

}  // namespace chela::services
