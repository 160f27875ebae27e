#include "models/queue.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace chela::models {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Steady = std::chrono::steady_clock;

// Calls of other processes end without telling us: who is next of ours looks often, the others only
// to tell their place.
constexpr auto kNextLooksEvery = std::chrono::milliseconds(50);
constexpr auto kOthersLookEvery = std::chrono::seconds(1);

void wake_first(const Queue::Waiting& waiting) {
  if (!waiting.empty()) waiting.front()->cancel();
}

// Leaves the store's queue and the list of sleepers, however the wait ends.
class Place {
 public:
  Place(Store& store, Queue::Waiting& waiting, std::string id, asio::steady_timer& bell)
      : store_(store), waiting_(waiting), id_(std::move(id)) {
    place_ = waiting_.insert(waiting_.end(), &bell);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    waiting_.erase(place_);
    // What cannot be removed now is removed when this process is found dead.
    if (!is_in_) static_cast<void>(store_.leave(id_).has_value());
    wake_first(waiting_);
  }
  void go_in() { is_in_ = true; }
  bool is_first() const { return place_ == waiting_.begin(); }

 private:
  Store& store_;
  Queue::Waiting& waiting_;
  Queue::Waiting::iterator place_;
  std::string id_;
  bool is_in_ = false;
};

}  // namespace

void Queue::wake(Lane lane) {
  wake_first(waiting_[lane]);
}

awaitable<Result<void>> Queue::wait(CallRow call, Admission admission, int cap, Duration deadline,
                                    std::function<void(int)> on_wait) {
  if (admission.state == CallState::active) co_return Result<void>();
  const auto until = Steady::now() + deadline;
  asio::steady_timer bell(co_await asio::this_coro::executor);
  Place place(store_, waiting_[call.lane], call.id, bell);
  int told = 0;
  int looks = 0;
  while (true) {
    if (admission.position != told && on_wait) on_wait(admission.position);
    told = admission.position;
    const auto now = Steady::now();
    if (now >= until) {
      co_return fail(ErrorCode::deadline_exceeded,
                     "waited " + describe_duration(deadline) + " for its turn; it is number " +
                         std::to_string(admission.position) + " of those that wait, and " +
                         std::to_string(cap) + " calls may run at once (maxConcurrent)");
    }
    const Duration pause = place.is_first() ? Duration(kNextLooksEvery) : kOthersLookEvery;
    bell.expires_at(std::min(until, now + pause));
    static_cast<void>(co_await bell.async_wait(asio::as_tuple(asio::use_awaitable)));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      co_return fail(ErrorCode::cancelled, "nobody waits for it any more");
    if (++looks % 40 == 0) CHELA_CO_TRY(store_.bury_the_dead(call.at));
    CHELA_CO_TRY(admission, store_.look(call.id, call.lane, cap));
    if (admission.state == CallState::active) {
      place.go_in();
      co_return Result<void>();
    }
  }
}

}  // namespace chela::models
