// Waits in a loop for what a test wants to see.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace chela::heartbeat {

// Runs `io` until `holds`, however slow the machine is.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& holds) {
  for (int i = 0; i < 4000 && !holds(); ++i) {
    io.restart();
    io.run_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(holds());
}

}  // namespace chela::heartbeat
