// Wakes at a point of wall time, however the clock is set or the machine sleeps meanwhile.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

#include "base/time.h"

namespace chela::app {

class WallAlarm {
 public:
  WallAlarm(boost::asio::any_io_executor executor, std::function<void()> wake);

  // Calls `wake` at `time`, or as soon as somebody sets the clock: then the plan has to be looked
  // at again.
  void set(Timestamp time);
  // Ends the wait for good.
  void close();

 private:
  void wait();
  boost::asio::posix::stream_descriptor timer_;
  std::function<void()> wake_;
};

}  // namespace chela::app
