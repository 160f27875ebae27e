// What the commands about models begin with: session, loop, models, and Ctrl-C as a cancelled call.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/models.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"

namespace chela::cli {

struct ModelSession {
  std::unique_ptr<Session> session;
  boost::asio::io_context loop{1};
  boost::asio::cancellation_signal cancel;  // of the call that runs
  std::unique_ptr<app::Models> models;      // ends before the loop

  ~ModelSession() {
    models.reset();
    if (session) session->engine->end_instances();
  }
};

inline Result<std::unique_ptr<ModelSession>> open_models(const Global& global) {
  auto opened = std::make_unique<ModelSession>();
  CHELA_TRY(opened->session, open_session(global));
  CHELA_TRY(opened->models, app::Models::open(*opened->session->engine, opened->session->clock,
                                              opened->loop.get_executor()));
  return opened;
}

// Runs one coroutine to its end; SIGINT and SIGTERM cancel it, which gives `cancelled`. Afterwards
// writes the tasks that are due.
template <class T>
Result<T> run_call(ModelSession& opened, boost::asio::awaitable<Result<T>> work) {
  namespace asio = boost::asio;
  asio::signal_set signals(opened.loop, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) opened.cancel.emit(asio::cancellation_type::terminal);
  });
  std::optional<Result<T>> result;
  asio::co_spawn(opened.loop, std::move(work),
                 asio::bind_cancellation_slot(
                     opened.cancel.slot(), [&](const std::exception_ptr& thrown, Result<T> value) {
                       // Asio's way to say that it was cancelled.
                       if (thrown) {
                         result.emplace(fail(ErrorCode::cancelled, "interrupted"));
                       } else {
                         result.emplace(std::move(value));
                       }
                       signals.cancel();
                     }));
  // Open connections and idle workers keep the loop busy beyond the call.
  const auto run_until = [&](const auto& is_done) {
    while (!is_done() && opened.loop.run_one() > 0) {
    }
    opened.loop.restart();
  };
  run_until([&] { return result.has_value(); });
  bool has_filed = false;
  asio::co_spawn(opened.loop, opened.models->file_tasks(), [&](const std::exception_ptr& thrown) {
    has_filed = true;
    if (thrown) std::rethrow_exception(thrown);
  });
  run_until([&] { return has_filed; });
  // Its place and its money are free for others while the answer is printed, which may take long.
  opened.models->router().catch_up();
  for (const auto& note : opened.models->take_notes())
    std::fprintf(stderr, "chela: %s\n", base::printable(note, 500).c_str());
  if (!*result && result->error().code == ErrorCode::cancelled)
    return fail(ErrorCode::cancelled, "interrupted");
  return std::move(*result);
}

}  // namespace chela::cli
