// What an answer without a forecast or warnings in it means, in the words of its service. Pure.
#pragma once

#include <chela/http.h>
#include <chela/result.h>

namespace weather {

enum class Service { open_meteo, weather_gov };

// `reply` has another status than 200.
chela::Error explain(const chela::FetchReply& reply, Service service);

}  // namespace weather
