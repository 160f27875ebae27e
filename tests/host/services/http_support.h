// A client on a loop of the test's own, and the requests that most tests send.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "services/http.h"
#include "support/http_stub.h"

namespace chela::services {

using namespace std::chrono_literals;
using test::HttpAnswer;
using test::HttpSeen;
using test::HttpStub;
namespace asio = boost::asio;

// One client on one loop; `run` runs a coroutine to its end, and the loop with it.
class HttpDesk {
 public:
  explicit HttpDesk(HttpSettings settings = {}) : client(loop.get_executor(), settings) {
    ::signal(SIGPIPE, SIG_IGN);  // as chela's main does
  }

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

  HttpResult<HttpReply> fetch(HttpRequest request) { return run(client.fetch(std::move(request))); }

  asio::io_context loop{1};
  HttpClient client;
};

inline HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

inline HttpRequest post(std::string url, std::string body) {
  HttpRequest request = get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

// Always the same answer.
inline test::HttpHandler always(HttpAnswer answer) {
  return [answer = std::move(answer)](const HttpSeen&) { return answer; };
}

}  // namespace chela::services
