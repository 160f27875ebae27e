#include "plugin/worker_output.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "chela/abi/kinds.h"

namespace chela::plugin {
namespace {

constexpr std::size_t kMaxLineBytes = 2000;
// Read beyond it before the line is redacted and cut: a secret that begins inside is then whole.
constexpr std::size_t kMaxSecretBytes = 64 * 1024;
constexpr std::uint64_t kMaxLines = 100;  // of printed output per worker; the rest is counted

}  // namespace

WorkerOutput::WorkerOutput(boost::asio::any_io_executor executor, base::UniqueFd pipe,
                           services::Log& log, std::string instance)
    : pipe_(std::move(executor), pipe.release()),
      host_log_(log),
      log_(log, std::move(instance), kMaxLines) {
  pipe_.non_blocking(true);
}

void WorkerOutput::start() {
  wait();
}

void WorkerOutput::wait() {
  pipe_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [self = shared_from_this()](const boost::system::error_code& error) {
                     if (!error && self->read_some()) self->wait();
                   });
}

bool WorkerOutput::read_some() {
  std::array<char, 16 * 1024> buffer;
  const auto got = read(pipe_.native_handle(), buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  take({buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

void WorkerOutput::finish() {
  if (!pipe_.is_open()) return;
  std::array<char, 16 * 1024> buffer;
  for (int rounds = 0; rounds < 64;
       ++rounds) {  // a dead worker's pipe holds 64 KiB; its kin may still write
    const auto got = read(pipe_.native_handle(), buffer.data(), buffer.size());
    if (got <= 0) break;
    take({buffer.data(), static_cast<std::size_t>(got)});
  }
  if (!partial_.empty()) take("\n");
  boost::system::error_code ignored;
  pipe_.close(ignored);
}

void WorkerOutput::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    constexpr std::size_t kMost = kMaxLineBytes + kMaxSecretBytes;
    if (partial_.size() < kMost) partial_.append(piece.substr(0, kMost - partial_.size()));
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    if (!partial_.empty()) {
      const std::string line = host_log_.redacted(partial_);
      last_line_ = base::printable(line, 200);
      log_.write(CHELA_LOG_INFO, std::string_view(line).substr(0, kMaxLineBytes));
    }
    partial_.clear();
  }
}

}  // namespace chela::plugin
