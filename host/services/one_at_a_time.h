// A door that lets one coroutine through at a time, in the order in which they came.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>

namespace chela::services {

// Outlives everybody who waits or is inside. [loop-thread]
class OneAtATime {
 public:
  // Being inside; the end of the scope lets the next one in.
  class Inside {
   public:
    explicit Inside(OneAtATime& door) : door_(&door) {}
    Inside(Inside&& other) noexcept : door_(std::exchange(other.door_, nullptr)) {}
    Inside& operator=(Inside&&) = delete;
    ~Inside() {
      if (door_ != nullptr) door_->leave();
    }

   private:
    OneAtATime* door_;
  };

  // Waits without limit, and leaves the queue where the wait is destroyed: whoever is inside has a
  // deadline of its own.
  boost::asio::awaitable<Inside> enter();
  bool is_free() const { return !is_taken_; }

 private:
  struct Waiting {
    explicit Waiting(boost::asio::any_io_executor executor) : bell(std::move(executor)) {}
    boost::asio::steady_timer bell;  // never expires; cancelling it calls in
    bool is_called = false;
  };
  class Turn;
  void leave();

  bool is_taken_ = false;
  std::deque<std::shared_ptr<Waiting>> queue_;  // shared with the frames that wait
};

}  // namespace chela::services
