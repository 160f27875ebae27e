#include "services/ping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <memory>

#include "base/process.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using base::UniqueFd;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);

// What decides how the network is reached from here; nothing else of the environment goes along.
std::vector<std::string> network_environment() {
  std::vector<std::string> list;
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY",
                           "all_proxy", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    if (const char* value = secure_getenv(name)) list.push_back(std::string(name) + "=" + value);
  }
  return list;
}

UniqueFd file_with(const std::string& text) {
  UniqueFd file(::memfd_create("chela-ping", MFD_CLOEXEC));
  if (!file.is_open()) return file;
  const ssize_t written = ::pwrite(file.get(), text.data(), text.size(), 0);
  if (written != static_cast<ssize_t>(text.size())) file.reset();
  return file;
}

// The one line that chela-ping printed.
std::string answer_of(const UniqueFd& pipe) {
  std::array<char, 512> text{};
  const ssize_t size = ::read(pipe.get(), text.data(), text.size());
  std::string_view line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (line.ends_with('\n')) line.remove_suffix(1);
  return line.empty() ? "chela-ping said nothing" : base::printable(line, 300);
}

}  // namespace

asio::awaitable<Result<void>> send_ping(PingRequest request) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    co_return fail(ErrorCode::resource_exhausted, "no pipe for chela-ping");
  const UniqueFd out(ends[0]);
  UniqueFd child_out(ends[1]);
  UniqueFd input = file_with(request.url);
  if (!input.is_open()) co_return fail(ErrorCode::resource_exhausted, "no memory for chela-ping");
  base::SpawnRequest spawn;
  spawn.program = request.program;
  spawn.argv = {"chela-ping"};
  spawn.env = network_environment();
  spawn.fds = {{input.get(), 0}, {child_out.get(), 1}};
  if (::geteuid() == 0) spawn.identity = base::unprivileged_identity(0);
  CHELA_CO_TRY(base::Child child, base::spawn(spawn));
  child_out.reset();

  const auto executor = co_await asio::this_coro::executor;
  // Shared, because the handler may be called once more after this coroutine is gone.
  const auto alarm = std::make_shared<asio::steady_timer>(executor, request.timeout);
  asio::posix::stream_descriptor end(executor,
                                     static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0)));
  end.async_wait(asio::posix::stream_descriptor::wait_read,
                 [alarm](const boost::system::error_code& error) {
                   if (!error) alarm->cancel();
                 });
  co_await alarm->async_wait(kAsValue);
  const auto exit = child.reap();
  if (!exit) {
    co_return fail(ErrorCode::deadline_exceeded,
                   "no answer within " + base::describe_duration(request.timeout));
  }
  if (exit->ok()) co_return Result<void>();
  co_return fail(ErrorCode::unavailable, answer_of(out));
}

}  // namespace chela::services
