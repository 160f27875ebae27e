#include "app/pool.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "config/roles.h"
#include "plugin/in_process.h"

namespace chela::app {
namespace {

using boost::asio::awaitable;

const config::Instance* find_instance(const std::vector<config::Instance>& instances,
                                      config::Kind kind, const std::string& id) {
  const auto found = std::find_if(
      instances.begin(), instances.end(),
      [&](const config::Instance& instance) { return instance.kind == kind && instance.id == id; });
  return found == instances.end() ? nullptr : &*found;
}

heartbeat::RunResult failed(heartbeat::CheckRun run, const Error& error,
                            const std::optional<std::string>& fault, heartbeat::Reach reach) {
  run.outcome = fault ? tasks::RunOutcome::crashed : tasks::RunOutcome::failed;
  run.error = error.message;
  return {std::move(run), fault, reach};
}

// Puts a value into a set for the length of a scope.
template <class T>
class Listed {
 public:
  Listed(std::set<T>& set, T value) : set_(set), value_(std::move(value)) { set_.insert(value_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() { set_.erase(value_); }

 private:
  std::set<T>& set_;
  T value_;
};

// How long a backend that crashed for the n-th time in a row is left alone.
std::chrono::seconds restart_delay(int crashes) {
  return std::chrono::seconds(1 << std::clamp(crashes - 1, 0, 6));
}

Error not_started(const config::Instance& manifest, Error error) {
  const std::string& file = manifest.source.file;
  error.message = manifest.plugin + " could not be started" +
                  (file.empty() ? "" : " (" + file + ")") + ": " + error.message;
  return error;
}

// A line of JSON may be long, and is none any more where it is cut.
constexpr std::size_t kMostPrintedBytes = 64u << 10;

// The time before which a service wants no other message; Timestamp() where it named none.
Timestamp asked_until(const std::vector<plugin::Event>& events, Timestamp now) {
  Timestamp until{};
  for (const auto& event : events) {
    if (event.topic != "wait") continue;
    const auto document = parse_json(event.document);
    const std::int64_t seconds = document ? get_int(*document, "seconds") : 0;
    if (seconds > 0)
      until = std::max(until, now + std::chrono::seconds(std::min<std::int64_t>(seconds, 86'400)));
  }
  return until;
}

}  // namespace

// A new plugin that a manifest names is approved by it: from now on only these bytes count.
Result<void> Pool::pin(const plugin::Activation& activation) {
  const std::string path = shared_.setup.paths.lock_file.path.string();
  CHELA_TRY(plugin::LockFile lock, plugin::read_lock_file(path));
  // A daemon read the file when it started; what it pinned since then stands there only.
  if (const auto* entry = lock.entry(activation.metadata.id)) {
    if (entry->sha256 == activation.library.sha256) return {};
    return fail(ErrorCode::permission_denied,
                activation.library_path +
                    " has changed since it was approved; if that was you, run: chela enable " +
                    activation.metadata.id + " --id " + activation.instance);
  }
  lock.plugins[activation.metadata.id] = {activation.metadata.version, activation.library.sha256,
                                          activation.metadata.needs, shared_.clock.now()};
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  CHELA_TRY(plugin::write_lock_file(path, lock));
  shared_.log.event(services::LogLevel::info, "plugin.pinned",
                    {{"plugin", activation.metadata.id}, {"sha256", activation.library.sha256}});
  return {};
}

awaitable<Pool::Started> Pool::start(const config::Instance& manifest) {
  auto activation = plugin::activate(manifest, shared_.setup.registry, shared_.setup.trust,
                                     shared_.setup.variables);
  if (!activation) co_return Started{fail(activation.error()), {}};
  if (activation->is_new) {
    if (const auto pinned = pin(*activation); !pinned) co_return Started{fail(pinned.error()), {}};
  }
  Running running;
  running.activation = std::make_unique<plugin::Activation>(std::move(*activation));
  if (manifest.isolation == config::Isolation::host) {
    auto instance = plugin::open_in_process(*running.activation, shared_.clock, shared_.log);
    if (!instance) co_return Started{fail(not_started(manifest, instance.error())), {}};
    running.instance = std::move(*instance);
    co_return Started{std::move(running), {}};
  }
  plugin::WorkerSettings settings;
  settings.program = shared_.setup.installation.worker;
  settings.limits = shared_.setup.host.limits;
  settings.confinement = shared_.setup.host.confinement;
  auto outcome =
      co_await plugin::start_worker(settings, *running.activation, shared_.services, shared_.log);
  if (!outcome.instance) {
    co_return Started{fail(not_started(manifest, outcome.instance.error())), outcome.fault,
                      outcome.is_machine_trouble};
  }
  running.instance = std::move(*outcome.instance);
  last_enforced_ = running.instance->enforced();
  co_return Started{std::move(running), {}};
}

awaitable<Result<models::StartedProvider>> Pool::start_provider(const config::Instance& manifest) {
  CHELA_CO_TRY(ask_quarantine(manifest));
  const Timestamp begin = shared_.clock.now();
  Started started = co_await start(manifest);
  if (!started.running) {
    if (started.fault && judge_) {
      judge_({manifest.plugin, manifest.id, {begin, started.fault}});
    }
    co_return fail(started.running.error());
  }
  co_return models::StartedProvider{std::move(started.running->activation),
                                    std::move(started.running->instance)};
}

awaitable<Pool::Once> Pool::run_once(const config::Instance& manifest, std::string op,
                                     json::value request) {
  auto started = co_await start(manifest);
  if (!started.running) {
    const auto reach = started.fault                ? heartbeat::Reach::plugin
                       : started.is_machine_trouble ? heartbeat::Reach::machine
                                                    : heartbeat::Reach::refused;
    co_return Once{{fail(started.running.error()), started.fault}, reach};
  }
  plugin::Instance& instance = *started.running->instance;
  const Listed<plugin::Instance*> listed(checks_, &instance);
  if (is_ending_) instance.end();
  auto outcome = co_await instance.call(std::move(op), std::move(request), manifest.deadline);
  co_return Once{std::move(outcome), heartbeat::Reach::plugin};
}

json::object Pool::check_request(const std::string& check, const tasks::CheckRow& before,
                                 Timestamp now) const {
  return {{"schema", "chela.check.request/1"},        {"instance", check},
          {"now_ms", now.time_since_epoch().count()}, {"timezone", shared_.timezone},
          {"first_run", !before.baseline_done},       {"cursor", before.cursor}};
}

awaitable<heartbeat::RunResult> Pool::run_check(std::string check, tasks::CheckRow before,
                                                Timestamp now) {
  heartbeat::CheckRun run;
  run.check = check;
  run.started = now;
  const auto begin = std::chrono::steady_clock::now();
  const config::Instance* manifest =
      find_instance(shared_.setup.instances, config::Kind::check, check);
  if (manifest == nullptr) {
    const Error error{ErrorCode::not_found, "no check '" + check + "' is enabled"};
    co_return failed(std::move(run), error, {}, heartbeat::Reach::refused);
  }
  json::value request = check_request(check, before, now);
  const Once once = co_await run_once(*manifest, "run", std::move(request));
  run.duration = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  const auto& outcome = once.outcome;
  if (!outcome.reply)
    co_return failed(std::move(run), outcome.reply.error(), outcome.fault, once.reach);
  auto report = tasks::parse_report(*outcome.reply, shared_.redactor);
  if (!report) {
    const std::string what = "returned a report that is not valid: " + report.error().message;
    const Error error{ErrorCode::internal, what};
    co_return failed(std::move(run), error, what, once.reach);
  }
  run.report = std::move(*report);
  co_return heartbeat::RunResult{std::move(run), {}};
}

awaitable<Result<void>> Pool::try_start(const config::Instance& manifest) {
  const Started started = co_await start(manifest);
  if (!started.running) co_return fail(started.running.error());
  co_return Result<void>();
}

awaitable<Result<tasks::CheckReport>> Pool::ask_check(std::string check, tasks::CheckRow before,
                                                      Timestamp now, json::object more) {
  const config::Instance* manifest =
      find_instance(shared_.setup.instances, config::Kind::check, check);
  if (manifest == nullptr)
    co_return fail(ErrorCode::not_found, "no check '" + check + "' is enabled");
  CHELA_CO_TRY(ask_quarantine(*manifest));
  json::object request = check_request(check, before, now);
  for (auto& [key, value] : more) request[key] = std::move(value);
  json::value document = std::move(request);
  const Once once = co_await run_once(*manifest, "run", std::move(document));
  if (!once.outcome.reply) co_return fail(once.outcome.reply.error());
  co_return tasks::parse_report(*once.outcome.reply, shared_.redactor);
}

awaitable<Result<Pool::Delivered>> Pool::notify(std::string target, json::value message,
                                                Timestamp* not_before) {
  const config::Instance* manifest =
      find_instance(shared_.setup.instances, config::Kind::notifier, target);
  if (manifest == nullptr) {
    // One whose manifest is broken for a moment has not been turned off: what it is owed is kept.
    const auto& problems = shared_.setup.problems;
    const bool is_broken = std::any_of(problems.begin(), problems.end(),
                                       [&](const auto& problem) { return problem.id == target; });
    if (is_broken) {
      co_return fail(ErrorCode::unavailable,
                     "the manifest of notifier '" + target + "' is not in use (chela doctor)");
    }
    co_return fail(ErrorCode::not_found, "no notifier '" + target + "' is enabled");
  }
  CHELA_CO_TRY(ask_quarantine(*manifest));
  const Timestamp began = shared_.clock.now();
  const bool is_trial = quarantines_.contains(manifest->plugin);
  const Once once = co_await run_once(*manifest, "send", std::move(message));
  const auto& outcome = once.outcome;
  if (outcome.fault || (is_trial && outcome.reply))
    judge_({manifest->plugin, manifest->id, {began, outcome.fault, "send"}});
  if (!outcome.reply) {
    if (not_before != nullptr) *not_before = asked_until(outcome.events, shared_.clock.now());
    // not_found and invalid_argument of a plugin that could not even be started are about it, not
    // about the message.
    const bool is_word = once.reach == heartbeat::Reach::plugin && !outcome.fault;
    const auto code = outcome.reply.error().code;
    const bool is_final = is_word && code == ErrorCode::invalid_argument;
    std::string words = manifest->id + " (" + manifest->plugin +
                        "): " + shared_.redactor.redact(outcome.reply.error().message);
    if (outcome.fault) words += " (chela disable " + manifest->id + " turns it off)";
    const bool keeps_code = is_final || code == ErrorCode::cancelled;
    co_return fail(keeps_code ? code : ErrorCode::unavailable, std::move(words));
  }
  Delivered delivered;
  delivered.answer =
      base::printable(shared_.redactor.redact(get_string(*outcome.reply, "answer")), 300);
  for (const auto& event : outcome.events) {
    if (event.topic != "stdout") continue;
    const auto document = parse_json(event.document);
    if (!document) continue;
    delivered.lines.push_back(
        base::printable(shared_.redactor.redact(get_string(*document, "text")), kMostPrintedBytes));
  }
  co_return delivered;
}

Result<void> Pool::ask_quarantine(const config::Instance& manifest) const {
  const auto row = quarantines_.find(manifest.plugin);
  if (row == quarantines_.end()) return {};
  const Timestamp now = shared_.clock.now();
  const Timestamp trial = heartbeat::trial_at(row->second, now);
  if (now < trial) {
    return fail(ErrorCode::unavailable,
                manifest.id + " (" + manifest.plugin + "): quarantined until " +
                    base::format_utc(trial) +
                    " after repeated faults; what it is owed is kept (chela plugin release " +
                    manifest.plugin + " lifts it now)");
  }
  return {};
}

void Pool::crashed(Backend& backend, const config::Instance& manifest, const std::string& op,
                   const std::string& fault, Timestamp started) {
  // One that died between two calls has been gone for a while.
  const bool is_old = op.empty() && backend.running;
  backend.running.reset();
  backend.crashed_in = op;
  backend.not_before = (is_old ? backend.last_used : std::chrono::steady_clock::now()) +
                       restart_delay(++backend.crashes);
  judge_({manifest.plugin, manifest.id, {started, fault, op}});
}

// Starts the backend where it does not run.
awaitable<Result<void>> Pool::make_ready(Backend& backend, const config::Instance& manifest) {
  if (backend.running) {
    if (const auto how = backend.running->instance->died())
      crashed(backend, manifest, "", *how, shared_.clock.now());
    else if (!backend.running->instance->is_usable())
      backend.running.reset();
  }
  if (backend.running) co_return Result<void>();
  const auto now = std::chrono::steady_clock::now();
  if (now < backend.not_before) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(backend.not_before - now);
    co_return fail(ErrorCode::unavailable,
                   manifest.id + " (" + manifest.plugin +
                       "): could not be kept running; it is started again in " +
                       std::to_string(left.count()) + " s");
  }
  // A crash before the call may have put it aside.
  CHELA_CO_TRY(ask_quarantine(manifest));
  const Timestamp started_at = shared_.clock.now();
  auto started = co_await start(manifest);
  if (started.running) {
    backend.running = std::move(*started.running);
    co_return Result<void>();
  }
  if (started.fault) {
    crashed(backend, manifest, "", *started.fault, started_at);
  } else if (started.is_machine_trouble) {
    backend.not_before = std::chrono::steady_clock::now() + restart_delay(++backend.crashes);
  }
  // not_found is the backend's word for a task; here it would be about the plugin.
  co_return fail(ErrorCode::unavailable, started.running.error().message);
}

awaitable<Result<json::value>> Pool::call_backend(std::string target, std::string op,
                                                  json::value request) {
  const config::Instance* manifest =
      find_instance(shared_.setup.instances, config::Kind::tasks, target);
  if (manifest == nullptr) manifest = config::find_source(shared_.setup.instances);
  if (manifest == nullptr) {
    co_return fail(ErrorCode::failed_precondition,
                   "no task backend is enabled (chela enable tasks.markdown)");
  }
  // A backend that was turned off leaves what it was owed to the one that is on: new tasks go
  // there, and of its old ones nobody here knows any more.
  if (!target.empty() && manifest->id != target && op != "create") {
    co_return fail(ErrorCode::not_found,
                   "the task backend '" + target + "' is not enabled any more");
  }
  Backend& backend = backends_[manifest->id];
  const auto inside = co_await backend.door.enter();
  CHELA_CO_TRY(ask_quarantine(*manifest));
  std::optional<Listed<std::string>> trial;
  if (quarantines_.contains(manifest->plugin)) {
    if (trials_.contains(manifest->plugin)) {
      co_return fail(ErrorCode::unavailable, manifest->id + " (" + manifest->plugin +
                                                 "): quarantined; another instance is on trial");
    }
    trial.emplace(trials_, manifest->plugin);
  }
  CHELA_CO_TRY(co_await make_ready(backend, *manifest));
  const Timestamp started = shared_.clock.now();
  auto outcome =
      co_await backend.running->instance->call(op, std::move(request), manifest->deadline);
  backend.last_used = std::chrono::steady_clock::now();
  if (outcome.fault) {
    crashed(backend, *manifest, op, *outcome.fault, started);
  }
  if (!outcome.reply) {
    Error error = outcome.reply.error();
    error.message = manifest->id + " (" + manifest->plugin + "): " + error.message;
    if (outcome.fault) error.message += " (chela disable " + manifest->id + " turns it off)";
    co_return fail(std::move(error));
  }
  if (backend.crashed_in.empty() || backend.crashed_in == op) backend.crashes = 0;
  if (trial) judge_({manifest->plugin, manifest->id, {started, std::nullopt, op}});
  co_return std::move(*outcome.reply);
}

void Pool::end_idle(std::chrono::steady_clock::time_point before) {
  for (auto& [id, backend] : backends_) {
    if (backend.running && backend.door.is_free() && backend.last_used <= before)
      backend.running.reset();
  }
}

void Pool::end_checks() {
  is_ending_ = true;
  for (auto* instance : checks_) instance->end();
}

}  // namespace chela::app
