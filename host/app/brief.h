// The daily brief: calendar, mail, tasks, alerts and cost on one page, without a model.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/engine.h"

namespace chela::app {

// What one check says of today and tomorrow, or why it could not.
struct BriefPart {
  std::string check;
  std::string summary;             // of a check with nothing to list
  std::vector<std::string> lines;  // in its order
  std::string problem;             // "" where it answered
};

struct BriefFacts {
  std::string day;  // "Sat 28 Nov 2026, 07:30"
  std::vector<BriefPart> parts;
  std::vector<tasks::AlertRow> alerts;  // open ones
  struct Task {
    std::string title;
    std::string state;     // queue, in_progress, blocked
    std::string priority;  // low, medium, high
    bool needs_human = false;
  };
  std::vector<Task> tasks;  // open ones of the board
  std::string tasks_problem;
  std::optional<std::string>
      cost;  // "0.42 USD in 12 calls since yesterday"; absent: no models here
  Timestamp now{};
};

inline constexpr std::size_t kBriefLines = 29;  // fits a terminal of 30 with its prompt

// The page: at most kBriefLines lines. What needs a person comes first in each part; what does not
// fit is counted. Pure.
std::vector<std::string> brief_lines(const BriefFacts& facts);

// Asks every check whose plugin answers `brief`, all at once, and the board. Nothing of it is
// recorded. `cost` is left out. [loop-thread]
boost::asio::awaitable<Result<BriefFacts>> gather_brief(Engine& engine, Timestamp now);

}  // namespace chela::app
