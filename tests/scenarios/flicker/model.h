// What check.flicker reports in its n-th run; shared by the plugin and by the test that predicts
// its tasks.
#pragma once

namespace flicker {

// Nothing is open in the first run, so that no first-run task folds the conditions together.
// Condition `i` then changes every 2 + i runs.
inline bool is_open(long run, long condition, long phase) {
  return run > 1 && ((run + phase) / (2 + condition)) % 2 == 1;
}

// An event happens once, in this run.
inline bool has_event(long run) {
  return run > 1 && run % 3 == 0;
}

}  // namespace flicker
