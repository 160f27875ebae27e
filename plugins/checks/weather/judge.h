// Which of the coming hours change plans, and whether that was told before. Pure.
#pragma once

#include <chela/report.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "forecast.h"

namespace weather {

struct Limits {
  std::set<std::string> watch{};
  int hours = 12;
  int rain_hours = 4;
  double rain_mm = 0.5;
  double rain_percent = 60;
  double gusts_kmh = 60;
  double frost_c = 0;
  double heat_c = 32;
};

// Hours that belong together: at most two hours between them do not count.
struct Episode {
  chela::Timestamp begin{};
  chela::Timestamp end{};
  double peak = 0;  // mm in all, km/h, or degrees
};

// Until when each kind has been told of: {"rain": 1790000000000}.
using Told = std::map<std::string, chela::Timestamp>;

// The first episode of each kind that is watched, by its name; also one that begins a little later
// than its limit, for a forecast may have moved it there.
std::map<std::string, Episode> episodes_of(const Forecast& forecast, const Limits& limits,
                                           chela::Timestamp now);

// Whether an episode that begins then is the one that was told of until then.
bool is_same(chela::Timestamp begin, chela::Timestamp told_until);

// Events for what begins within the limits and was not told before; `told` moves on. An episode
// that goes on or shifts a little is the same one. `suffix` stands behind each title: " (Ulm)".
std::vector<chela::Finding> judge(const Forecast& forecast, const Limits& limits,
                                  chela::Timestamp now, const std::string& suffix, Told& told);

// One line for the whole day: "5 to 12 °C, rain 3 mm (80 %), gusts to 40 km/h".
std::string describe_today(const Today& today);

inline constexpr const char* kSource = "Data: Open-Meteo.com, CC BY 4.0";

}  // namespace weather
