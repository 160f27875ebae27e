// The queue before the models: as many calls at once as the cap of a lane says, in the order in
// which they came, over all processes that share the store.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "models/store.h"

namespace chela::models {

// [loop-thread]
class Queue {
 public:
  explicit Queue(Store& store) : store_(store) {}

  // Comes back once the call, which the store has let in or told to wait, may begin.
  // deadline_exceeded names its place; it has left the queue then. `on_wait` is told the place (1 =
  // next) whenever it changes. Cancelled, it leaves at once.
  boost::asio::awaitable<Result<void>> wait(CallRow call, Admission admission, int cap,
                                            Duration deadline, std::function<void(int)> on_wait);
  // A call of this process in that lane is over: who is next looks again.
  void wake(Lane lane);

  using Waiting = std::list<boost::asio::steady_timer*>;  // in the order in which they came

 private:
  Store& store_;
  std::map<Lane, Waiting> waiting_;  // lists are never removed
};

}  // namespace chela::models
