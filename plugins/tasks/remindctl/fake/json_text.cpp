#include "json_text.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace fake_remindctl {
namespace {

namespace json = boost::json;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string_view names = "\"\\/\b\f\n\r\t", letters = "\"\\/bfnrt";
    const auto at = names.find(c);
    if (at != names.npos) {
      out += '\\';
      out += letters[at];
    } else if (byte < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(byte));
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void write(const json::value& value, std::string& out, std::size_t depth) {
  const std::string inner(2 * (depth + 1), ' '), outer(2 * depth, ' ');
  if (const auto* list = value.if_array()) {
    out += "[\n";
    for (const auto& item : *list) {
      out += inner;
      write(item, out, depth + 1);
      out += &item == &list->back() ? "" : ",\n";
    }
    out += "\n" + outer + "]";
  } else if (const auto* object = value.if_object()) {
    std::vector<std::string> keys;
    for (const auto& member : *object) keys.emplace_back(member.key());
    std::sort(keys.begin(), keys.end());
    out += "{\n";
    for (const auto& key : keys) {
      out += inner + quoted(key) + " : ";
      write(object->at(key), out, depth + 1);
      out += &key == &keys.back() ? "" : ",\n";
    }
    out += "\n" + outer + "}";
  } else if (value.is_string()) {
    out += quoted(value.get_string());
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string apple_text(const json::value& value) {
  std::string out;
  write(value, out, 0);
  return out;
}

}  // namespace fake_remindctl
