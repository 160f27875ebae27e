#include "app/openclaw_spend.h"

#include <cstdlib>
#include <filesystem>

#include "app/catalog_file.h"
#include "app/env_file.h"

namespace chela::app {
namespace {

config::EnvLookup environment_beside(const std::string& folder) {
  return [file = read_env_file(folder + "/.env")](
             const std::string& name) -> std::optional<std::string> {
    if (const char* value = secure_getenv(name.c_str()); value != nullptr && *value != '\0')
      return value;
    const auto found = file.find(name);
    if (found == file.end()) return std::nullopt;
    return found->second;
  };
}

// Prompts that somebody configured; what is no text is passed over, as it is OpenClaw's to refuse.
std::vector<std::string> heartbeat_prompts(const json::value& config) {
  std::vector<std::string> prompts;
  const auto add = [&](const json::value* agent) {
    const auto* heartbeat = agent == nullptr ? nullptr : find(*agent, "heartbeat");
    if (heartbeat == nullptr) return;
    if (auto prompt = find_string(*heartbeat, "prompt")) prompts.push_back(std::move(*prompt));
  };
  const auto* agents = find(config, "agents");
  if (agents == nullptr) return prompts;
  add(find(*agents, "defaults"));
  if (const auto* list = find(*agents, "list"); list != nullptr && list->is_array()) {
    for (const auto& agent : list->get_array()) add(&agent);
  }
  if (const auto* entries = find(*agents, "entries"); entries != nullptr && entries->is_object()) {
    for (const auto& entry : entries->get_object()) add(&entry.value());
  }
  return prompts;
}

// Zeros in openclaw.json stand for a plan as well as for a table that nobody filled in: no price.
void put_prices(const config::ModelSettings& settings, models::Catalog& catalog) {
  config::ModelSettings priced;
  priced.providers = settings.providers;
  for (auto& provider : priced.providers) {
    std::erase_if(provider.models, [](const config::ConfiguredModel& model) {
      return model.cost.input.value_or(0) == 0 && model.cost.output.value_or(0) == 0;
    });
  }
  put_configured_models(priced, catalog);
}

}  // namespace

Result<OpenClawSpend> read_openclaw_spend(const std::string& folder,
                                          const Installation& installation, Timestamp since,
                                          Timestamp until) {
  OpenClawSpend spend;
  spend.folder = folder;
  CHELA_TRY(models::Catalog catalog,
            read_catalog(installation.prefix + "/share/chela/models.json"));
  spend.catalog_date = catalog.date();
  std::vector<std::string> notes;
  const std::string file = folder + "/openclaw.json";
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    auto config = config::load_openclaw(file, environment_beside(folder));
    if (config) {
      if (const auto settings = config::read_model_settings(*config))
        put_prices(*settings, catalog);
      else
        notes.push_back("its prices are not used: " + settings.error().message);
      spend.config = std::move(*config);
    } else {
      notes.push_back("openclaw.json is not used: " + config.error().message);
    }
  }
  models::OpenClawUsage usage(
      catalog, since, until,
      spend.config ? heartbeat_prompts(spend.config->value) : std::vector<std::string>());
  CHELA_TRY(spend.read, read_transcripts(folder, since, usage));
  spend.report = usage.report();
  spend.read.notes.insert(spend.read.notes.begin(), notes.begin(), notes.end());
  return spend;
}

std::int64_t beats_in(const std::optional<config::OpenClaw>& config, Duration span) {
  const Duration every = config ? config->heartbeat_every : Duration(std::chrono::minutes(30));
  if ((config && !config->heartbeat_is_on) || every <= Duration::zero()) return 0;
  return span / every;
}

}  // namespace chela::app
