#include "app/pool.h"

#include <algorithm>
#include <filesystem>

#include "plugin/in_process.h"

namespace chela::app {
namespace {

using boost::asio::awaitable;

const config::Instance* find_instance(const std::vector<config::Instance>& instances,
                                      config::Kind kind, const std::string& id) {
  const auto found =
      std::find_if(instances.begin(), instances.end(), [&](const config::Instance& instance) {
        return instance.kind == kind && (id.empty() || instance.id == id);
      });
  return found == instances.end() ? nullptr : &*found;
}

heartbeat::RunResult failed(heartbeat::CheckRun run, const Error& error,
                            const std::optional<std::string>& fault) {
  run.outcome = fault ? tasks::RunOutcome::crashed : tasks::RunOutcome::failed;
  run.error = error.message;
  return {std::move(run), fault};
}

Error not_started(const config::Instance& manifest, Error error) {
  error.message = manifest.plugin + " could not be started: " + error.message;
  return error;
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
  running.last_used = std::chrono::steady_clock::now();
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
    co_return Started{fail(not_started(manifest, outcome.instance.error())), outcome.fault};
  }
  running.instance = std::move(*outcome.instance);
  last_enforced_ = running.instance->enforced();
  co_return Started{std::move(running), {}};
}

awaitable<heartbeat::RunResult> Pool::run_check(std::string check, tasks::CheckRow before,
                                                Timestamp now) {
  heartbeat::CheckRun run;
  run.check = check;
  run.started = now;
  const auto begin = std::chrono::steady_clock::now();
  const auto stop_clock = [&] {
    run.duration = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  };
  const config::Instance* manifest =
      find_instance(shared_.setup.instances, config::Kind::check, check);
  if (manifest == nullptr) {
    const Error error{ErrorCode::not_found, "no check '" + check + "' is enabled"};
    co_return failed(std::move(run), error, {});
  }
  auto started = co_await start(*manifest);
  stop_clock();
  if (!started.running) co_return failed(std::move(run), started.running.error(), started.fault);

  json::object request{{"schema", "chela.check.request/1"},
                       {"instance", check},
                       {"now_ms", now.time_since_epoch().count()},
                       {"first_run", !before.baseline_done},
                       {"cursor", before.cursor}};
  auto outcome =
      co_await started.running->instance->call("run", std::move(request), manifest->deadline);
  stop_clock();
  if (!outcome.reply) co_return failed(std::move(run), outcome.reply.error(), outcome.fault);
  auto report = tasks::parse_report(*outcome.reply);
  if (!report) {
    const std::string what = "returned a report that is not valid: " + report.error().message;
    const Error error{ErrorCode::internal, what};
    co_return failed(std::move(run), error, what);
  }
  run.report = std::move(*report);
  co_return heartbeat::RunResult{std::move(run), {}};
}

awaitable<Result<json::value>> Pool::call_backend(std::string target, std::string op,
                                                  json::value request) {
  const config::Instance* manifest =
      find_instance(shared_.setup.instances, config::Kind::tasks, target);
  if (manifest == nullptr)
    manifest = find_instance(shared_.setup.instances, config::Kind::tasks, "");
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
  const auto quarantine = quarantines_.find(manifest->plugin);
  if (quarantine != quarantines_.end() && shared_.clock.now() < quarantine->second.until) {
    co_return fail(ErrorCode::unavailable, manifest->id + " (" + manifest->plugin +
                                               "): quarantined until " +
                                               base::format_utc(quarantine->second.until) +
                                               " after repeated faults; what it is owed is kept");
  }
  auto found = backends_.find(manifest->id);
  if (found != backends_.end() && !found->second.instance->is_usable()) {
    backends_.erase(found);
    found = backends_.end();
  }
  if (found == backends_.end()) {
    auto started = co_await start(*manifest);
    if (started.fault)
      faults_.push_back({manifest->id, manifest->plugin, shared_.clock.now(), *started.fault});
    // not_found is the backend's word for a task; here it would be about the plugin.
    if (!started.running) co_return fail(ErrorCode::unavailable, started.running.error().message);
    found = backends_.insert_or_assign(manifest->id, std::move(*started.running)).first;
  }
  found->second.last_used = std::chrono::steady_clock::now();
  auto outcome =
      co_await found->second.instance->call(std::move(op), std::move(request), manifest->deadline);
  if (outcome.fault) {
    faults_.push_back({manifest->id, manifest->plugin, shared_.clock.now(), *outcome.fault});
    backends_.erase(manifest->id);
  }
  if (!outcome.reply) {
    Error error = outcome.reply.error();
    error.message = manifest->id + " (" + manifest->plugin + "): " + error.message;
    if (outcome.fault) error.message += " (chela disable " + manifest->id + " turns it off)";
    co_return fail(std::move(error));
  }
  good_backends_.insert(manifest->plugin);
  co_return std::move(*outcome.reply);
}

void Pool::end_idle(std::chrono::steady_clock::time_point before) {
  std::erase_if(backends_, [&](const auto& entry) { return entry.second.last_used <= before; });
}

}  // namespace chela::app
