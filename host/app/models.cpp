#include "app/models.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "app/known_secrets.h"
#include "app/plugin_network.h"
#include "base/text.h"
#include "services/hash.h"
#include "services/secrets.h"

namespace chela::app {
namespace {

using boost::asio::awaitable;

// A task's id out of what it is about: the same words give the same task.
std::string task_key(const std::string& text) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const std::string hash = services::sha256(text);
  std::string key;
  for (std::size_t i = 0; i < 6; ++i) {
    const unsigned long byte = std::stoul(hash.substr(i * 2, 2), nullptr, 16);
    key += kAlphabet[byte % kAlphabet.size()];
  }
  return key;
}

}  // namespace

// Keys for the router, out of the host's secrets and of plain text in openclaw.json.
class Models::Keys final : public models::KeySource {
 public:
  Keys(services::SecretSettings settings, const services::Clock& clock, const ModelSetup& setup)
      : secrets_(std::move(settings), clock), setup_(setup), home_(home_folder()) {}

  awaitable<Result<models::Key>> get(std::string reference) override {
    if (const auto literal = setup_.literals.find(reference); literal != setup_.literals.end())
      co_return models::Key{nullptr, literal->second, 1};
    CHELA_CO_TRY(services::SecretRef ref, services::parse_secret_ref(written(reference), home_));
    const std::string name = services::to_string(ref);
    services::SecretOutcome outcome = co_await secrets_.get(std::move(ref));
    if (!outcome.ok()) {
      if (!outcome.failure) co_return fail(ErrorCode::internal, "cannot read " + name);
      co_return fail(services::to_error(name, *outcome.failure));
    }
    const std::string_view value = outcome.value->view();
    co_return models::Key{outcome.value, value, outcome.generation};
  }
  bool doubt(const std::string& reference, std::uint64_t generation) override {
    const auto ref = services::parse_secret_ref(written(reference), home_);
    return ref && secrets_.invalidate(*ref, generation);
  }
  std::vector<services::WaitingSecret> waiting() const { return secrets_.waiting(); }

 private:
  std::string written(const std::string& label) const {
    const auto found = setup_.references.find(label);
    return found == setup_.references.end() ? label : found->second;
  }
  services::Secrets secrets_;
  const ModelSetup& setup_;
  std::string home_;
};

// Starts provider plugins out of the engine's pool.
class Models::Starter final : public models::ProviderStarter {
 public:
  Starter(Engine& engine, const ModelSetup& setup) : engine_(engine), setup_(setup) {}

  awaitable<Result<models::StartedProvider>> start(std::string id) override {
    const auto found =
        std::find_if(setup_.instances.begin(), setup_.instances.end(),
                     [&](const config::Instance& instance) { return instance.id == id; });
    if (found == setup_.instances.end())
      co_return fail(ErrorCode::not_found, "no provider '" + id + "' is enabled");
    co_return co_await engine_.pool().start_provider(*found);
  }
  void tell_fault(const std::string& id, const std::string& what) override {
    for (const auto& instance : setup_.instances) {
      if (instance.id == id) engine_.tell_provider_fault(instance.plugin, id, what);
    }
  }

 private:
  Engine& engine_;
  const ModelSetup& setup_;
};

Models::~Models() = default;

std::string model_store_file(const Setup& setup) {
  return (setup.paths.state_dir.path / "models.db").string();
}

Result<ModelSetup> load_model_setup(const Setup& setup) {
  const auto environment = environment_of(setup);
  return make_model_setup(setup,
                          [&](const std::string& name) { return environment(name).has_value(); });
}

std::string local_day(const heartbeat::Zone& zone, Timestamp time) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(zone.to_local(time).day.time_since_epoch())};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string Models::day_of(Timestamp time) const {
  return local_day(engine_->zone(), time);
}

Result<std::unique_ptr<Models>> Models::open(Engine& engine, const services::Clock& clock,
                                             boost::asio::any_io_executor loop) {
  auto made = std::unique_ptr<Models>(new Models());
  made->engine_ = &engine;
  // Keys are going to be in this memory: no core file, also not by way of a program that takes them
  // (such a one ignores a limit of 0).
  const rlimit no_core{1, 1};
  static_cast<void>(setrlimit(RLIMIT_CORE, &no_core));
  made->clock_ = &clock;
  CHELA_TRY(made->setup_, load_model_setup(engine.setup()));
  made->notes_ = made->setup_.notes;
  services::Redactor& redactor = engine.redactor();
  CHELA_TRY(redactor.configure(redact_settings(made->setup_.logging),
                               "openclaw.json: logging.redactPatterns"));
  services::SecretSettings secrets = services::secret_settings_of_process();
  secrets.programs.env = environment_of(engine.setup());
  if (!secrets.programs.token_files.empty()) {
    secrets.programs.token_files.front() =
        (engine.setup().paths.config_dir.path / "op-token").string();
  }
  secrets.programs.redact = [&redactor](std::string_view text) { return redactor.redact(text); };
  // A value that is too short to be taken out of texts is told once, where it is used.
  secrets.on_value = [&redactor, owner = made.get()](std::string_view name,
                                                     std::string_view value) {
    if (const auto added = redactor.add(name, value); !added)
      owner->notes_.push_back(std::string(name) + ": " + added.error().message);
  };
  for (const auto& [name, value] : made->setup_.literals) {
    if (const auto added = redactor.add(name, value); !added)
      made->notes_.push_back(name + ": " + added.error().message);
  }
  made->http_ = std::make_unique<services::HttpClient>(loop, http_settings());
  made->keys_ = std::make_unique<Keys>(std::move(secrets), clock, made->setup_);
  made->starter_ = std::make_unique<Starter>(engine, made->setup_);
  CHELA_TRY(auto store, models::Store::open(model_store_file(engine.setup()), clock.now()));
  if (!store.note().empty()) made->notes_.push_back(store.note());
  made->store_ = std::make_unique<models::Store>(std::move(store));
  Models* self = made.get();
  made->router_ = std::make_unique<models::Router>(
      models::RouterTools{
          *made->http_, *made->keys_, *made->starter_, *made->store_, clock, engine.log(), loop,
          [self](Timestamp time) { return self->day_of(time); },
          [engine_of_luck = std::make_shared<std::minstd_rand>(std::random_device{}())] {
            return std::uniform_real_distribution<double>(0, 1)(*engine_of_luck);
          },
          [&redactor](std::string_view text) { return redactor.redact(text); },
          [self](const models::BudgetNotice& notice) { self->budgets_.push_back(notice); }},
      made->setup_.settings);
  return made;
}

std::vector<std::string> Models::take_notes() {
  return std::exchange(notes_, {});
}

awaitable<void> Models::file_tasks() {
  struct Wanted {
    std::string key;
    json::object task;
  };
  std::vector<Wanted> wanted;
  for (const auto& notice : std::exchange(budgets_, {})) {
    const bool is_full = notice.percent >= 100;
    const std::string title = is_full ? "model budget used up: " + models::describe(notice.rule)
                                      : "model budget at " + std::to_string(notice.percent) +
                                            " %: " + models::describe(notice.rule);
    wanted.push_back(
        {task_key(title + "|" + notice.period),
         {{"title", title},
          {"state", "queue"},
          {"priority", is_full ? "high" : "medium"},
          {"needs", "human"},
          {"notes", "for " + notice.period + "; see: chela usage, chela model status"}}});
    notes_.push_back(title);
  }
  if (const auto unlock = services::unlock_task(keys_->waiting())) {
    wanted.push_back({task_key(unlock->key + "|" + day_of(clock_->now())),
                      {{"title", unlock->title},
                       {"state", "blocked"},
                       {"priority", "high"},
                       {"needs", "human"},
                       {"notes", unlock->detail}}});
  }
  for (auto& one : wanted) {
    json::object request{{"task", std::move(one.task)}, {"idempotency_key", one.key}};
    const auto created = co_await engine_->task("create", std::move(request));
    if (!created) notes_.push_back("no task could be written: " + created.error().message);
  }
}

}  // namespace chela::app
