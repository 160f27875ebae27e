// `notify:` of a notifier: which lines it gets, and when.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace chela::config {

enum class Level { info, warn, crit };

// A part of the day: from <= time of day < to, over midnight where from > to. Never empty, never
// equal.
struct Window {
  std::chrono::minutes from{0};
  std::chrono::minutes to{0};      // up to 24:00
  std::string timezone = "local";  // or a zone of the system's table
  bool operator==(const Window&) const = default;
};

struct NotifySettings {
  Level severity = Level::info;       // nothing below it
  std::vector<std::string> checks{};  // only these, "mail-*" is all that begin so; none: all
  std::vector<std::string> except{};  // never these
  bool wants_recovered = true;        // that something is over
  std::optional<Window> quiet{};      // nothing is sent then; what is due waits for its end
  std::optional<Level> quiet_except = Level::crit;  // but from this on at once; absent: nothing is
  Duration digest{0};  // below crit: waits so long for more, so that several are one message
  bool operator==(const NotifySettings&) const = default;
};

}  // namespace chela::config
