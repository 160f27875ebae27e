// One request inside the router, and what several of its files need.
#pragma once

#include <optional>

#include "models/router.h"

namespace chela::models {

using Steady = std::chrono::steady_clock;

inline Duration since(Steady::time_point begin) {
  return std::chrono::duration_cast<Duration>(Steady::now() - begin);
}

// One request from the queue to the bill.
struct Router::Run {
  Run(Router& the_router, CallRow the_row) : router(the_router), row(std::move(the_row)) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  // Its caller has gone in the middle: what was set aside counts.
  ~Run() {
    if (is_active) {
      row.spent = was_sent ? row.reserved : lost;
      trail.error = "nobody waited for the answer any more";
      router.finish(*this, CallState::failed, "cancelled");
    }
  }

  Router& router;
  CallRow row;
  Trail trail;
  Ask ask;
  std::int64_t prompt_tokens = 0;
  Steady::time_point begin = Steady::now();
  bool is_active = false;  // has left the queue and is not settled
  bool was_sent = false;   // the try that is under way may be charged for
  Amount lost;             // by tries that failed; part of what is set aside for the next
  void lose(const std::string& ref, const Amount& amount) {
    if (amount == Amount()) return;
    lost = lost + amount;
    row.lost.push_back({ref, amount});
  }
  std::optional<BudgetRule> refused_by;
  std::string reserved_at;  // the provider whose budgets have row.reserved in them
  int percent = 0;          // of the fullest budget, with all that is set aside
  // Of its first candidate, where it need not wait for its turn; set_aside() takes it over.
  std::optional<Reservation> ahead;
  // What was known about cooldowns when it was last decided who goes next.
  bool saw_cooldowns = false;
  std::uint64_t cooldowns_noted = 0;
};

}  // namespace chela::models
