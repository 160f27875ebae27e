// Small look-ups over boost::json::value, our vocabulary for documents; nothing here throws.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"

namespace chela {

namespace json = boost::json;

namespace internal {

// Whether every number is one. Boost.JSON reads 1e999 as infinity and 0e999 as NaN, and would write
// them as words that nothing reads.
inline bool has_only_finite_numbers(const json::value& value) {
  if (const auto* array = value.if_array()) {
    return std::all_of(array->begin(), array->end(), has_only_finite_numbers);
  }
  if (const auto* object = value.if_object()) {
    return std::all_of(object->begin(), object->end(),
                       [](const auto& member) { return has_only_finite_numbers(member.value()); });
  }
  return !value.is_double() || std::isfinite(value.get_double());
}

}  // namespace internal

// Parses one JSON text (UTF-8, at most 32 levels deep, numbers within a double's range).
// invalid_argument says at which byte it stopped.
inline Result<json::value> parse_json(std::string_view text) {
  json::stream_parser parser({}, json::parse_options{.max_depth = 32});
  json::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (!error && text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    error = json::error::extra_data;
  }
  if (error) {
    return fail(ErrorCode::invalid_argument,
                "not valid JSON at byte " + std::to_string(used) + ": " + error.message());
  }
  json::value value = parser.release();
  if (!internal::has_only_finite_numbers(value)) {
    return fail(ErrorCode::invalid_argument,
                "not valid JSON: a number that is beyond a double's range");
  }
  return value;
}

// The member `key`, or nullptr where `value` is no object or has no such member. It lives as long
// as `value` does.
inline const json::value* find(const json::value& value, std::string_view key) {
  const auto* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}
inline const json::value* find(const json::object& object, std::string_view key) {
  return object.if_contains(key);
}
// Of a temporary, also one that a json::array or another type would become, nothing would be left
// to point to.
const json::value* find(const json::value&& value, std::string_view key) = delete;
const json::value* find(const json::object&& object, std::string_view key) = delete;

inline std::optional<std::string> find_string(const json::value& value, std::string_view key) {
  const auto* member = find(value, key);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return std::string(member->get_string());
}

inline std::string get_string(const json::value& value, std::string_view key,
                              std::string_view otherwise = "") {
  return find_string(value, key).value_or(std::string(otherwise));
}

inline std::int64_t get_int(const json::value& value, std::string_view key,
                            std::int64_t otherwise = 0) {
  const auto* member = find(value, key);
  if (member == nullptr || !member->is_number()) return otherwise;
  json::error_code error;
  const auto number = member->to_number<std::int64_t>(error);
  return error ? otherwise : number;
}

inline double get_double(const json::value& value, std::string_view key, double otherwise = 0) {
  const auto* member = find(value, key);
  if (member == nullptr || !member->is_number()) return otherwise;
  json::error_code error;
  const auto number = member->to_number<double>(error);
  return error ? otherwise : number;
}

inline bool get_bool(const json::value& value, std::string_view key, bool otherwise = false) {
  const auto* member = find(value, key);
  return member == nullptr || !member->is_bool() ? otherwise : member->get_bool();
}

// Every member that is a string; an empty list where `key` is no array.
inline std::vector<std::string> get_strings(const json::value& value, std::string_view key) {
  std::vector<std::string> strings;
  const auto* member = find(value, key);
  if (member == nullptr || !member->is_array()) return strings;
  for (const auto& item : member->get_array()) {
    if (item.is_string()) strings.emplace_back(item.get_string());
  }
  return strings;
}

}  // namespace chela
