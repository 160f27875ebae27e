// The two operations of Files that wait: they repeat the steps of look.h and swap.h until the
// deadline.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>

#include "services/file_version.h"
#include "services/files.h"
#include "services/look.h"
#include "services/swap.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr Duration kLockPause{5};

Walk walk_of(const FilesSettings& settings) {
  return settings.use_openat2 ? Walk::openat2 : Walk::by_parts;
}

// False where the wait was cancelled.
awaitable<bool> pause(Duration length, Deadline deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(std::min(std::chrono::steady_clock::now() + length, deadline));
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

bool is_past(Deadline deadline) {
  return std::chrono::steady_clock::now() >= deadline;
}

Error cancelled(const std::string& path) {
  return {ErrorCode::cancelled, path + ": the call was cancelled while it waited"};
}

Error too_late(const std::string& path, const std::string& why) {
  return {ErrorCode::deadline_exceeded, path + ": " + why + " until the call's deadline"};
}

}  // namespace

awaitable<Result<FileBytes>> Files::read(const Caller& caller, std::string path,
                                         std::uint64_t max_bytes, Duration quiet,
                                         Deadline deadline) const {
  co_await asio::this_coro::throw_if_cancelled(false);
  LookRequest request;
  CHELA_CO_TRY(request.path, normal_path(path));
  request.max_bytes = max_bytes == 0 ? max_file_bytes : std::min(max_bytes, max_file_bytes);
  request.quiet = quiet;
  request.walk = walk_of(settings_);
  request.use_leases = settings_.use_leases;
  const Duration step = std::clamp(quiet / 4, Duration(1), Duration(50));
  Watch watch;
  while (true) {
    CHELA_CO_TRY(std::optional<FileBytes> file, look(caller, request, watch));
    if (file) co_return std::move(*file);
    if (is_past(deadline)) co_return fail(too_late(request.path, watch.reason));
    if (!co_await pause(step, deadline)) co_return fail(cancelled(request.path));
  }
}

awaitable<Result<std::string>> Files::replace(const Caller& caller, std::string path,
                                              std::string base_version, std::string bytes,
                                              Deadline deadline) const {
  co_await asio::this_coro::throw_if_cancelled(false);
  CHELA_CO_TRY(const std::string normal, normal_path(path));
  if (bytes.size() > max_file_bytes) {
    co_return fail(ErrorCode::resource_exhausted,
                   "cannot write " + normal + ": wanted at most " + std::to_string(max_file_bytes) +
                       " bytes, found " + std::to_string(bytes.size()));
  }
  std::string base_hash;
  CHELA_CO_TRY(Place place, granted_place(caller, normal, walk_of(settings_)));
  if (!base_version.empty()) {
    CHELA_CO_TRY(base_hash, content_hash_of(base_version));
  }
  Swap swap(std::move(place), settings_, std::move(base_hash), bytes);
  while (true) {
    CHELA_CO_TRY(const bool is_locked, swap.try_lock());
    if (is_locked) break;
    if (is_past(deadline)) co_return fail(too_late(normal, "another chela was replacing it"));
    if (!co_await pause(kLockPause, deadline)) co_return fail(cancelled(normal));
  }
  CHELA_CO_TRY(swap.prepare());
  CHELA_CO_TRY(auto step, swap.exchange(false));
  const Duration quiet = settings_.quiet_before_swap;
  while (step == Swap::Step::wait_until_quiet) {
    // A time in the future is another machine's clock: there is no telling.
    if (const Duration idle = swap.idle(); idle >= quiet || idle < Duration(0)) {
      CHELA_CO_TRY(step, swap.exchange(true));
      continue;
    }
    if (is_past(deadline)) co_return fail(too_late(normal, "it was being changed"));
    if (!co_await pause(std::max(quiet / 5, Duration(1)), deadline))
      co_return fail(cancelled(normal));
  }
  // Cancelled or not: from here on the new content has the name, and finish() decides whether it
  // keeps it.
  static_cast<void>(co_await pause(settings_.settle, Deadline::max()));
  co_return swap.finish();
}

}  // namespace chela::services
