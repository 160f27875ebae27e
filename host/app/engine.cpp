#include "app/engine.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "app/known_secrets.h"
#include "app/task_words.h"
#include "base/durable_file.h"
#include "base/text.h"
#include "config/roles.h"
#include "heartbeat/judge_plugin.h"
#include "heartbeat/needs.h"
#include "services/sqlite_damage.h"

namespace chela::app {
namespace {

using boost::asio::awaitable;
namespace fs = std::filesystem;

constexpr const char* kMetaPing = "ping";

heartbeat::Order order_of(config::Policy policy) {
  switch (policy) {
    case config::Policy::overdue:
      return heartbeat::Order::overdue;
    case config::Policy::absolute:
      return heartbeat::Order::absolute;
    case config::Policy::round_robin:
      return heartbeat::Order::round_robin;
  }
  return heartbeat::Order::overdue;
}

heartbeat::AlertPolicy alerts_of(const config::AlertSettings& settings) {
  return {settings.failures, settings.successes, settings.remind, settings.remind_crit,
          settings.has_flap_detection};
}

Result<std::unique_ptr<tasks::Ledger>> open_ledger(const std::string& path, Timestamp now,
                                                   std::vector<std::string>& notes) {
  auto ledger = tasks::Ledger::open(path);
  if (!ledger && ledger.error().code == ErrorCode::data_loss) {
    CHELA_TRY(const auto kept, services::set_aside_database(path, now));
    notes.push_back(ledger.error().message + "; it is kept as " + kept.string() +
                    " and a new one was begun (open alerts are found again)");
    ledger = tasks::Ledger::open(path);
  }
  if (!ledger) return fail(ledger.error());
  return std::make_unique<tasks::Ledger>(std::move(*ledger));
}

// Removes what killed writers left beside the files that a tick writes. A folder that is not there
// yet has nothing, and one that cannot be read is said by whoever writes there.
void sweep_leftovers(const Setup& setup, Timestamp now) {
  for (const fs::path& folder :
       {setup.workspace.path / "memory", setup.paths.lock_file.path.parent_path()}) {
    (void)base::sweep_temporaries(folder.string(), now);
  }
}

// The task backend that new tasks go to, "" where none is on.
std::string source_of(const Setup& setup) {
  const auto* source = config::find_source(setup.instances);
  return source == nullptr ? "" : source->id;
}

// "2026-11-22T05:40:11Z" of the ledger's mirror beside each task that it knows.
void add_activity(json::array& list, const std::vector<tasks::TaskRow>& rows) {
  for (auto& item : list) {
    auto* task = item.if_object();
    if (task == nullptr) continue;
    const std::string id = get_string(item, "id");
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const tasks::TaskRow& r) { return r.id == id; });
    if (row != rows.end() && !id.empty())
      (*task)["last_activity"] = base::format_utc(row->updated_at);
  }
}

}  // namespace

Result<std::string> LedgerState::get(std::string_view instance, std::string_view key) {
  CHELA_TRY(auto value, ledger_.state_get(instance, key));
  if (!value) return fail(ErrorCode::not_found, "nothing is kept under '" + std::string(key) + "'");
  return std::move(*value);
}
Result<void> LedgerState::set(std::string_view instance, std::string_view key,
                              std::string_view value) {
  const auto rules = redactor_.rules();
  if (rules->redact_values(key) != key || rules->redact_values(value) != value) {
    return fail(ErrorCode::permission_denied,
                "what is to be kept under '" + base::printable(rules->redact(key), 80) +
                    "' holds a secret that chela knows; it is not kept");
  }
  return ledger_.state_set(instance, key, value);
}
Result<void> LedgerState::remove(std::string_view instance, std::string_view key) {
  return ledger_.state_remove(instance, key);
}

Result<std::unique_ptr<Engine>> Engine::open(Setup setup, const services::Clock& clock,
                                             EngineOptions options) {
  auto engine = std::unique_ptr<Engine>(new Engine());
  engine->setup_ = std::make_unique<Setup>(std::move(setup));
  engine->clock_ = &clock;
  const Setup& known = *engine->setup_;
  services::LogSettings log;
  log.file = (known.paths.state_dir.path / "logs/chela.log").string();
  log.to_stderr = options.log_to_stderr;
  engine->redactor_ = std::make_unique<services::Redactor>();
  engine->log_ = std::make_unique<services::Log>(
      std::move(log), clock, [redactor = engine->redactor_.get()](std::string_view text) {
        return redactor->redact(text);
      });
  for (const auto& note : learn_secrets(known, *engine->redactor_))
    engine->log_->event(services::LogLevel::warn, "redaction.incomplete", {{"error", note}});

  const std::string folder = known.workspace_state_dir();
  CHELA_TRY(engine->ledger_, open_ledger(folder + "/ledger.db", clock.now(), engine->notes_));
  engine->state_ = std::make_unique<LedgerState>(*engine->ledger_, *engine->redactor_);
  engine->files_ = std::make_unique<services::Files>();
  services::ExecSettings exec;
  exec.worker = known.installation.worker;
  exec.require_confinement = known.host.confinement == config::Confinement::require;
  engine->exec_ = std::make_unique<services::Exec>(std::move(exec));
  Engine* self = engine.get();
  engine->services_ = std::make_unique<plugin::Services>(
      plugin::Services{*engine->files_, *engine->exec_, *engine->state_,
                       [self](json::value query) { return self->board(std::move(query)); }});
  engine->network_ = std::make_unique<PluginNetwork>(known, clock, *engine->redactor_);
  engine->services_->net = &engine->network_->net();
  engine->runs_ =
      std::make_unique<heartbeat::CheckRuns>(heartbeat::RunLimits(), std::move(options.on_change));
  engine->source_ = source_of(known);
  CHELA_TRY(engine->plan_checks());
  engine->plan_notifiers();
  engine->pool_ =
      std::make_unique<Pool>(Shared{known, clock, *engine->log_, *engine->redactor_,
                                    *engine->services_, engine->zone_.name()},
                             [self](const BackendRun& run) { self->judge_backend(run); });
  CHELA_TRY(engine->plan_mirrors());
  if (known.host.ping) {
    CHELA_TRY(const auto kept, engine->ledger_->meta(kMetaPing));
    engine->ping_state_ = heartbeat::ping_state_from(kept.value_or(""));
  }
  return engine;
}

Result<void> Engine::plan_checks() {
  auto zone = heartbeat::find_zone(setup_->timezone);
  if (!zone) {
    return fail(zone.error().code,
                "timezone of " + setup_->timezone_why + ": " + zone.error().message);
  }
  zone_ = *zone;
  policy_.order = order_of(setup_->host.policy);
  policy_.per_tick = setup_->host.per_tick == config::PerTick::all ? 0 : 1;
  for (const auto& problem : setup_->problems) {
    problems_.push_back({"manifest:" + fs::path(problem.file).filename().string(), problem.id,
                         "a manifest is not in use: " + problem.message});
  }
  for (const auto& instance : setup_->instances) {
    if (instance.kind != config::Kind::check || !instance.every) continue;
    heartbeat::CheckSpec spec;
    spec.plugin = instance.plugin;
    spec.plan.id = instance.id;
    spec.plan.every = *instance.every;
    spec.plan.priority = instance.priority;
    spec.alerts = alerts_of(instance.alerts);
    spec.needs = instance.needs;
    if (instance.window) {
      const auto window = window_of(*instance.window);
      if (!window) {
        problems_.push_back(
            {"window:" + instance.id, instance.id, instance.id + ": " + window.error().message});
        continue;
      }
      spec.plan.window = *window;
    }
    checks_.push_back(std::move(spec));
  }
  check_needs();
  return {};
}

Result<heartbeat::Window> Engine::window_of(const config::Window& window) const {
  heartbeat::Window made;
  made.from_minute = static_cast<int>(window.from.count());
  made.to_minute = static_cast<int>(window.to.count());
  made.zone = zone_;
  if (window.timezone == "local") return made;
  CHELA_TRY(made.zone, heartbeat::find_zone(window.timezone));
  return made;
}

// Needs that cannot be are said, and dropped: a check that cannot wait runs.
void Engine::check_needs() {
  std::vector<heartbeat::Needer> needers;
  for (const auto& spec : checks_) needers.push_back({spec.plan.id, spec.needs});
  for (const auto& problem : heartbeat::check_needs(needers)) {
    problems_.push_back({"needs:" + problem.id, "", problem.id + ": " + problem.message});
    for (auto& spec : checks_) {
      if (spec.plan.id == problem.id) spec.needs.clear();
    }
  }
}

heartbeat::TickContext Engine::context(heartbeat::Say say) {
  const fs::path workspace = setup_->workspace.path;
  return heartbeat::TickContext{
      *ledger_,
      *clock_,
      *log_,
      checks_,
      problems_,
      policy_,
      zone_,
      (workspace / "memory/heartbeat-state.json").string(),
      (workspace / "heartbeat-state.json").string(),
      source_,
      notifiers_,
      [this, keep = weak_from_this().lock()](std::string check, tasks::CheckRow before,
                                             Timestamp now) {
        return pool_->run_check(std::move(check), std::move(before), now);
      },
      [this](std::string target, std::string op, json::value request) {
        return tell_backend(std::move(target), std::move(op), std::move(request));
      },
      [this, say, keep = weak_from_this().lock()](
          std::string target, json::value message) -> awaitable<heartbeat::Told> {
        return tell_notifier(std::move(target), std::move(message), say, keep);
      },
      say,
      runs_.get(),
      &folding_,
      &dispatching_,
      &sending_};
}

awaitable<Result<void>> Engine::try_start(std::string id) {
  const auto& instances = setup_->instances;
  const auto found = std::find_if(instances.begin(), instances.end(),
                                  [&](const config::Instance& one) { return one.id == id; });
  if (found == instances.end()) co_return fail(ErrorCode::not_found, "'" + id + "' is not enabled");
  co_return co_await pool_->try_start(*found);
}

awaitable<Result<tasks::CheckReport>> Engine::ask_check(std::string check, json::object more) {
  CHELA_CO_TRY(read_quarantines());
  CHELA_CO_TRY(const tasks::Snapshot snapshot, ledger_->load());
  tasks::CheckRow row;
  row.check = check;
  const auto known = std::find_if(snapshot.checks.begin(), snapshot.checks.end(),
                                  [&](const tasks::CheckRow& one) { return one.check == check; });
  if (known != snapshot.checks.end()) row = *known;
  co_return co_await pool_->ask_check(std::move(check), std::move(row), clock_->now(),
                                      std::move(more));
}

Result<void> Engine::read_quarantines() {
  CHELA_TRY(const auto rows, ledger_->quarantines());
  std::map<std::string, tasks::QuarantineRow> by_plugin;
  for (const auto& row : rows) by_plugin[row.plugin] = row;
  pool_->set_quarantines(std::move(by_plugin));
  return {};
}

// What the tick does for checks, for one call of a task backend: counts its faults, puts it aside,
// lifts it again. What the ledger refuses is a remark: the call itself is over.
void Engine::tell_provider_fault(const std::string& plugin, const std::string& instance,
                                 const std::string& what) {
  judge_backend({plugin, instance, {clock_->now(), what}});
}

void Engine::judge_backend(const BackendRun& done) {
  const Timestamp now = clock_->now();
  const auto judge = [&]() -> Result<void> {
    heartbeat::Judge verdict(*ledger_, now);
    CHELA_TRY(verdict.take(done.plugin, done.instance, done.run));
    if (done.run.fault) {
      CHELA_TRY(ledger_->record_fault({done.instance, done.plugin, now, *done.run.fault}));
    }
    CHELA_TRY(verdict.apply());
    remarks_.insert(remarks_.end(), verdict.problems().begin(), verdict.problems().end());
    lifted_.insert(lifted_.end(), verdict.lifted().begin(), verdict.lifted().end());
    return read_quarantines();
  };
  if (done.run.fault) {
    log_->event(services::LogLevel::warn, "backend.fault",
                {{"id", done.instance}, {"error", *done.run.fault}});
  }
  if (const auto judged = judge(); !judged) remarks_.push_back(judged.error().message);
}

void Engine::end_runs() {
  is_ending_ = true;
  runs_->drop_all();
  pool_->end_checks();
}

awaitable<Result<heartbeat::TickReport>> Engine::tick(heartbeat::TickRequest request,
                                                      heartbeat::Say say) {
  sweep_leftovers(*setup_, clock_->now());
  CHELA_CO_TRY(read_quarantines());
  keep_notifiers();
  auto tick_context = context(say);

  auto report = co_await heartbeat::tick(tick_context, std::move(request));
  if (!report) co_return report;
  for (const auto& line : std::exchange(lifted_, {})) {
    if (say("[recovered] " + line)) ++report->said;
  }
  for (const auto& remark : take_remarks()) report->problems.push_back(remark);
  for (const auto& note : std::exchange(notes_, {})) report->problems.push_back(note);
  keep_enforced();
  co_return report;
}

// So that `chela status` can say it without starting a worker. The numbers of namespaces are left
// out: they are others each time.
void Engine::keep_enforced() {
  json::object enforced = pool_->last_enforced();
  if (enforced.empty()) return;
  enforced.erase("namespaces");
  // The worker's own words, but a plugin lives in the same process.
  std::string text = redactor_->rules()->redact_values(json::serialize(enforced));
  if (text == enforced_) return;
  enforced_ = std::move(text);
  const auto kept = ledger_->meta(kMetaEnforced);
  if (kept && *kept == enforced_) return;
  if (const auto written = ledger_->set_meta(kMetaEnforced, enforced_); !written)
    log_->event(services::LogLevel::warn, "enforced.not_kept",
                {{"error", written.error().message}});
}

awaitable<Result<json::value>> Engine::task(std::string op, json::value request) {
  CHELA_CO_TRY(read_quarantines());
  const auto rules = redactor_->rules();
  redact_words(request, *rules);
  auto reply = co_await pool_->call_backend("", op, std::move(request));
  for (auto& line : std::exchange(lifted_, {})) remarks_.push_back(std::move(line));
  if (!reply) co_return reply;
  const auto* task = find(*reply, "task");
  const std::string id = task == nullptr ? "" : get_string(*task, "id");
  if (op == "list" || op == "get" || id.empty()) co_return reply;
  CHELA_CO_TRY(const auto rows, ledger_->tasks());
  const auto known = std::find_if(rows.begin(), rows.end(),
                                  [&](const tasks::TaskRow& row) { return row.id == id; });
  tasks::TaskRow row = known == rows.end() ? tasks::TaskRow{} : *known;
  row.id = id;
  row.title = rules->redact(get_string(*task, "title"), services::Reader::model);
  row.state = get_string(*task, "state");
  row.closed = !tasks::is_open_state(row.state);
  row.updated_at = clock_->now();
  CHELA_CO_TRY(ledger_->save_tasks({row}));
  co_return reply;
}

awaitable<Result<json::value>> Engine::ask_backend(std::string target, std::string op,
                                                   json::value request) {
  CHELA_CO_TRY(read_quarantines());
  co_return co_await pool_->call_backend(std::move(target), std::move(op), std::move(request));
}

awaitable<Result<json::value>> Engine::board(json::value query) {
  CHELA_CO_TRY(json::value reply, co_await pool_->call_backend("", "list", std::move(query)));
  CHELA_CO_TRY(const auto rows, ledger_->tasks());
  if (auto* tasks = reply.is_object() ? reply.get_object().if_contains("tasks") : nullptr;
      tasks != nullptr) {
    if (auto* list = tasks->if_array()) add_activity(*list, rows);
  }
  co_return reply;
}

Result<heartbeat::Outlook> Engine::outlook() {
  auto tick_context = context([](const std::string&) { return false; });
  auto outlook = heartbeat::outlook(tick_context, clock_->now());
  // What only looks must not make a file vanish unsaid: the next tick says what became of it.
  if (outlook && outlook->set_aside) {
    log_->event(services::LogLevel::warn, "state.set_aside", {{"what", *outlook->set_aside}});
    remarks_.push_back(*outlook->set_aside);
  }
  return outlook;
}

Timestamp Engine::next_ping(Timestamp now) const {
  if (!setup_->host.ping) return heartbeat::kNever;
  return heartbeat::next_ping(ping_state_, setup_->host.ping->every, now);
}

std::optional<services::PingRequest> Engine::ping_request(bool is_well, Timestamp now) const {
  if (next_ping(now) > now) return std::nullopt;
  services::PingRequest request;
  request.program = setup_->installation.ping;
  request.url = heartbeat::ping_url(setup_->host.ping->url, is_well);
  return request;
}

void Engine::record_ping(const Result<void>& outcome) {
  const std::string error = outcome ? "" : outcome.error().message;
  ping_state_ = heartbeat::after_ping(ping_state_, error, clock_->now());
  if (!outcome)
    log_->event(services::LogLevel::warn, "ping.failed",
                {{"error", error}, {"failures", ping_state_.failures}});
  if (const auto kept = ledger_->set_meta(kMetaPing, heartbeat::to_text(ping_state_)); !kept)
    log_->event(services::LogLevel::warn, "ping.not_kept", {{"error", kept.error().message}});
}

namespace {

Result<base::FileLock> lock_in_state(const Setup& setup, const char* name, Duration patience) {
  const std::string folder = setup.workspace_state_dir();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return fail(ErrorCode::permission_denied, folder + " cannot be made: " + error.message());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto lock = base::FileLock::try_lock(folder + "/" + name);
    if (lock || lock.error().code != ErrorCode::failed_precondition) return lock;
    if (std::chrono::steady_clock::now() >= deadline) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<base::FileLock> lock_workspace(const Setup& setup, Duration patience) {
  return lock_in_state(setup, "lock", patience);
}

Result<base::FileLock> lock_mirrors(const Setup& setup, Duration patience) {
  return lock_in_state(setup, "mirrors.lock", patience);
}

}  // namespace chela::app
