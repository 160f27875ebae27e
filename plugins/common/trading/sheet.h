// The report of a trading check while it is written: every line says which environment it is about.
#pragma once

#include <chela/report.h>

#include <map>
#include <string>
#include <utility>
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
  std::string part{};  // what it hangs on, where its kind alone does not say it
};

class Sheet {
 public:
  static constexpr std::size_t kMostOfAKind = 20;  // the worst; further ones are counted

  // `environment` is paper, demo, live or test.
  explicit Sheet(std::string environment) : environment_(std::move(environment)) {}

  void add(Line line);
  // Those that are listed one by one.
  const std::vector<Line>& lines() const { return lines_; }
  // One condition for all that failed Ledger::kTolerated times in a row; what failed less often is
  // noted in the summary. Where the refusal of the keys is told, what failed because of it is not.
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
  // Lines of one kind that are only counted. The line that says so is as bad as the worst of them.
  struct LeftOut {
    std::size_t count = 0;
    Severity worst = Severity::none;
    std::string first{};  // its key without the kind
    Lasting lasting = Lasting::event;
  };
  using LeftOutByKind = std::map<std::string, LeftOut>;
  static void leave_out(LeftOutByKind& left_out, const Line& line);

  std::string environment_;
  std::vector<Line> lines_;  // of each kind and severity at most kMostOfAKind
  std::vector<std::string> notes_;
  std::map<std::pair<std::string, Severity>, std::size_t> counts_;
  LeftOutByKind left_out_;
  std::size_t troubles_ = 0;  // warn and crit, of all lines
  Severity worst_ = Severity::none;
};

}  // namespace trading
