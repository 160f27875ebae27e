#include "config/models_config.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace chela::config {
namespace {

// YAML writes 2, 0.5 and "2.50".
std::optional<std::string> decimal_of(const json::value& value) {
  std::string text;
  if (value.is_string()) {
    text = std::string(value.get_string());
  } else {
    char number[64];
    std::snprintf(number, sizeof number, "%.9f", value.to_number<double>());
    text = number;
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  const std::size_t point = text.find('.');
  const bool is_good =
      !text.empty() && text.size() <= 20 &&
      text.find_first_not_of("0123456789.") == std::string::npos &&
      std::count(text.begin(), text.end(), '.') <= 1 && point != 0 && text.back() != '.' &&
      (point == std::string::npos ? text.size() <= 9 : point <= 9 && text.size() - point <= 10);
  if (!is_good) return std::nullopt;
  return text;
}

void read_roles(const json::value& models, ModelsConfig& config, Violations& violations) {
  const auto* roles = find(models, "roles");
  if (roles == nullptr) return;
  for (const auto& [name, written] : roles->as_object()) {
    auto& chain = config.roles[std::string(name)];
    if (written.is_string()) chain.emplace_back(written.get_string());
    if (written.is_array()) chain = get_strings(*roles, name);
    if (chain.empty() || std::find(chain.begin(), chain.end(), "") != chain.end()) {
      violations.push_back({"/models/roles/" + std::string(name), "a chain without a model",
                            "one model such as openai/gpt-5-mini, or a list of them", "nothing",
                            false});
    }
  }
}

void read_budgets(const json::value& models, ModelsConfig& config, Violations& violations) {
  const auto* budgets = find(models, "budgets");
  if (budgets == nullptr) return;
  config.budgets.emplace();
  for (const auto& written : budgets->as_array()) {
    const std::string where = "/models/budgets/" + std::to_string(config.budgets->size());
    BudgetConfig budget;
    budget.is_monthly = get_string(written, "per") == "month";
    budget.role = get_string(written, "role");
    budget.provider = get_string(written, "provider");
    if (const auto* usd = find(written, "usd")) {
      budget.usd = decimal_of(*usd);
      if (!budget.usd)
        violations.push_back({where + "/usd", "not an amount of money",
                              "US dollars such as 2 or 0.50",
                              base::printable(json::serialize(*usd), 60), false});
    }
    if (find(written, "tokens") != nullptr) budget.tokens = get_int(written, "tokens");
    if (!budget.usd && !budget.tokens)
      violations.push_back({where, "a budget of nothing", "usd, tokens or both", "neither", false});
    config.budgets->push_back(std::move(budget));
  }
}

Duration read_time(const json::value& models, const char* key, Duration otherwise, Duration longest,
                   Violations& violations) {
  const auto text = find_string(models, key);
  if (!text) return otherwise;
  const auto time =
      base::parse_duration(*text).value_or(Duration(-1));  // the schema checked the form
  if (time < std::chrono::milliseconds(1) || time > longest) {
    violations.push_back({std::string("/models/") + key, "not a sensible time",
                          "1ms to " + base::format_duration(longest), "'" + *text + "'", false});
  }
  return time;
}

}  // namespace

std::vector<ModelConfig> read_manifest_models(const json::value& instance, Violations& violations) {
  std::vector<ModelConfig> models;
  const auto* list = find(instance, "models");
  if (list == nullptr) return models;
  for (const auto& written : list->as_array()) {
    const std::string where = "/models/" + std::to_string(models.size());
    ModelConfig model{get_string(written, "id"),
                      get_string(written, "name"),
                      get_int(written, "context_tokens"),
                      get_int(written, "max_output_tokens"),
                      {},
                      get_strings(written, "can"),
                      get_string(written, "end_of_life"),
                      get_string(written, "successor")};
    if (const auto* usd = find(written, "usd")) {
      for (const auto& [kind, amount] : usd->as_object()) {
        const auto decimal = decimal_of(amount);
        if (!decimal) {
          violations.push_back({where + "/usd/" + std::string(kind), "not an amount of money",
                                "US dollars per million tokens such as 0.25",
                                base::printable(json::serialize(amount), 60), false});
          continue;
        }
        model.usd[std::string(kind)] = *decimal;
      }
    }
    if (!model.end_of_life.empty() &&
        (model.end_of_life.size() != 10 || !base::parse_utc(model.end_of_life))) {
      violations.push_back({where + "/end_of_life", "not a day", "a date such as 2026-11-30",
                            "'" + base::printable(model.end_of_life, 40) + "'", false});
    }
    models.push_back(std::move(model));
  }
  return models;
}

ModelsConfig read_models_config(const json::value& host, Violations& violations) {
  ModelsConfig config;
  const auto* models = find(host, "models");
  if (models == nullptr) return config;
  read_roles(*models, config, violations);
  read_budgets(*models, config, violations);
  config.takes_cheapest_at_limit = get_string(*models, "at_limit") == "cheapest";
  if (find(*models, "max_concurrent") != nullptr)
    config.max_concurrent = static_cast<int>(get_int(*models, "max_concurrent"));
  if (find(*models, "subagents_max_concurrent") != nullptr)
    config.subagents_max_concurrent =
        static_cast<int>(get_int(*models, "subagents_max_concurrent"));
  const auto hour = std::chrono::hours(1);
  config.queue_deadline =
      read_time(*models, "queue_deadline", config.queue_deadline, hour, violations);
  config.retry_time = read_time(*models, "retry_time", config.retry_time, hour, violations);
  config.first_token = read_time(*models, "first_token", config.first_token, hour, violations);
  config.idle = read_time(*models, "idle", config.idle, hour, violations);
  config.total = read_time(*models, "total", config.total, std::chrono::hours(24), violations);
  config.has_hedge = get_bool(*models, "hedge");
  config.max_output_tokens = get_int(*models, "max_output_tokens", config.max_output_tokens);
  return config;
}

}  // namespace chela::config
