// What Open-Meteo says about the next hours and about today, as values. Pure.
#pragma once

#include <chela/duration.h>
#include <chela/json.h>

#include <optional>
#include <string_view>
#include <vector>

namespace weather {

// One hour, from `begin` on. What the service does not know is absent.
struct Hour {
  chela::Timestamp begin{};
  std::optional<double> temperature_c{};
  std::optional<double> rain_mm{};  // rain, showers and snow, melted
  std::optional<double> rain_percent{};
  std::optional<double> gusts_kmh{};
  std::optional<int> code{};  // WMO 4677, as Open-Meteo thins it out
};

struct Today {
  std::optional<double> min_c{};
  std::optional<double> max_c{};
  std::optional<double> rain_mm{};
  std::optional<double> rain_percent{};
  std::optional<double> gusts_kmh{};
};

struct Forecast {
  chela::Duration utc_offset{};  // of the place
  std::optional<double> rain_now_mm{};
  std::vector<Hour> hours{};
  std::optional<Today> today{};  // where it was asked for
};

// data_loss where that is no reply of Open-Meteo, or in other units than degrees Celsius, mm and
// km/h.
chela::Result<Forecast> parse_forecast(std::string_view body);

}  // namespace weather
