#include "config/review_snippet.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "config/origin.h"

namespace chela::config {
namespace {

bool is_name(std::string_view key) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  if (key.empty() || !is_letter(key[0])) return false;
  for (const char c : key) {
    if (!is_letter(c) && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::string on_one_line(const json::value& value, const Json5Style& style) {
  std::string text;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      text += (text.empty() ? "" : ", ") + json5_key(member.key(), style) + ": " +
              on_one_line(member.value(), style);
    }
    return "{" + text + "}";
  }
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) text += (text.empty() ? "" : ", ") + on_one_line(item, style);
    return "[" + text + "]";
  }
  if (value.is_double()) {
    // The shortest that reads back the same: 0.25 where Boost.JSON writes 2.5E-1.
    std::array<char, 32> text_of_it{};
    const auto written =
        std::to_chars(text_of_it.data(), text_of_it.data() + text_of_it.size(), value.get_double());
    if (written.ec == std::errc()) return std::string(text_of_it.data(), written.ptr);
  }
  return json::serialize(value);
}

// A list index among `steps`, or their number: edits below one item belong together.
std::size_t last_item(const std::vector<std::string>& steps, const json::value& raw) {
  const json::value* at = &raw;
  std::size_t last = 0;
  for (std::size_t i = 0; i < steps.size() && at != nullptr; ++i) {
    if (const auto* list = at->if_array()) {
      last = i + 1;
      const auto index = static_cast<std::size_t>(std::strtoul(steps[i].c_str(), nullptr, 10));
      at = index < list->size() ? &(*list)[index] : nullptr;
    } else {
      at = find(*at, steps[i]);
    }
  }
  return last;
}

std::string dotted(const std::vector<std::string>& steps, std::size_t count,
                   const json::value& raw) {
  std::string path;
  const json::value* at = &raw;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* list = at == nullptr ? nullptr : at->if_array();
    const auto shown = base::printable(steps[i], 80);
    if (list != nullptr) {
      path += "[" + shown + "]";
      const auto index = static_cast<std::size_t>(std::strtoul(steps[i].c_str(), nullptr, 10));
      at = index < list->size() ? &(*list)[index] : nullptr;
    } else {
      path += (path.empty() ? "" : ".") + shown;
      at = at == nullptr ? nullptr : find(*at, steps[i]);
    }
  }
  return path;
}

}  // namespace

std::string json5_key(std::string_view key, const Json5Style& style) {
  if (!style.quotes_keys && is_name(key)) return std::string(key);
  return json::serialize(json::value(json::string(key)));
}

std::string to_json5(const json::value& value, const Json5Style& style, std::size_t lead,
                     const std::string& margin) {
  auto line = on_one_line(value, style);
  if (lead + line.size() <= style.width || !(value.is_object() || value.is_array())) return line;
  const auto inner = margin + style.indent;
  std::string text(1, value.is_object() ? '{' : '[');
  bool is_first = true;
  const auto begin = [&] {
    text += (is_first ? "\n" : ",\n") + inner;
    is_first = false;
  };
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      begin();
      const auto key = json5_key(member.key(), style) + ": ";
      text += key + to_json5(member.value(), style, inner.size() + key.size() + 1, inner);
    }
  } else {
    for (const auto& item : value.get_array()) {
      begin();
      text += to_json5(item, style, inner.size() + 1, inner);
    }
  }
  if (style.ends_with_comma && !is_first) text += ",";
  return text + "\n" + margin + (value.is_object() ? "}" : "]");
}

void put_into(json::value& target, const std::vector<std::string>& steps,
              const json::value& value) {
  json::value* at = &target;
  for (const auto& step : steps) {
    if (!at->is_object()) *at = json::object();
    at = &at->get_object()[step];
  }
  *at = value;
}

std::string snippet_of(const std::vector<Edit>& edits, const json::value& raw) {
  const Json5Style style{false, true, 72, "  "};
  std::vector<std::pair<std::string, json::value>> places;  // path of a list's item, what to set
  std::string removed;
  for (const auto& edit : edits) {
    const auto steps = pointer_steps(edit.pointer);
    if (edit.what == Edit::What::remove) {
      removed += "// remove " + dotted(steps, steps.size(), raw) + "\n";
      continue;
    }
    const auto item = last_item(steps, raw);
    const auto where = dotted(steps, item, raw);
    if (places.empty() || places.back().first != where) places.emplace_back(where, json::object());
    put_into(places.back().second, {steps.begin() + static_cast<std::ptrdiff_t>(item), steps.end()},
             edit.value);
  }
  std::string text;
  for (const auto& [where, value] : places) {
    if (!where.empty()) text += "// in " + where + "\n";
    if (!value.is_object()) {
      text += to_json5(value, style, 1, "") + ",\n";
      continue;
    }
    for (const auto& member : value.get_object()) {
      const auto key = json5_key(member.key(), style) + ": ";
      text += key + to_json5(member.value(), style, key.size() + 1, "") + ",\n";
    }
  }
  text += removed;
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace chela::config
