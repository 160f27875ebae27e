#include "answer.h"

#include <chela/json.h>
#include <chela/untrusted.h>

#include <string>

namespace weather {

using chela::ErrorCode;

chela::Error explain(const chela::FetchReply& reply, Service service) {
  const bool is_forecast = service == Service::open_meteo;
  const auto document = chela::parse_json(reply.body).value_or(chela::json::object());
  std::string said = chela::get_string(document, "reason");
  if (said.empty()) said = chela::get_string(document, "detail");
  const std::string what = std::string(is_forecast ? "Open-Meteo" : "api.weather.gov") +
                           " answered " + std::to_string(reply.status) +
                           (said.empty() ? "" : " " + chela::untrusted_text(said, 150));
  const std::string setting = is_forecast ? "`forecast_url`" : "`alerts_url`";
  switch (reply.status) {
    case 400:
      return {ErrorCode::invalid_argument, what};
    case 401:
      return {ErrorCode::unauthenticated, what + ": the server at " + setting +
                                              " wants a login or a key, which is not supported"};
    case 403:
      return {ErrorCode::permission_denied,
              what + (is_forecast ? ": the server at `forecast_url` has shut us out; the public "
                                    "one does so after too many calls"
                                  : ": it wants a `contact`, or has shut us out")};
    case 404:
      return {
          ErrorCode::not_found,
          what + (is_forecast ? ": no Open-Meteo is at `forecast_url`: wanted scheme, host and port"
                              : ": it knows places in the US only (`alerts: none` elsewhere)")};
    case 429:
      return {ErrorCode::resource_exhausted, what + ": it is asked too often, raise `every`"};
    default:
      if (reply.status >= 500) return {ErrorCode::unavailable, what};
      return {ErrorCode::failed_precondition, what + ": look at " + setting};
  }
}

}  // namespace weather
