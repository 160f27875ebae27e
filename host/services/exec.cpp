#include "services/exec.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/sealed_memory.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "chela/json.h"
#include "services/net_access.h"
#include "services/pipe.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using base::UniqueFd;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxJobBytes = 128 * 1024;  // fits into a socket's buffer at once
// What outlives the program may hold its pipes open; namespaces forbid it, without them this is the
// patience.
constexpr std::chrono::milliseconds kPipePatience{500};

Error system_error(const std::string& what, int error) {
  const bool is_scarce = error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOSPC;
  return {is_scarce ? ErrorCode::resource_exhausted : ErrorCode::internal,
          "cannot run " + what + ": " + std::strerror(error)};
}

// The descriptors of one run: ours and the child's.
struct Channels {
  UniqueFd input;  // the child's: a sealed file in memory, so that nobody has to feed it
  UniqueFd out, child_out;
  UniqueFd err, child_err;
  UniqueFd job, child_job;
};

bool open_socket(UniqueFd& ours, UniqueFd& theirs) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
  ours = UniqueFd(ends[0]);
  theirs = UniqueFd(ends[1]);
  return ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0;
}

bool fill_input(UniqueFd& input, std::string_view text) {
  input = base::sealed_memory("chela-stdin", [text](int file) {
    for (std::size_t used = 0; used < text.size();) {
      const ssize_t count =
          ::pwrite(file, text.data() + used, text.size() - used, static_cast<off_t>(used));
      if (count <= 0) return false;
      used += static_cast<std::size_t>(count);
    }
    return true;
  });
  return input.is_open();
}

Result<Channels> open_channels(const ExecRequest& request) {
  Channels channels;
  const bool is_ready = open_pipe(channels.out, channels.child_out) &&
                        open_pipe(channels.err, channels.child_err) &&
                        open_socket(channels.job, channels.child_job) &&
                        (request.input.empty() || fill_input(channels.input, request.input));
  if (!is_ready) return fail(system_error(request.argv.front(), errno));
  return channels;
}

Result<void> check_request(const Caller& caller, ExecRequest& request) {
  const auto refuse = [](const std::string& what) {
    return fail(ErrorCode::invalid_argument, "exec request: " + what);
  };
  if (request.argv.empty() || request.argv.front().empty())
    return refuse("argv: wanted a program's name");
  const std::string& program = request.argv.front();
  const bool is_path = program.find('/') != std::string::npos;
  if (is_path && (program.front() != '/' || program.find("/../") != std::string::npos)) {
    return refuse("argv[0]: wanted a bare name such as \"git\" or an absolute path, found '" +
                  base::printable(program, 100) + "'");
  }
  if (!may_exec(caller.grant, program))
    return fail(refusal(Permission::exec, caller.instance, program));
  for (const auto& [name, value] : request.env) {
    if (!is_refused_variable(name)) continue;
    return refuse("env: '" + base::printable(name, 100) +
                  "' may not be set: it changes what code the program runs");
  }
  if (request.input.size() > max_output_bytes) {
    return fail(ErrorCode::resource_exhausted, "exec request: stdin: wanted at most 8 MiB");
  }
  if (request.cwd.empty()) request.cwd = "/";
  CHELA_TRY(request.cwd, normal_path(request.cwd));
  const bool is_granted =
      may_read(caller.grant, request.cwd) || may_write(caller.grant, request.cwd);
  if (request.cwd != "/" && !is_granted) {
    return fail(refusal(Permission::read, caller.instance, request.cwd));
  }
  request.max_output_bytes = std::min(request.max_output_bytes, max_output_bytes);
  return {};
}

std::vector<std::string> environment_of(const ExecRequest& request) {
  std::vector<std::pair<std::string, std::string>> variables{{"LC_ALL", "C.UTF-8"},
                                                             {"HOME", "/nonexistent"}};
  if (request.argv.front() == "git") {
    // git refuses the folders of other users; which folders may be read is decided by the grant. It
    // also stops where it may not read the system's settings, and would take locks, or ask a
    // person.
    variables.insert(variables.end(), {{"GIT_CONFIG_COUNT", "1"},
                                       {"GIT_CONFIG_KEY_0", "safe.directory"},
                                       {"GIT_CONFIG_VALUE_0", "*"},
                                       {"GIT_CONFIG_NOSYSTEM", "1"},
                                       {"GIT_OPTIONAL_LOCKS", "0"},
                                       {"GIT_TERMINAL_PROMPT", "0"}});
  }
  for (const auto& [name, value] : request.env) {
    const auto same = std::find_if(variables.begin(), variables.end(),
                                   [&](const auto& v) { return v.first == name; });
    if (same == variables.end())
      variables.emplace_back(name, value);
    else
      same->second = value;
  }
  std::vector<std::string> list;
  for (const auto& [name, value] : variables) list.push_back(name + "=" + value);
  return list;
}

json::array texts(const std::vector<std::string>& list) {
  return json::array(list.begin(), list.end());
}

Result<std::string> job_of(const Caller& caller, const ExecRequest& request,
                           const ExecSettings& settings, const NetAccess& net) {
  json::object document{{"argv", texts(request.argv)},
                        {"env", texts(environment_of(request))},
                        {"cwd", request.cwd},
                        {"read_paths", texts(caller.grant.read)},
                        {"write_paths", texts(caller.grant.write)},
                        {"confinement", settings.require_confinement ? "require" : "best-effort"}};
  if (request.argv.front().front() == '/') document["program"] = request.argv.front();
  if (!net.is_empty()) document["net"] = to_json(net);
  std::string text = json::serialize(document);
  if (text.size() <= kMaxJobBytes) return text;
  return fail(
      ErrorCode::resource_exhausted,
      "cannot run " + request.argv.front() + ": arguments and environment: wanted at most 128 KiB");
}

std::optional<base::Identity> identity_of(const ExecRequest& request, const NetAccess& net,
                                          std::size_t run) {
  if (::geteuid() != 0) return std::nullopt;
  if (request.run_as) return request.run_as;
  struct stat info {};
  if (request.cwd != "/" && ::stat(request.cwd.c_str(), &info) == 0)
    return base::Identity{info.st_uid, info.st_gid};
  // dbus-daemon looks up the groups of whoever connects, and turns away a user without a name.
  if (!net.paths.empty()) return base::nobody;
  return base::unprivileged_identity(base::unprivileged_ids / 2 +
                                     run % (base::unprivileged_ids / 2));  // below: workers
}

Result<base::Child> start(const ExecSettings& settings, const ExecRequest& request,
                          const NetAccess& net, std::size_t run, Channels& channels) {
  base::SpawnRequest spawn;
  spawn.program = settings.worker;
  spawn.argv = {"chela-worker", "exec"};
  spawn.fds = {
      {channels.child_out.get(), 1}, {channels.child_err.get(), 2}, {channels.child_job.get(), 3}};
  if (channels.input.is_open()) spawn.fds.push_back({channels.input.get(), 0});
  spawn.namespaces =
      net.servers.empty() ? base::Namespaces::isolated : base::Namespaces::isolated_but_net;
  spawn.identity = identity_of(request, net, run);
  CHELA_TRY(base::Child child, base::spawn(spawn));
  for (auto* fd : {&channels.child_out, &channels.child_err, &channels.child_job, &channels.input})
    fd->reset();
  return child;
}

// One of our own, not a duplicate: asio makes it non-blocking, and with that flag, which duplicates
// share, waitid() no longer waits, so that the child's wait() would leave a zombie.
int pidfd_of(const base::Child& child) {
  return static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0));
}

// Collects one descriptor up to its end, keeping the first `cap` bytes.
struct Stream {
  Stream(asio::any_io_executor executor, UniqueFd fd, std::uint64_t most)
      : descriptor(executor, fd.release()), cap(most) {}
  asio::posix::stream_descriptor descriptor;
  std::uint64_t cap;
  std::string text;
  bool is_truncated = false;
  bool is_done = false;
  std::array<char, 32 * 1024> buffer;
};

// One run on the loop. Shared between its coroutine and the handlers, which asio may still call
// once, with operation_aborted, after the coroutine is gone.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(asio::any_io_executor executor, base::Child child, Channels channels, std::uint64_t cap)
      : child_(std::move(child)),
        out_(executor, std::move(channels.out), cap),
        err_(executor, std::move(channels.err), cap),
        job_(executor, std::move(channels.job), 64 * 1024),
        end_(executor, pidfd_of(child_)),
        alarm_(executor) {}

  void begin(SteadyClock::time_point until) {
    alarm_.expires_at(until);
    for (auto* stream : {&out_, &err_, &job_}) read(*stream);
    auto self = shared_from_this();
    end_.async_wait(asio::posix::stream_descriptor::wait_read, [self](error_code error) {
      if (!error) self->ended();
    });
  }

  // Expires at the time limit; cancelled where the run is over. May be given a nearer time
  // meanwhile.
  asio::steady_timer& alarm() { return alarm_; }
  bool is_over() const { return exit_ && out_.is_done && err_.is_done && job_.is_done; }
  bool has_exited() const { return exit_.has_value(); }

  // Kills whatever is left and closes everything. Nothing of the run is there afterwards.
  void stop() {
    if (!exit_) {
      child_.kill();
      exit_ = child_.wait();
    }
    error_code ignored;
    for (auto* stream : {&out_, &err_, &job_}) stream->descriptor.close(ignored);
    end_.close(ignored);
  }

  Result<ExecOutcome> outcome(bool is_timed_out);

 private:
  void read(Stream& stream) {
    auto self = shared_from_this();
    stream.descriptor.async_read_some(
        asio::buffer(stream.buffer), [self, &stream](error_code error, std::size_t size) {
          if (error) {
            stream.is_done = true;
            self->wake_if_over();
            return;
          }
          const auto room = static_cast<std::size_t>(stream.cap) - stream.text.size();
          stream.text.append(stream.buffer.data(), std::min(size, room));
          if (size > room) stream.is_truncated = true;
          self->read(stream);
        });
  }

  void ended() {
    exit_ = child_.reap();
    if (!exit_) return;
    if (!is_over())
      alarm_.expires_at(std::min(alarm_.expiry(), SteadyClock::now() + kPipePatience));
    wake_if_over();
  }

  void wake_if_over() {
    if (is_over()) alarm_.cancel();
  }

  base::Child child_;
  std::optional<base::Exit> exit_;
  Stream out_;
  Stream err_;
  Stream job_;  // what the worker says where it could not become the program
  asio::posix::stream_descriptor end_;
  asio::steady_timer alarm_;
};

Result<ExecOutcome> Run::outcome(bool is_timed_out) {
  int signal = exit_->signal;
  if (!job_.text.empty()) {
    const auto reply = parse_json(job_.text);
    if (!reply) return fail(ErrorCode::internal, "chela-worker gave no readable answer");
    // Behind a gate the worker outlives the program and says how that ended.
    signal = static_cast<int>(get_int(*reply, "signal"));
    if (signal == 0)
      return fail(static_cast<ErrorCode>(get_int(*reply, "status", 13)),
                  get_string(*reply, "message"));
  }
  ExecOutcome outcome;
  outcome.exit_code = signal != 0 ? -1 : exit_->code;
  outcome.signal = signal;
  outcome.timed_out = is_timed_out;
  outcome.is_truncated = out_.is_truncated || err_.is_truncated;
  outcome.out = std::move(out_.text);
  outcome.err = std::move(err_.text);
  return outcome;
}

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

bool send_job(const UniqueFd& socket, const std::string& job) {
  const ssize_t sent = ::send(socket.get(), job.data(), job.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(job.size()) && ::shutdown(socket.get(), SHUT_WR) == 0;
}

}  // namespace

asio::awaitable<Result<ExecOutcome>> Exec::run(const Caller& caller, ExecRequest request,
                                               Deadline deadline) const {
  co_await asio::this_coro::throw_if_cancelled(false);
  CHELA_CO_TRY(check_request(caller, request));
  const auto begin = SteadyClock::now();
  const auto until =
      request.timeout > Duration(0) ? std::min(deadline, begin + request.timeout) : deadline;
  if (begin >= until) {
    co_return fail(ErrorCode::deadline_exceeded, "no time was left to run " + request.argv.front());
  }
  CHELA_CO_TRY(const NetAccess net,
               co_await look_up(granted_net(caller.grant, request.argv.front()), until));
  CHELA_CO_TRY(const std::string job, job_of(caller, request, settings_, net));
  CHELA_CO_TRY(Channels channels, open_channels(request));
  CHELA_CO_TRY(base::Child child, start(settings_, request, net, runs_++, channels));
  if (!send_job(channels.job, job)) co_return fail(system_error(request.argv.front(), errno));

  const auto executor = co_await asio::this_coro::executor;
  const auto run = std::make_shared<Run>(executor, std::move(child), std::move(channels),
                                         request.max_output_bytes);
  const StopAtEnd guard(*run);
  run->begin(until);
  while (!run->is_over()) {
    error_code error;
    co_await run->alarm().async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return fail(ErrorCode::cancelled,
                     "the call was cancelled while " + request.argv.front() + " ran");
    }
    if (!error && SteadyClock::now() >= run->alarm().expiry()) break;
  }
  const bool is_timed_out = !run->has_exited();
  run->stop();
  co_return run->outcome(is_timed_out);
}

}  // namespace chela::services
