// `models:` of host.yaml: chains of roles, budgets, caps and deadlines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "chela/json.h"
#include "config/schema.h"

namespace chela::config {

struct BudgetConfig {
  bool is_monthly = false;         // else daily
  std::string role;                // "" = all
  std::string provider;            // "" = all
  std::optional<std::string> usd;  // decimal, at most nine places
  std::optional<std::int64_t> tokens;
  bool operator==(const BudgetConfig&) const = default;
};

struct ModelsConfig {
  std::map<std::string, std::vector<std::string>> roles;  // refs or aliases, at least one
  std::optional<std::vector<BudgetConfig>> budgets;       // absent: the default budget
  bool takes_cheapest_at_limit = false;
  std::optional<int> max_concurrent;
  std::optional<int> subagents_max_concurrent;
  Duration queue_deadline = std::chrono::seconds(60);
  Duration retry_time = std::chrono::seconds(10);
  Duration first_token = std::chrono::seconds(60);
  Duration idle = std::chrono::seconds(60);
  Duration total = std::chrono::minutes(15);
  bool has_hedge = false;
  std::int64_t max_output_tokens = 8192;
};

// One model in the manifest of a provider; absent members say nothing.
struct ModelConfig {
  std::string id;
  std::string name;
  std::int64_t context_tokens = 0;
  std::int64_t max_output_tokens = 0;
  std::map<std::string, std::string> usd;  // "input", "output", .. -> decimal per million tokens
  std::vector<std::string> can;
  std::string end_of_life;  // "2026-11-30"
  std::string successor;
  bool operator==(const ModelConfig&) const = default;
};

// `instance` has passed the schema.
std::vector<ModelConfig> read_manifest_models(const json::value& instance, Violations& violations);

// `host` has passed the schema. What that cannot express is added to `violations`.
ModelsConfig read_models_config(const json::value& host, Violations& violations);

}  // namespace chela::config
