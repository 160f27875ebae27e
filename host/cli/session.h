// What most commands begin with: the setup, the engine, and a loop to wait on.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "app/engine.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "services/clock.h"

// CHELA_TRY for functions that give an exit code: the error is reported.
#define CHELA_CLI_TRY(decl, ...)                                              \
  auto CHELA_TRY_NAME_ = (__VA_ARGS__);                                       \
  if (!CHELA_TRY_NAME_) return ::chela::cli::report(CHELA_TRY_NAME_.error()); \
  decl = std::move(*CHELA_TRY_NAME_)

namespace chela::cli {

struct Session {
  services::SystemClock clock;
  std::unique_ptr<app::Engine> engine;
};

// Loads the setup and opens the engine for one command.
inline Result<std::unique_ptr<Session>> open_session(const Global& global) {
  CHELA_TRY(app::Setup setup, app::load_setup(global.where));
  auto session = std::make_unique<Session>();
  CHELA_TRY(session->engine, app::Engine::open(std::move(setup), session->clock, {}));
  return session;
}

// Runs one coroutine to its end on a loop of its own; `engine`'s instances end with it.
template <class T>
T wait_for(app::Engine& engine, boost::asio::awaitable<T> work) {
  boost::asio::io_context io(1);
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown, T value) {
    if (thrown) std::rethrow_exception(thrown);
    result.emplace(std::move(value));
    engine.end_instances();
  });
  io.run();
  return std::move(*result);
}

}  // namespace chela::cli
