// A plugin's settings: valid against its schema and with defaults filled in before the plugin sees
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/duration.h"
#include "chela/json.h"

namespace chela {

class Config {
 public:
  Config() = default;
  explicit Config(json::value value) : value_(std::move(value)) {}

  std::string get(std::string_view name, const char* otherwise) const {
    return get_string(value_, name, otherwise);
  }
  std::string get(std::string_view name, const std::string& otherwise = "") const {
    return get_string(value_, name, otherwise);
  }
  std::int64_t get(std::string_view name, int otherwise) const {
    return get_int(value_, name, otherwise);
  }
  std::int64_t get(std::string_view name, std::int64_t otherwise) const {
    return get_int(value_, name, otherwise);
  }
  double get(std::string_view name, double otherwise) const {
    return get_double(value_, name, otherwise);
  }
  bool get(std::string_view name, bool otherwise) const {
    return get_bool(value_, name, otherwise);
  }
  std::vector<std::string> strings(std::string_view name) const {
    return get_strings(value_, name);
  }

  // A setting with `"format": "duration"`, such as "4h".
  Duration duration(std::string_view name, Duration otherwise) const {
    const auto text = find_string(value_, name);
    if (!text) return otherwise;
    return parse_duration(*text).value_or(otherwise);
  }

  const json::value& value() const { return value_; }

 private:
  json::value value_ = json::object();
};

}  // namespace chela
