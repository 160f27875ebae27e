#include "app/model_setup.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/catalog_file.h"
#include "app/model_providers.h"
#include "base/text.h"

namespace chela::app {
namespace {

models::Model model_of(const config::Instance& instance, const config::ModelConfig& configured) {
  models::Model model;
  model.provider = instance.id;
  model.wire_id = configured.id;
  model.ref = instance.id + "/" + configured.id;
  model.name = configured.name;
  model.context_tokens = configured.context_tokens;
  model.max_output_tokens = configured.max_output_tokens;
  model.can = configured.can;
  model.successor = configured.successor;
  model.is_known = true;
  model.source = std::filesystem::path(instance.source.file).filename().string();
  const auto amount = [&](const char* kind, models::Usd otherwise) {
    const auto found = configured.usd.find(kind);
    return found == configured.usd.end() ? otherwise
                                         : models::parse_usd(found->second).value_or(otherwise);
  };
  if (!configured.usd.empty()) {
    models::Prices prices;
    prices.input = amount("input", {});
    prices.output = amount("output", {});
    prices.cache_read = amount("cache_read", prices.input);
    prices.cache_write_5m = amount("cache_write_5m", prices.input);
    prices.cache_write_1h = amount("cache_write_1h", prices.cache_write_5m);
    model.prices = prices;
  }
  if (const auto day = base::parse_utc(configured.end_of_life);
      day && !configured.end_of_life.empty())
    model.end_of_life = std::chrono::floor<std::chrono::days>(*day);
  return model;
}

models::Chain chain_of(const config::ModelChoice& choice, const std::string& why) {
  models::Chain chain{{}, why};
  if (!choice.primary.empty()) chain.refs.push_back(choice.primary);
  chain.refs.insert(chain.refs.end(), choice.fallbacks.begin(), choice.fallbacks.end());
  return chain;
}

void take_openclaw(const config::ModelSettings& openclaw, models::Settings& settings) {
  put_configured_models(openclaw, settings.catalog);
  for (const auto& [alias, ref] : openclaw.aliases) settings.routes.aliases[alias] = ref;
  auto& roles = settings.routes.roles;
  for (const auto& [id, choice] : openclaw.agents) {
    const bool is_own = !choice.primary.empty();
    auto chain = chain_of(is_own ? choice : openclaw.defaults, "role " + id + " (openclaw.json)");
    if (!chain.refs.empty()) roles[id] = std::move(chain);
  }
  // An agent of that name is one already; else the defaults lead, and only where there are none the
  // agent that OpenClaw would take.
  const auto main = openclaw.agents.find(openclaw.default_agent);
  const bool has_own = main != openclaw.agents.end() && !main->second.primary.empty();
  auto coordinator =
      chain_of(openclaw.defaults.primary.empty() && has_own ? main->second : openclaw.defaults,
               "role coordinator (openclaw.json)");
  if (!coordinator.refs.empty()) roles.try_emplace("coordinator", std::move(coordinator));
  if (openclaw.heartbeat_model) {
    // Alone: a heartbeat that falls back to the expensive ones is what nobody asked for.
    models::Chain heartbeat{{*openclaw.heartbeat_model}, "role heartbeat (openclaw.json)"};
    roles["heartbeat"] = std::move(heartbeat);
  }
  settings.max_concurrent = openclaw.max_concurrent;
  settings.subagents_max_concurrent = openclaw.subagents_max_concurrent;
}

Result<void> take_host(const config::ModelsConfig& host, models::Settings& settings) {
  for (const auto& [role, chain] : host.roles) {
    models::Chain resolved{{}, "role " + role + " (host.yaml)"};
    for (const auto& name : chain) {
      const std::string ref = models::resolve_alias(settings.routes, name);
      if (!settings.catalog.find(ref)) {
        return fail(ErrorCode::invalid_argument,
                    "host.yaml: models.roles." + base::printable(role, 40) + ": '" +
                        base::printable(name, 80) +
                        "' is neither an alias nor a model written provider/model");
      }
      resolved.refs.push_back(ref);
    }
    settings.routes.roles[role] = std::move(resolved);
  }
  if (host.budgets) {
    settings.budgets.clear();
    for (const auto& budget : *host.budgets) {
      models::BudgetRule rule;
      rule.period = budget.is_monthly ? models::Period::month : models::Period::day;
      rule.role = budget.role;
      rule.provider = budget.provider;
      if (budget.usd) rule.usd = models::parse_usd(*budget.usd);
      rule.tokens = budget.tokens;
      settings.budgets.push_back(std::move(rule));
    }
  }
  settings.at_limit =
      host.takes_cheapest_at_limit ? models::AtLimit::cheapest : models::AtLimit::refuse;
  if (host.max_concurrent) settings.max_concurrent = *host.max_concurrent;
  if (host.subagents_max_concurrent)
    settings.subagents_max_concurrent = *host.subagents_max_concurrent;
  settings.queue_deadline = host.queue_deadline;
  settings.retry_time = host.retry_time;
  settings.first_token = host.first_token;
  settings.idle = host.idle;
  settings.total = host.total;
  settings.has_hedge = host.has_hedge;
  settings.max_output_tokens = host.max_output_tokens;
  return {};
}

}  // namespace

Result<ModelSetup> make_model_setup(const Setup& setup,
                                    const std::function<bool(const std::string&)>& has_variable) {
  ModelSetup made;
  const std::string file =
      (setup.paths.builtin_manifests_dir.path.parent_path() / "models.json").string();
  CHELA_TRY(made.settings.catalog, read_catalog(file));
  config::ModelSettings openclaw;
  if (setup.openclaw) {
    CHELA_TRY(openclaw, config::read_model_settings(*setup.openclaw));
    made.notes = openclaw.notes;
    made.logging = openclaw.logging;
  }
  take_openclaw(openclaw, made.settings);
  for (const auto& instance : setup.instances) {
    if (instance.kind != config::Kind::provider) continue;
    for (const auto& model : instance.models) made.settings.catalog.put(model_of(instance, model));
  }
  CHELA_TRY(take_host(setup.host.models, made.settings));
  add_providers(setup, openclaw, has_variable, made);
  return made;
}

std::vector<std::string> ending_models(const models::Settings& settings, Timestamp now) {
  std::set<std::string> lines;
  for (const auto& [role, chain] : settings.routes.roles) {
    for (const auto& ref : chain.refs) {
      const auto model = settings.catalog.find(ref);
      if (!model) continue;
      const std::string line = models::describe_life(*model, now);
      if (!line.empty()) lines.insert(line);
    }
  }
  return {lines.begin(), lines.end()};
}

}  // namespace chela::app
