// Wakes when a manifest is written, renamed or removed; folders that come into being are followed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>

namespace chela::app {

class ManifestWatch {
 public:
  // Calls `changed` once things have been quiet for 300 ms: an editor writes in several steps.
  ManifestWatch(boost::asio::any_io_executor executor, std::function<void()> changed);

  // Also looks at the folders that are there by now; may be called again at any time.
  void look_at(const std::filesystem::path& manifests);

 private:
  void wait();
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer debounce_;
  std::function<void()> changed_;
};

}  // namespace chela::app
