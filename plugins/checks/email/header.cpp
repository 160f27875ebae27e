#include "header.h"

#include <algorithm>

#include "words.h"

namespace check_email {
namespace {

constexpr std::size_t kMaxFields = 500;
constexpr std::size_t kMaxValue = 64u << 10;

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

void append(Field& field, std::string_view text) {
  const auto room = kMaxValue - std::min(kMaxValue, field.value.size());
  field.is_cut = field.is_cut || text.size() > room;
  field.value += text.substr(0, room);
}

}  // namespace

std::vector<Field> parse_header(std::string_view bytes) {
  std::vector<Field> fields;
  bool is_in_field = false, is_whole_line = true;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    is_whole_line = end != std::string_view::npos;
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (is_in_field) append(fields.back(), line);
      continue;
    }
    const auto colon = line.find(':');
    const auto name = trim(line.substr(0, colon));
    is_in_field = colon != std::string_view::npos && is_field_name(name);
    if (!is_in_field) continue;
    if (fields.size() == kMaxFields) break;
    fields.push_back({lower_ascii(name), "", false});
    append(fields.back(), line.substr(colon + 1));
  }
  if (is_in_field && !is_whole_line) fields.back().is_cut = true;
  for (auto& field : fields) field.value = trim(field.value);
  return fields;
}

std::vector<std::string_view> find_all(const std::vector<Field>& fields, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& field : fields) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

std::string_view find_first(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace check_email
