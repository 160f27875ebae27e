// The models as a program has them, before a loopback server that speaks OpenAI's API.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "app/models.h"
#include "support/http_answer.h"
#include "support/http_stub.h"

namespace chela::bench {

enum class Wish { whole, stream, idle_stream };

// The request's body as the plugin writes it, about 1.1 kB.
std::string chat_body(Wish wish);

// What the server does: a whole answer of about 0.8 kB; 20 pieces, each written by itself; or one
// piece and then nothing.
test::HttpAnswer answer_chat(const test::HttpSeen& seen);

class ModelDesk {
 public:
  // Roles "here" (the plugin in the host) and "worker" (the same plugin in a worker) go to the
  // server on `port`; budgets hold and are too large to be used up.
  static Result<std::unique_ptr<ModelDesk>> open(app::Setup setup, unsigned short port,
                                                 boost::asio::io_context& loop);

  // Microseconds to the whole answer, or to the first piece where it is a stream; -1 where it
  // failed (it has been printed).
  boost::asio::awaitable<double> call(std::string role, Wish wish);
  // Opens a stream and stays in it until it is cancelled; `on_piece` is called for each piece.
  boost::asio::awaitable<void> stand_idle(std::string role, std::function<void()> on_piece);
  void catch_up() { models_->router().catch_up(); }
  void end_providers() { models_->router().end_providers(); }

 private:
  ModelDesk() = default;
  services::SystemClock clock_;
  std::unique_ptr<app::Engine> engine_;
  std::unique_ptr<app::Models> models_;
};

}  // namespace chela::bench
