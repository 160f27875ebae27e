// The report of a trading check while it is written: every line says which environment it is about.
#pragma once

#include <chela/report.h>

#include <map>
#include <string>
#include <vector>

#include "ledger.h"

namespace trading {

// Ordered: the worst of a sheet is its status.
enum class Severity { none, info, warn, crit };

enum class Lasting { condition, event };

// One finding before it is written.
struct Line {
  std::string key{};  // "order:4711": what stands before the colon is its kind
  Severity severity = Severity::warn;
  std::string title{};
  std::string detail{};
  Lasting lasting = Lasting::condition;
};

class Sheet {
 public:
  static constexpr std::size_t kMostOfAKind = 20;  // further ones are counted

  // `environment` is paper, demo, live or test.
  explicit Sheet(std::string environment) : environment_(std::move(environment)) {}

  void add(Line line);
  // One condition for all that failed Ledger::kTolerated times in a row; what failed less often is
  // noted in the summary.
  void add_stale(const Ledger& ledger, Timestamp now);
  // What is worth saying in the summary only.
  void note(std::string text) { notes_.push_back(std::move(text)); }

  Severity worst() const { return worst_; }
  bool has(std::string_view key) const;
  // The report with "[paper] <state>; notes" as summary where nothing was found.
  chela::Report report(const std::string& state) const;
  // What begins every title and the summary: "[paper] ".
  std::string prefix() const { return "[" + environment_ + "] "; }

 private:
  std::string environment_;
  std::vector<Line> lines_;
  std::vector<std::string> notes_;
  std::map<std::string, std::size_t> left_out_;  // by kind
  Severity worst_ = Severity::none;
};

}  // namespace trading
