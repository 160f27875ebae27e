#include "services/one_at_a_time.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace chela::services {

namespace asio = boost::asio;

asio::awaitable<OneAtATime::Inside> OneAtATime::enter() {
  if (!is_taken_) {
    is_taken_ = true;
    co_return Inside(*this);
  }
  const auto me = std::make_shared<Waiting>(co_await asio::this_coro::executor);
  me->bell.expires_at(asio::steady_timer::time_point::max());
  queue_.push_back(me);
  while (!me->is_called) co_await me->bell.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return Inside(*this);
}

// The door stays taken when it is handed on, so nobody can slip in between.
void OneAtATime::leave() {
  if (queue_.empty()) {
    is_taken_ = false;
    return;
  }
  queue_.front()->is_called = true;
  queue_.front()->bell.cancel();
  queue_.pop_front();
}

}  // namespace chela::services
