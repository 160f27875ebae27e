// What the models room is told: everything that was configured, already resolved.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/budget.h"
#include "models/catalog.h"
#include "models/provider_pool.h"
#include "models/routes.h"
#include "models/store.h"

namespace chela::models {

enum class AtLimit { refuse, cheapest };

struct Settings {
  Routes routes;
  Catalog catalog;
  std::map<std::string, ProviderInfo> providers;  // by id
  std::vector<BudgetRule> budgets = default_budgets();
  AtLimit at_limit = AtLimit::refuse;
  int max_concurrent = 4;            // of the agents' lane
  int subagents_max_concurrent = 8;  // of the subagents'
  Duration queue_deadline = std::chrono::seconds(60);
  // How long a call may go on trying where no other candidate is left.
  Duration retry_time = std::chrono::seconds(10);
  Duration first_token = std::chrono::seconds(60);  // from sending to the first piece of content
  Duration idle = std::chrono::seconds(60);         // between two pieces
  Duration total = std::chrono::minutes(15);
  // Ask a second model of the chain where the first is slower than nineteen of its last twenty
  // times.
  bool has_hedge = false;
  std::int64_t max_output_tokens = 8192;  // where a request names no number
};

}  // namespace chela::models
