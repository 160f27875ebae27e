// JSON objects cut into members without touching their values, so that what others wrote stays as
// they wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"

namespace chela::heartbeat {

// A member of a JSON object: its key, and its value as it stood in the text.
struct RawMember {
  std::string key;
  std::string json;
  friend bool operator==(const RawMember&, const RawMember&) = default;
};

// The members in their order; of a key that comes twice, the last value in the first place.
// Fails with invalid_argument where `text` is not one JSON object.
Result<std::vector<RawMember>> split_object(std::string_view text);

// The members as an object, one per line, `indent` blanks deep.
std::string join_object(const std::vector<RawMember>& members, int indent);

// Replaces the value of `key`, or appends it.
void set_member(std::vector<RawMember>& members, std::string_view key, std::string json);

}  // namespace chela::heartbeat
