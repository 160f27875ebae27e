// How fast secrets are taken out of a log: 1 % of its lines hold one.
#pragma once

#include <cstddef>

namespace chela::bench {

// Processor time on one core, medians. 1 MB is a million bytes.
struct RedactionSpeed {
  std::size_t patterns = 0;  // that were applied
  double both_mb_per_s = 0;  // known values, then patterns: what a log line goes through
  double patterns_mb_per_s = 0;
  double values_mb_per_s = 0;
  double model_mb_per_s = 0;  // both, for a model
  double set_mb_per_s = 0;    // RE2::Set asked about each line, nothing else
  double copy_mb_per_s = 0;   // each line found and copied, nothing else
  double build_ms = 0;        // after 100 values were added
  double first_hit_ms = 0;    // compiles one expression; measured first, so once
};
RedactionSpeed measure_redaction();

}  // namespace chela::bench
