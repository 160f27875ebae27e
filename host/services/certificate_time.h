// The times of certificates as libcurl tells them: "Mar  1 12:00:00 2027 GMT". Pure.
#pragma once

#include <optional>
#include <string_view>

#include "chela/duration.h"

namespace chela::services {

std::optional<Timestamp> parse_certificate_time(std::string_view text);

}  // namespace chela::services
