// Drains what a worker prints to stdout and stderr into the log, and remembers its last line,
// redacted as the log is.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "services/log.h"

namespace chela::plugin {

// Shared between the worker's handle and the read that is waiting: the read may outlive the handle
// by one event.
class WorkerOutput : public std::enable_shared_from_this<WorkerOutput> {
 public:
  WorkerOutput(boost::asio::any_io_executor executor, base::UniqueFd pipe, services::Log& log,
               std::string instance);

  void start();
  // Reads what is left without waiting, after the worker has ended.
  void finish();
  const std::string& last_line() const { return last_line_; }

 private:
  void wait();
  bool read_some();  // false at the end
  void take(std::string_view bytes);

  boost::asio::posix::stream_descriptor pipe_;
  const services::Log& host_log_;
  services::PluginLog log_;
  std::string partial_;
  std::string last_line_;
};

}  // namespace chela::plugin
