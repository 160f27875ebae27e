#include "app/wall_alarm.h"

#include <sys/timerfd.h>
#include <unistd.h>

namespace chela::app {

WallAlarm::WallAlarm(boost::asio::any_io_executor executor, std::function<void()> wake)
    : timer_(std::move(executor), timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)),
      wake_(std::move(wake)) {
  wait();
}

void WallAlarm::set(Timestamp time) {
  const auto ms = std::max<std::int64_t>(time.time_since_epoch().count(), 1);
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(ms / 1000);
  spec.it_value.tv_nsec = static_cast<long>(ms % 1000) * 1'000'000;
  timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec,
                  nullptr);
}

void WallAlarm::close() {
  boost::system::error_code ignored;
  timer_.close(ignored);
}

void WallAlarm::wait() {
  timer_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      std::uint64_t count = 0;
                      // ECANCELED says that the clock was set; either way it is time to look again.
                      [[maybe_unused]] const auto got =
                          read(timer_.native_handle(), &count, sizeof count);
                      wake_();
                      wait();
                    });
}

}  // namespace chela::app
