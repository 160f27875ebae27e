#include "services/one_at_a_time.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace chela::services {

namespace asio = boost::asio;

// Takes whoever waited and is destroyed out of the queue, or through the door where it was called
// already.
class OneAtATime::Turn {
 public:
  Turn(OneAtATime& door, std::shared_ptr<Waiting> me) : door_(door), me_(std::move(me)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (is_taken_) return;
    if (me_->is_called)
      door_.leave();
    else
      std::erase(door_.queue_, me_);
  }
  void take() { is_taken_ = true; }

 private:
  OneAtATime& door_;
  std::shared_ptr<Waiting> me_;
  bool is_taken_ = false;
};

asio::awaitable<OneAtATime::Inside> OneAtATime::enter() {
  if (!is_taken_) {
    is_taken_ = true;
    co_return Inside(*this);
  }
  const auto me = std::make_shared<Waiting>(co_await asio::this_coro::executor);
  me->bell.expires_at(asio::steady_timer::time_point::max());
  queue_.push_back(me);
  Turn turn(*this, me);
  while (!me->is_called) co_await me->bell.async_wait(asio::as_tuple(asio::use_awaitable));
  turn.take();
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
