#include "services/secret_program.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "base/process.h"
#include "base/unique_fd.h"
#include "services/pipe.h"
#include "services/secret_file.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using base::UniqueFd;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxErrorBytes = 8 * 1024;
// A daemon that the program left behind may hold its pipes for ever; `op` does that.
constexpr std::chrono::milliseconds kPipePatience{250};

struct Pipes {
  UniqueFd out, child_out;
  UniqueFd err, child_err;
};

ProgramEnd not_started(std::string why, bool is_absent) {
  ProgramEnd end;
  end.fate = is_absent ? ProgramFate::absent : ProgramFate::not_started;
  end.why_not_started = std::move(why);
  return end;
}

// Collects one descriptor up to its end, at most `cap` bytes.
struct Stream {
  Stream(const asio::any_io_executor& executor, UniqueFd fd, std::size_t most)
      : descriptor(executor, fd.release()), cap(most), text(SecretString::with_room(most)) {}
  std::span<char> target() {
    const auto room = text.room().first(cap - text.size());
    return room.empty() ? rest.room() : room;
  }
  asio::posix::stream_descriptor descriptor;
  std::size_t cap;
  SecretString text;
  SecretString rest = SecretString::with_room(4096);  // what is over, read and forgotten
  bool is_over = false;
  bool is_done = false;
};

// One run on the loop. Shared between its coroutine and the handlers, which asio may still call
// once, with operation_aborted, after the coroutine is gone.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(const asio::any_io_executor& executor, base::Child child, Pipes pipes)
      : child_(std::move(child)),
        out_(executor, std::move(pipes.out), max_secret_bytes),
        err_(executor, std::move(pipes.err), kMaxErrorBytes),
        // One of our own, not a duplicate: see Exec.
        end_(executor, static_cast<int>(::syscall(SYS_pidfd_open, child_.pid(), 0))),
        alarm_(executor) {}

  void begin(Duration timeout) {
    alarm_.expires_after(timeout);
    read(out_);
    read(err_);
    auto self = shared_from_this();
    end_.async_wait(asio::posix::stream_descriptor::wait_read, [self](error_code error) {
      if (!error) self->ended();
    });
  }

  asio::steady_timer& alarm() { return alarm_; }
  bool has_too_much() const { return out_.is_over; }
  bool has_exited() const { return exit_.has_value(); }
  bool is_over() const { return has_too_much() || (exit_ && out_.is_done && err_.is_done); }

  // Kills whatever is left and closes everything. Nothing of the run is there afterwards.
  void stop() {
    is_stopped_ = true;
    if (!exit_) {
      child_.kill();
      exit_ = child_.wait();
    }
    error_code ignored;
    for (auto* stream : {&out_, &err_}) stream->descriptor.close(ignored);
    end_.close(ignored);
  }

  ProgramEnd end(ProgramFate fate) {
    ProgramEnd end;
    end.fate = fate;
    if (fate == ProgramFate::exited && exit_->signal != 0) end.fate = ProgramFate::signalled;
    end.exit_code = exit_->code;
    end.signal = exit_->signal;
    end.out = std::move(out_.text);
    end.err = std::move(err_.text);
    return end;
  }

 private:
  void read(Stream& stream) {
    auto self = shared_from_this();
    const auto target = stream.target();
    const bool is_rest = stream.text.size() == stream.cap;
    stream.descriptor.async_read_some(asio::buffer(target.data(), target.size()),
                                      [self, &stream, is_rest](error_code error, std::size_t size) {
                                        if (error || self->is_stopped_) {
                                          stream.is_done = true;
                                          self->wake_if_over();
                                          return;
                                        }
                                        if (is_rest)
                                          stream.is_over = true;
                                        else
                                          stream.text.took(size);
                                        if (self->has_too_much()) return self->wake_if_over();
                                        self->read(stream);
                                      });
  }

  void ended() {
    exit_ = child_.reap();
    if (!is_over())
      alarm_.expires_at(std::min(alarm_.expiry(), SteadyClock::now() + kPipePatience));
    wake_if_over();
  }

  void wake_if_over() {
    if (is_over()) alarm_.cancel();
  }

  base::Child child_;
  Stream out_;
  Stream err_;
  asio::posix::stream_descriptor end_;
  asio::steady_timer alarm_;
  std::optional<base::Exit> exit_;
  bool is_stopped_ = false;  // a read may have been finished, but not told, before that
};

// Ends the run with the coroutine, however that ends.
class StopAtEnd {
 public:
  explicit StopAtEnd(Run& run) : run_(run) {}
  StopAtEnd(const StopAtEnd&) = delete;
  StopAtEnd& operator=(const StopAtEnd&) = delete;
  ~StopAtEnd() { run_.stop(); }

 private:
  Run& run_;
};

Result<base::Child> start(ProgramRequest& request, Pipes& pipes) {
  base::SpawnRequest spawn;
  spawn.program = request.program;
  spawn.argv = request.argv;
  spawn.env = std::move(request.env);
  spawn.fds = {{pipes.child_out.get(), 1}, {pipes.child_err.get(), 2}};
  spawn.no_core = true;
  auto child = base::spawn(spawn);
  for (auto& variable : spawn.env) wipe(variable);
  pipes.child_out.reset();
  pipes.child_err.reset();
  return child;
}

}  // namespace

asio::awaitable<ProgramEnd> run_secret_program(ProgramRequest request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Pipes pipes;
  if (!open_pipe(pipes.out, pipes.child_out) || !open_pipe(pipes.err, pipes.child_err)) {
    co_return not_started(std::strerror(errno), false);
  }
  auto child = start(request, pipes);
  if (!child) {
    co_return not_started(child.error().message, child.error().code == ErrorCode::not_found);
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto run = std::make_shared<Run>(executor, std::move(*child), std::move(pipes));
  const StopAtEnd guard(*run);
  run->begin(request.timeout);
  while (!run->is_over()) {
    error_code error;
    co_await run->alarm().async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      run->stop();
      co_return run->end(ProgramFate::cancelled);
    }
    if (!error && SteadyClock::now() >= run->alarm().expiry()) break;
  }
  const ProgramFate fate = run->has_too_much() ? ProgramFate::too_much
                           : run->has_exited() ? ProgramFate::exited
                                               : ProgramFate::timed_out;
  run->stop();
  co_return run->end(fate);
}

}  // namespace chela::services
