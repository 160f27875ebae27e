// The review's rules on memory search: what its defaults can never find.
#include "config/review_bench.h"

namespace chela::config {
namespace {

std::string two_digits(double share) {
  const auto hundredths = static_cast<int>(share * 100 + 0.5);
  return std::to_string(hundredths / 100) + "." + (hundredths % 100 < 10 ? "0" : "") +
         std::to_string(hundredths % 100);
}

void judge_old_search(ReviewBench& bench) {
  const auto search = bench.defaults()["memorySearch"];
  if (is_false(search["enabled"])) return;
  const auto hybrid = search["query"]["hybrid"];
  const auto vector_weight = number_of(hybrid["vectorWeight"], 0.7);
  const auto text_weight = number_of(hybrid["textWeight"], 0.3);
  const auto sum = vector_weight + text_weight;
  const auto best = sum > 0 ? text_weight / sum : 0;
  const auto least = search["query"]["minScore"];
  const auto wanted = number_of(least, 0.35);
  if (best < wanted && !is_false(hybrid["enabled"])) {
    auto& finding = bench.add(
        "exact-ids-lost", Severity::warn, least,
        "A note that only the keyword search finds (a ticket number, an id) scores at most " +
            two_digits(best) + ", but minScore asks for " + two_digits(wanted) +
            ": it is never returned.");
    ReviewBench::set(finding, least.pointer(), best > 0.05 ? (best >= 0.3 ? 0.25 : best / 2) : 0.0);
  }
  const auto sessions = search["experimental"]["sessionMemory"];
  if (!lists(search["sources"], "sessions") || is_true(sessions)) return;
  auto& finding = bench.add("session-memory-off", Severity::warn, search["sources"],
                            "The source \"sessions\" is searched only where "
                            "experimental.sessionMemory is true.");
  ReviewBench::set(finding, sessions.pointer(), true);
}

}  // namespace

void review_memory(ReviewBench& bench) {
  if (bench.is_old()) {
    judge_old_search(bench);
    return;
  }
  const auto search = bench.root()["memory"]["search"];
  if (is_false(search["enabled"])) return;
  bench.add("recency-decay", Severity::info, search,
            "2026.9 halves a dated note's score every 30 days and no key changes that: an exact "
            "id in an old note loses against newer notes. Keep such facts in MEMORY.md, which does "
            "not decay.");
}

}  // namespace chela::config
