// The string formats that a schema can ask for.
#pragma once

#include <string>
#include <string_view>

namespace chela::config {

bool is_known_format(std::string_view format);

// Whether `text` has the format, which must be a known one. For `timezone` the system's zone table
// is asked, where there is one.
bool has_format(std::string_view format, std::string_view text);

// "a duration like 30m, 4h or 2d", to stand after "wanted".
std::string describe_format(std::string_view format);

// "local" or a name of the system's zone table such as Europe/Berlin.
bool is_timezone(std::string_view name);

}  // namespace chela::config
