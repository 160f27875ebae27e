#include "support/http_stub.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <thread>

namespace chela::test {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = ssl::stream<tcp::socket>;

auto into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

tcp::socket& socket_of(tcp::socket& stream) {
  return stream;
}
tcp::socket& socket_of(TlsStream& stream) {
  return stream.next_layer();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// Copies one way until either side ends, then ends both.
template <class From, class To>
asio::awaitable<void> pump(From& from, To& to) {
  std::array<char, 16 * 1024> bytes;
  for (error_code error;;) {
    const auto size = co_await from.async_read_some(asio::buffer(bytes), into(error));
    if (error) break;
    co_await asio::async_write(to, asio::buffer(bytes, size), into(error));
    if (error) break;
  }
  error_code ignored;
  socket_of(from).shutdown(tcp::socket::shutdown_both, ignored);
  socket_of(to).shutdown(tcp::socket::shutdown_both, ignored);
}

}  // namespace

struct HttpStub::Server {
  Server(HttpHandler on_request, HttpStubOptions with)
      : handler(std::move(on_request)),
        options(std::move(with)),
        acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    if (!options.certificate) return;
    const auto& [chain, key] = *options.certificate;
    tls.use_certificate_chain(asio::buffer(chain));
    tls.use_private_key(asio::buffer(key), ssl::context::pem);
  }

  // Counts a request that is being answered.
  struct InFlight {
    explicit InFlight(Server& one) : server(one) {
      const std::lock_guard lock(server.mutex);
      server.max_in_flight = std::max(server.max_in_flight, ++server.in_flight);
    }
    ~InFlight() {
      const std::lock_guard lock(server.mutex);
      --server.in_flight;
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    Server& server;
  };
  struct Open {
    explicit Open(Server& one) : server(one) {
      const std::lock_guard lock(server.mutex);
      ++server.open;
    }
    ~Open() {
      const std::lock_guard lock(server.mutex);
      --server.open;
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    Server& server;
  };

  asio::awaitable<void> accept();
  asio::awaitable<void> greet(tcp::socket socket, int number);
  template <class Stream>
  asio::awaitable<void> serve(Stream& stream, int number);
  template <class Stream>
  asio::awaitable<bool> answer(Stream& stream, std::vector<HttpStep> steps);
  void note_abandoned() {
    const std::lock_guard lock(mutex);
    ++abandoned;
  }

  HttpHandler handler;
  HttpStubOptions options;
  asio::io_context io{1};
  ssl::context tls{ssl::context::tls_server};
  tcp::acceptor acceptor;
  std::thread thread;

  mutable std::mutex mutex;
  std::vector<HttpSeen> seen;  // all below guarded by mutex
  int connections = 0;
  int open = 0;
  int in_flight = 0;
  int max_in_flight = 0;
  int abandoned = 0;
};

asio::awaitable<void> HttpStub::Server::accept() {
  for (error_code error;;) {
    tcp::socket socket(io);
    co_await acceptor.async_accept(socket, into(error));
    if (error) co_return;
    socket.set_option(tcp::no_delay(true), error);
    int number = 0;
    {
      const std::lock_guard lock(mutex);
      number = ++connections;
    }
    asio::co_spawn(io, greet(std::move(socket), number), asio::detached);
  }
}

asio::awaitable<void> HttpStub::Server::greet(tcp::socket socket, int number) {
  const Open open_now(*this);
  error_code error;
  if (options.stalls_handshake) {
    std::array<char, 4096> ignored;
    while (!error) co_await socket.async_read_some(asio::buffer(ignored), into(error));
    note_abandoned();
    co_return;
  }
  if (!options.certificate) {
    co_await serve(socket, number);
    co_return;
  }
  TlsStream stream(std::move(socket), tls);
  co_await stream.async_handshake(ssl::stream_base::server, into(error));
  if (!error) co_await serve(stream, number);
}

template <class Stream>
asio::awaitable<void> HttpStub::Server::serve(Stream& stream, int number) {
  boost::beast::flat_buffer buffer;
  for (error_code error;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    parser.header_limit(1u << 20);
    co_await http::async_read(stream, buffer, parser, into(error));
    if (error) co_return;
    const auto& request = parser.get();
    HttpSeen one;
    one.method = std::string(request.method_string());
    one.target = std::string(request.target());
    for (const auto& field : request)
      one.fields.emplace_back(lower(field.name_string()), std::string(field.value()));
    one.body = request.body();
    one.connection = number;
    {
      const std::lock_guard lock(mutex);
      seen.push_back(one);
    }
    const InFlight counted(*this);
    std::vector<HttpStep> steps = handler(one).steps();
    if (!co_await answer(stream, std::move(steps))) co_return;
  }
}

// False where the connection is not to be used again.
template <class Stream>
asio::awaitable<bool> HttpStub::Server::answer(Stream& stream, std::vector<HttpStep> steps) {
  error_code error;
  asio::steady_timer timer(io);
  for (const auto& step : steps) {
    switch (step.kind) {
      case HttpStep::Kind::send:
        co_await asio::async_write(stream, asio::buffer(step.bytes), into(error));
        if (error) {
          note_abandoned();
          co_return false;
        }
        break;
      case HttpStep::Kind::pause:
        timer.expires_after(step.time);
        co_await timer.async_wait(into(error));
        break;
      case HttpStep::Kind::hold:
        while (!step.is_free()) {
          timer.expires_after(std::chrono::milliseconds(1));
          co_await timer.async_wait(into(error));
        }
        break;
      case HttpStep::Kind::stall: {
        std::array<char, 4096> ignored;
        while (!error) co_await stream.async_read_some(asio::buffer(ignored), into(error));
        note_abandoned();
        co_return false;
      }
      case HttpStep::Kind::close:
        // The TCP end alone: over TLS that is a cut, since it says no goodbye.
        socket_of(stream).shutdown(tcp::socket::shutdown_both, error);
        co_return false;
      case HttpStep::Kind::reset:
        socket_of(stream).set_option(asio::socket_base::linger(true, 0), error);
        socket_of(stream).close(error);
        co_return false;
      case HttpStep::Kind::tunnel: {
        using namespace asio::experimental::awaitable_operators;
        tcp::socket other(io);
        const tcp::endpoint target(asio::ip::address_v4::loopback(), step.port);
        co_await other.async_connect(target, into(error));
        if (!error) co_await (pump(stream, other) && pump(other, stream));
        co_return false;
      }
    }
  }
  co_return true;
}

std::string HttpSeen::field(const std::string& name) const {
  for (const auto& [known, value] : fields)
    if (known == name) return value;
  return "";
}

HttpStub::HttpStub(HttpHandler handler, HttpStubOptions options)
    : server_(std::make_unique<Server>(std::move(handler), std::move(options))) {
  asio::co_spawn(server_->io, server_->accept(), asio::detached);
  server_->thread = std::thread([server = server_.get()] { server->io.run(); });
}

HttpStub::~HttpStub() {
  server_->io.stop();
  server_->thread.join();
}

unsigned short HttpStub::port() const {
  return server_->acceptor.local_endpoint().port();
}

std::string HttpStub::url(const std::string& path) const {
  return (server_->options.certificate ? "https://127.0.0.1:" : "http://127.0.0.1:") +
         std::to_string(port()) + path;
}

std::vector<HttpSeen> HttpStub::requests() const {
  const std::lock_guard lock(server_->mutex);
  return server_->seen;
}
int HttpStub::connections() const {
  const std::lock_guard lock(server_->mutex);
  return server_->connections;
}
int HttpStub::open_connections() const {
  const std::lock_guard lock(server_->mutex);
  return server_->open;
}
int HttpStub::in_flight() const {
  const std::lock_guard lock(server_->mutex);
  return server_->in_flight;
}
int HttpStub::max_in_flight() const {
  const std::lock_guard lock(server_->mutex);
  return server_->max_in_flight;
}
int HttpStub::abandoned() const {
  const std::lock_guard lock(server_->mutex);
  return server_->abandoned;
}

bool HttpStub::eventually(const std::function<bool()>& is_so, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

unsigned short closed_port() {
  asio::io_context io;
  const tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace chela::test
