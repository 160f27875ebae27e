#include "plugin/worker_client.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "chela/internal/door.h"
#include "plugin/worker_output.h"

namespace chela::plugin {
namespace {

// What a plugin says about its failure, fit to be shown and kept: it may quote what it read.
std::string words_of(const Frame& frame, const services::Log& log) {
  return base::printable(log.redacted(get_string(frame.head, "message")));
}

namespace asio = boost::asio;
using asio::awaitable;
using Socket = asio::local::stream_protocol::socket;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMostEventBytes = 256u << 10;
constexpr std::size_t kEnvelopeRoom = kMaxEnvelopeBytes + 1024;

// What chela-worker exits with when the plugin aborts: as pid 1 of its namespace it cannot die of
// SIGABRT.
constexpr int kExitOfAbort = 134;

// Why the worker gave no answer.
enum class Trouble { closed, not_a_frame, too_long };

struct Received {
  std::optional<Frame> frame;
  Trouble trouble = Trouble::closed;
  std::string words;
};

class WorkerInstance final : public Instance {
 public:
  WorkerInstance(const WorkerSettings& settings, const Activation& activation,
                 const Services& services, services::Log& log, base::Child child, Socket socket,
                 base::UniqueFd cancel, std::shared_ptr<WorkerOutput> output)
      : settings_(settings),
        deadline_(activation.deadline),
        services_(services),
        caller_{activation.instance, activation.grant, activation.secrets},
        log_(log),
        child_(std::move(child)),
        timer_(socket.get_executor()),
        socket_(std::move(socket)),
        cancel_(std::move(cancel)),
        output_(std::move(output)),
        reader_(static_cast<std::size_t>(settings.limits.output_mb) * 1024 * 1024 + kEnvelopeRoom) {
  }

  ~WorkerInstance() override {
    *alive_ = false;
    timer_.cancel();
    child_.kill();
    child_.wait();
    output_->finish();
  }

  awaitable<StartOutcome> open(const Activation& activation, std::unique_ptr<WorkerInstance> self);
  awaitable<TextOutcome> call_text(std::string op, std::string request, Duration timeout) override;
  void distrust() override { is_usable_ = false; }
  bool is_usable() const override { return is_usable_; }
  std::optional<std::string> died() override {
    const auto exit = child_.reap();
    if (!exit) return std::nullopt;
    is_usable_ = false;
    return "ended between two calls (" + exit->describe() + ")";
  }
  void end() override {
    is_usable_ = false;
    was_ended_ = true;
    child_.kill();  // the socket's end wakes whoever waits
    give_up_.emit(asio::cancellation_type::terminal);
  }
  const json::object& enforced() const override { return enforced_; }

 private:
  awaitable<Received> exchange(std::string bytes, std::uint64_t id, services::Deadline deadline,
                               const char* wanted_type);
  awaitable<Result<ServiceReply>> serve(Frame frame, services::Deadline deadline);
  awaitable<Received> receive();
  awaitable<bool> send(std::string bytes);
  bool take_message(const Frame& frame, services::PluginLog& plugin_log);
  void start_timer(Duration timeout);
  void stop_timer() { deadline_at_.reset(); }
  void arm_timer();
  void on_deadline();
  TextOutcome broken(const Received& received, const std::string& during, Duration timeout);

  WorkerSettings settings_;
  Duration deadline_;
  const Services& services_;
  services::Caller caller_;
  std::vector<Event> events_;  // of the call under way
  std::size_t event_bytes_ = 0;
  services::CallStreams streams_;      // of the call under way
  asio::cancellation_signal give_up_;  // of a wait for a service, by end()
  services::Log& log_;
  base::Child child_;
  // Arming and disarming a timer costs a system call each: a call only moves deadline_at_, and the
  // timer's handler looks whether that has come.
  asio::steady_timer timer_;
  std::optional<std::chrono::steady_clock::time_point> deadline_at_;
  bool is_armed_ = false;
  Socket socket_;
  base::UniqueFd cancel_;
  std::shared_ptr<WorkerOutput> output_;
  FrameReader reader_;
  std::uint64_t last_id_ = 0;
  bool is_usable_ = true;
  bool is_cancelled_ = false;  // its deadline has passed and it was told so
  bool was_killed_ = false;    // by us, at the end of the grace
  bool was_ended_ = false;     // by end()
  json::object enforced_;
  // Shared with the timer's handler, which may run once more after the object is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

void WorkerInstance::start_timer(Duration timeout) {
  deadline_at_ = std::chrono::steady_clock::now() + timeout;
  if (!is_armed_ || timer_.expiry() > *deadline_at_) arm_timer();
}

void WorkerInstance::arm_timer() {
  is_armed_ = true;
  timer_.expires_at(*deadline_at_);
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (error || !*alive) return;
    is_armed_ = false;
    if (!deadline_at_) return;
    if (std::chrono::steady_clock::now() < *deadline_at_) return arm_timer();
    on_deadline();
  });
}

void WorkerInstance::on_deadline() {
  if (!is_cancelled_) {
    is_cancelled_ = true;
    is_usable_ = false;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(cancel_.get(), &one, sizeof one);
    start_timer(settings_.grace);
    return;
  }
  was_killed_ = true;
  child_.kill();  // the socket's end wakes whoever waits
}

awaitable<bool> WorkerInstance::send(std::string bytes) {
  const auto [error, written] = co_await asio::async_write(socket_, asio::buffer(bytes), kAsValue);
  co_return !error;
}

awaitable<Received> WorkerInstance::receive() {
  std::array<char, 64 * 1024> buffer;
  while (true) {
    auto frame = reader_.next();
    Received received;
    if (!frame) {
      const bool is_too_long = frame.error().code == ErrorCode::resource_exhausted;
      received.trouble = is_too_long ? Trouble::too_long : Trouble::not_a_frame;
      received.words = frame.error().message;
      co_return received;
    }
    if (*frame) {
      received.frame = std::move(**frame);
      co_return received;
    }
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(buffer), kAsValue);
    if (error) co_return received;
    reader_.put({buffer.data(), size});
  }
}

// log and emit frames, which want no answer. False for any other type.
bool WorkerInstance::take_message(const Frame& frame, services::PluginLog& plugin_log) {
  const std::string type = frame.type();
  if (type == "log") {
    plugin_log.write(static_cast<std::int32_t>(get_int(frame.head, "level", CHELA_LOG_INFO)),
                     get_string(frame.head, "message"));
    return true;
  }
  if (type != "emit") return false;
  std::string topic = get_string(frame.head, "topic");
  event_bytes_ += topic.size() + frame.tail.size() + sizeof(Event);
  if (event_bytes_ <= kMostEventBytes) events_.push_back({std::move(topic), frame.tail});
  return true;
}

// Answers one question of the plugin. A wait for the network ends with end().
awaitable<Result<ServiceReply>> WorkerInstance::serve(Frame frame, services::Deadline deadline) {
  const std::string service = get_string(frame.head, "service");
  const bool is_network = service == CHELA_SERVICE_HTTP || service == CHELA_SERVICE_STREAM ||
                          service == CHELA_SERVICE_SIGN;
  if (!is_network)
    co_return co_await answer(services_, caller_, streams_, std::move(frame), deadline);
  if (was_ended_) co_return fail(ErrorCode::cancelled, "ended by chela");
  const auto executor = co_await asio::this_coro::executor;
  auto [thrown, reply] = co_await asio::co_spawn(
      executor, answer(services_, caller_, streams_, std::move(frame), deadline),
      asio::bind_cancellation_slot(give_up_.slot(), kAsValue));
  if (thrown) co_return fail(ErrorCode::cancelled, "ended by chela");
  co_return std::move(reply);
}

// Sends one frame and serves the plugin until its answer (or the end) comes.
awaitable<Received> WorkerInstance::exchange(std::string bytes, std::uint64_t id,
                                             services::Deadline deadline, const char* wanted_type) {
  services::PluginLog plugin_log(log_, caller_.instance);
  if (!co_await send(std::move(bytes))) co_return Received{};
  while (true) {
    Received received = co_await receive();
    if (!received.frame) co_return received;
    const std::string type = received.frame->type();
    if (take_message(*received.frame, plugin_log)) continue;
    if (type == "service") {
      const std::uint64_t service_id = received.frame->id;
      const auto reply = co_await serve(std::move(*received.frame), deadline);
      if (!co_await send(encode_reply(service_id, reply))) co_return Received{};
      continue;
    }
    const bool is_refusal = type == "refused" && std::string_view(wanted_type) == "ready";
    if (is_refusal || (type == wanted_type && received.frame->id == id)) co_return received;
    Received wrong;
    wrong.trouble = Trouble::not_a_frame;
    wrong.words =
        "a frame of type '" + base::printable(log_.redacted(type), 40) + "' that nobody asked for";
    co_return wrong;
  }
}

// Ends the worker and says what it did.
TextOutcome WorkerInstance::broken(const Received& received, const std::string& during,
                                   Duration timeout) {
  is_usable_ = false;
  stop_timer();
  if (was_ended_) {
    output_->finish();
    return TextOutcome{fail(ErrorCode::cancelled, "was ended by chela during " + during), {}};
  }
  std::string what;
  auto code = ErrorCode::internal;
  if (was_killed_) {
    child_.wait();
    code = ErrorCode::deadline_exceeded;
    what = "did not return from " + during + " within " + describe_duration(timeout) +
           " and was killed";
  } else if (received.trouble != Trouble::closed) {
    child_.kill();
    child_.wait();
    what = received.trouble == Trouble::too_long
               ? "returned more than " + std::to_string(settings_.limits.output_mb) + " MB from " +
                     during
               : "wrote garbage into its socket during " + during + " (" + received.words + ")";
  } else {
    // The socket is closed: the process is ending by itself, or has closed it to play dead.
    std::optional<base::Exit> exit;
    for (int tries = 0; tries < 50 && !exit; ++tries) {
      exit = child_.reap();
      if (!exit) usleep(1000);
    }
    const bool ended_itself = exit.has_value();
    child_.kill();
    const base::Exit how = child_.wait();
    what = !ended_itself     ? "closed its socket during " + during
           : how.signal != 0 ? "crashed during " + during + " (" + how.describe() + ")"
           : how.code == kExitOfAbort
               ? "crashed during " + during + " (aborted)"
               : "ended its process during " + during + " (" + how.describe() + ")";
  }
  output_->finish();
  if (!output_->last_line().empty()) what += "; it printed: " + output_->last_line();
  return TextOutcome{fail(code, what), what};
}

awaitable<TextOutcome> WorkerInstance::call_text(std::string op, std::string request,
                                                 Duration timeout) {
  if (!is_usable_)
    co_return TextOutcome{fail(ErrorCode::failed_precondition, "the worker has ended"), {}};
  const std::uint64_t id = ++last_id_;
  is_cancelled_ = was_killed_ = false;
  events_.clear();
  event_bytes_ = 0;
  start_timer(timeout);
  std::string bytes = encode_frame(
      id, {{"type", "call"}, {"op", op}, {"timeout_ms", timeout.count()}, {"attempt", 0}}, request);
  auto received =
      co_await exchange(std::move(bytes), id, std::chrono::steady_clock::now() + timeout, "result");
  streams_.clear();
  if (!received.frame) co_return broken(received, op, timeout);
  stop_timer();
  const Frame& frame = *received.frame;
  const auto status = get_int(frame.head, "status", CHELA_INTERNAL);
  if (status != CHELA_OK) {
    const auto code = chela::internal::error_code(static_cast<chela_status>(status));
    std::string words = words_of(frame, log_);
    if (is_cancelled_)
      words = "gave up at its deadline of " + describe_duration(timeout) + ": " + words;
    co_return TextOutcome{
        fail(code, words.empty() ? std::string("failed without saying why") : words),
        {},
        std::move(events_)};
  }
  co_return TextOutcome{std::move(received.frame->tail), {}, std::move(events_)};
}

awaitable<StartOutcome> WorkerInstance::open(const Activation& activation,
                                             std::unique_ptr<WorkerInstance> self) {
  const std::uint64_t id = ++last_id_;
  start_timer(settings_.start_deadline);
  json::object head{{"type", "open"},
                    {"kind", activation.kind},
                    {"id", activation.metadata.id},
                    {"version", activation.metadata.version},
                    {"timeout_ms", settings_.start_deadline.count()}};
  std::string bytes = encode_frame(id, head, json::serialize(activation.config));
  const auto received = co_await exchange(
      std::move(bytes), id, std::chrono::steady_clock::now() + settings_.start_deadline, "ready");
  if (!received.frame) {
    auto outcome = broken(received, "start", settings_.start_deadline);
    co_return StartOutcome{fail(outcome.reply.error()), outcome.fault};
  }
  stop_timer();
  is_cancelled_ = false;
  if (received.frame->type() == "refused") {
    is_usable_ = false;
    const auto status = get_int(received.frame->head, "status", CHELA_INTERNAL);
    const auto code = chela::internal::error_code(static_cast<chela_status>(status));
    co_return StartOutcome{fail(code, words_of(*received.frame, log_)), {}};
  }
  if (const auto* enforced = find(received.frame->head, "enforced");
      enforced != nullptr && enforced->is_object()) {
    enforced_ = enforced->get_object();
  }
  co_return StartOutcome{std::unique_ptr<Instance>(std::move(self)), {}};
}

struct Pair {
  base::UniqueFd ours;
  base::UniqueFd theirs;
};

Result<Pair> make_socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return fail(ErrorCode::resource_exhausted,
                std::string("no socket for a worker: ") + std::strerror(errno));
  }
  return Pair{base::UniqueFd(fds[0]), base::UniqueFd(fds[1])};
}

Result<Pair> make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return fail(ErrorCode::resource_exhausted,
                std::string("no pipe for a worker: ") + std::strerror(errno));
  }
  return Pair{base::UniqueFd(fds[0]), base::UniqueFd(fds[1])};
}

// Each worker of a host that runs as root gets an unprivileged identity of its own.
std::optional<base::Identity> next_identity() {
  if (geteuid() != 0) return std::nullopt;
  static std::size_t next = 0;  // loop thread only
  return base::unprivileged_identity(next++);
}

Result<std::unique_ptr<WorkerInstance>> spawn_worker(const asio::any_io_executor& executor,
                                                     const WorkerSettings& settings,
                                                     const Activation& activation,
                                                     const Services& services, services::Log& log) {
  CHELA_TRY(Pair socket, make_socket_pair());
  CHELA_TRY(Pair output, make_pipe());
  base::UniqueFd cancel(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancel.is_open()) return fail(ErrorCode::resource_exhausted, "no eventfd for a worker");

  base::SpawnRequest request;
  request.program = settings.program;
  const bool is_required = settings.confinement == config::Confinement::require;
  request.argv = {"chela-worker",  "serve",
                  "--memory-mb",   std::to_string(settings.limits.memory_mb),
                  "--confinement", is_required ? "require" : "best-effort"};
  request.env = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  request.fds = {{output.theirs.get(), 1},
                 {output.theirs.get(), 2},
                 {socket.theirs.get(), 3},
                 {activation.library.fd.get(), 4},
                 {cancel.get(), 5}};
  request.namespaces = base::Namespaces::isolated;
  request.identity = next_identity();
  CHELA_TRY(base::Child child, base::spawn(request));

  boost::system::error_code error;
  Socket asio_socket(executor);
  asio_socket.assign(asio::local::stream_protocol(), socket.ours.get(), error);
  if (error) return fail(ErrorCode::internal, "the worker's socket: " + error.message());
  socket.ours.release();
  auto worker_output =
      std::make_shared<WorkerOutput>(executor, std::move(output.ours), log, activation.instance);
  worker_output->start();
  return std::make_unique<WorkerInstance>(settings, activation, services, log, std::move(child),
                                          std::move(asio_socket), std::move(cancel),
                                          std::move(worker_output));
}

}  // namespace

awaitable<StartOutcome> start_worker(const WorkerSettings& settings, const Activation& activation,
                                     const Services& services, services::Log& log) {
  const auto executor = co_await asio::this_coro::executor;
  auto worker = spawn_worker(executor, settings, activation, services, log);
  if (!worker) co_return StartOutcome{fail(worker.error()), {}, true};
  WorkerInstance& instance = **worker;
  co_return co_await instance.open(activation, std::move(*worker));
}

}  // namespace chela::plugin
