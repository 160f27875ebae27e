// Boost.Beast on one kept connection: no deadlines, no checks. The floor for everything that talks
// HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "measure.h"

namespace chela::bench {

class PlainClient {
 public:
  // Throws where nobody listens.
  PlainClient(boost::asio::io_context& loop, unsigned short port) : socket_(loop) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.set_option(boost::asio::ip::tcp::no_delay(true));
  }

  // Posts JSON. Microseconds to the whole answer, or (`to_first_byte`) to the first bytes of its
  // body, a stream of events; what follows is read all the same.
  boost::asio::awaitable<double> call(std::string target, std::string body, bool to_first_byte) {
    namespace http = boost::beast::http;
    using boost::asio::use_awaitable;
    const auto begin = Clock::now();
    http::request<http::string_body> request(http::verb::post, target, 11);
    request.set(http::field::host, "127.0.0.1");
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    co_await http::async_write(socket_, request, use_awaitable);
    const auto has_body = [this] {
      const std::string_view seen(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      return seen.find("data: ") != std::string_view::npos;
    };
    // Beast's own reading of a part goes on to the end of what it can have.
    while (to_first_byte && !has_body())
      buffer_.commit(co_await socket_.async_read_some(buffer_.prepare(8192), use_awaitable));
    const double first = us_since(begin);
    http::response<http::string_body> response;
    co_await http::async_read(socket_, buffer_, response, use_awaitable);
    co_return to_first_byte ? first : us_since(begin);
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace chela::bench
