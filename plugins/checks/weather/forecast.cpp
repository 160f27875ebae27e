#include "forecast.h"

#include <algorithm>

namespace weather {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostHours = 400;

std::optional<double> number_of(const json::value* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const double number = value->to_number<double>(error);
  return error ? std::nullopt : std::optional(number);
}

// Column `name` at `row`; absent, short, null and of another type are all "not known".
std::optional<double> cell(const json::value& table, std::string_view name, std::size_t row) {
  const auto* column = chela::find(table, name);
  const auto* list = column == nullptr ? nullptr : column->if_array();
  return list == nullptr || row >= list->size() ? std::nullopt : number_of(&(*list)[row]);
}

chela::Result<void> check_unit(const json::value& document, std::string_view name,
                               std::string_view wanted) {
  const auto* units = chela::find(document, "hourly_units");
  const std::string found = units == nullptr ? "" : chela::get_string(*units, name);
  if (found.empty() || found == wanted) return {};
  return fail(ErrorCode::data_loss, "wanted " + std::string(name) + " in " + std::string(wanted) +
                                        ", found '" + found.substr(0, 20) + "'");
}

std::optional<Today> parse_today(const json::value& document) {
  const auto* daily = chela::find(document, "daily");
  if (daily == nullptr) return std::nullopt;
  return Today{cell(*daily, "temperature_2m_min", 0), cell(*daily, "temperature_2m_max", 0),
               cell(*daily, "precipitation_sum", 0),
               cell(*daily, "precipitation_probability_max", 0),
               cell(*daily, "wind_gusts_10m_max", 0)};
}

}  // namespace

chela::Result<Forecast> parse_forecast(std::string_view body) {
  const auto document = chela::parse_json(body);
  const auto* hourly = document ? chela::find(*document, "hourly") : nullptr;
  const auto* times = hourly == nullptr ? nullptr : chela::find(*hourly, "time");
  if (times == nullptr || !times->is_array())
    return fail(ErrorCode::data_loss,
                "the forecast is none of Open-Meteo's: wanted JSON with hourly.time, found " +
                    std::to_string(body.size()) + " bytes of something else");
  CHELA_TRY(check_unit(*document, "temperature_2m", "\u00b0C"));
  CHELA_TRY(check_unit(*document, "precipitation", "mm"));
  CHELA_TRY(check_unit(*document, "wind_gusts_10m", "km/h"));
  Forecast forecast;
  const auto offset = chela::get_int(*document, "utc_offset_seconds");
  forecast.utc_offset = std::chrono::seconds(std::clamp<std::int64_t>(offset, -86'400, 86'400));
  if (const auto* current = chela::find(*document, "current"))
    forecast.rain_now_mm = number_of(chela::find(*current, "precipitation"));
  const std::size_t rows = std::min(times->get_array().size(), kMostHours);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto seconds = cell(*hourly, "time", row);
    if (!seconds || *seconds < 0 || *seconds > 1e11) continue;
    Hour hour;
    hour.begin = chela::Timestamp(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
    hour.temperature_c = cell(*hourly, "temperature_2m", row);
    hour.rain_mm = cell(*hourly, "precipitation", row);
    hour.rain_percent = cell(*hourly, "precipitation_probability", row);
    hour.gusts_kmh = cell(*hourly, "wind_gusts_10m", row);
    if (const auto code = cell(*hourly, "weather_code", row); code && *code >= 0 && *code < 100)
      hour.code = static_cast<int>(*code);
    forecast.hours.push_back(hour);
  }
  forecast.today = parse_today(*document);
  return forecast;
}

}  // namespace weather
