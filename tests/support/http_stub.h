// A loopback HTTP/1.1 server for tests: does with each request what a function says, also the
// things that no server should do, and remembers what it saw.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/http_answer.h"
#include "support/test_authority.h"

namespace chela::test {

struct HttpSeen {
  std::string method;
  std::string target;  // as it stands in the request line
  HttpFields fields;   // names in lower case
  std::string body;
  int connection = 0;                                // counted from 1
  std::string field(const std::string& name) const;  // the first of that name (lower case), or ""
};

// Called on the server's thread.
using HttpHandler = std::function<HttpAnswer(const HttpSeen&)>;

struct HttpStubOptions {
  std::optional<Certificate> certificate;  // there: HTTPS
  bool stalls_handshake = false;           // accepts and never says a word
};

// Runs in a thread of its own from construction to destruction, on 127.0.0.1 and a free port.
class HttpStub {
 public:
  explicit HttpStub(HttpHandler handler, HttpStubOptions options = {});
  ~HttpStub();
  HttpStub(const HttpStub&) = delete;
  HttpStub& operator=(const HttpStub&) = delete;

  unsigned short port() const;
  // "http://127.0.0.1:PORT/path", or https.
  std::string url(const std::string& path = "/") const;

  std::vector<HttpSeen> requests() const;
  int connections() const;       // accepted so far
  int open_connections() const;  // not yet closed by either side, as far as the server looked
  int in_flight() const;         // requests read and not yet answered to the end
  int max_in_flight() const;
  // How many times the peer closed the connection while an answer stalled or was being written.
  int abandoned() const;

  // True as soon as `is_so`, looked at each millisecond; false after `patience`.
  static bool eventually(const std::function<bool()>& is_so,
                         std::chrono::milliseconds patience = std::chrono::seconds(20));

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

// A port of 127.0.0.1 on which nobody listens.
unsigned short closed_port();

}  // namespace chela::test
