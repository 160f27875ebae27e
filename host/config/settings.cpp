#include "config/settings.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "config/scalar.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace chela::config {
namespace {

tl::unexpected<Error> unknown_setting(std::string_view key, const json::value* properties) {
  std::vector<std::string> known;
  if (properties != nullptr && properties->is_object()) {
    for (const auto& property : properties->get_object()) known.emplace_back(property.key());
  }
  std::string all;
  for (const auto& name : known) all += (all.empty() ? "" : ", ") + name;
  const auto meant = base::closest(key, known);
  auto wanted = meant.empty() ? "; wanted one of: " + all : "; did you mean '" + meant + "'?";
  if (known.empty()) wanted = "; there are no settings here";
  return fail(ErrorCode::invalid_argument,
              "unknown setting '" + base::printable(key, 60) + "'" + wanted);
}

Result<const json::value*> find_property(const json::value& schema, std::string_view key) {
  const auto* level = &schema;
  for (;;) {
    const auto dot = key.find('.');
    const auto step = key.substr(0, dot);
    const auto* properties = find(*level, "properties");
    const auto* property = properties == nullptr ? nullptr : find(*properties, step);
    const auto* additional = find(*level, "additionalProperties");
    if (property == nullptr && additional != nullptr && additional->is_object())
      property = additional;
    if (property == nullptr) return unknown_setting(step, properties);
    if (dot == std::string_view::npos) return property;
    level = property;
    key.remove_prefix(dot + 1);
  }
}

// A list or object as JSON or as a manifest would have it: ["a", "b"], [a, b], {x: 1}.
std::optional<json::value> parse_flow(std::string_view text) {
  if (auto parsed = parse_json(text)) return *parsed;
  auto document = parse_yaml("value: " + std::string(text), "");
  if (!document || document->value.as_object().size() != 1) return std::nullopt;
  return document->value.as_object().at("value");
}

std::optional<json::value> parse_list(const json::value& schema, std::string_view text) {
  if (text.starts_with('[')) {
    auto parsed = parse_flow(text);
    if (parsed && parsed->is_array()) return parsed;
    return std::nullopt;
  }
  // "one,two": each part by the type of the items.
  json::array list;
  json::value parts{{"properties", {{"item", json::object()}}}};
  if (const auto* items = find(schema, "items")) parts.at("properties").at("item") = *items;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    auto item = parse_setting(parts, "item", part);
    if (!item) return std::nullopt;
    list.push_back(std::move(*item));
  }
  return list;
}

// `text` read as `type`, or nothing where it has not that form.
std::optional<json::value> parse_as(const std::string& type, const json::value& schema,
                                    std::string_view text) {
  if (type == "string") return json::value(json::string(text));
  if (type == "array") return parse_list(schema, text);
  if (type == "object") {
    if (!text.starts_with('{')) return std::nullopt;
    auto parsed = parse_flow(text);
    if (parsed && parsed->is_object()) return parsed;
    return std::nullopt;
  }
  const auto scalar = read_plain_scalar(text);
  if (!scalar) return std::nullopt;
  const bool fits = (type == "null" && scalar->is_null()) ||
                    (type == "boolean" && scalar->is_bool()) ||
                    (type == "integer" && (scalar->is_int64() || scalar->is_uint64())) ||
                    (type == "number" && scalar->is_number());
  return fits ? std::optional(*scalar) : std::nullopt;
}

std::optional<json::value> parse_by_schema(const json::value& schema, std::string_view text) {
  std::vector<std::string> types = get_strings(schema, "type");
  if (auto one = find_string(schema, "type")) types = {*one};
  for (const std::string type :
       {"null", "boolean", "integer", "number", "array", "object", "string"}) {
    const bool is_wanted =
        types.empty() || std::find(types.begin(), types.end(), type) != types.end();
    // Without a type any scalar will do; lists and objects only in their JSON form.
    if (!is_wanted || (types.empty() && type == "array" && !text.starts_with('['))) continue;
    if (auto value = parse_as(type, schema, text)) return value;
  }
  return std::nullopt;
}

}  // namespace

Result<json::value> parse_setting(const json::value& schema, std::string_view key,
                                  std::string_view text) {
  CHELA_TRY(const json::value* property, find_property(schema, key));
  // What has not the right form is checked as a string, so that the schema says what was wanted.
  const auto value = parse_by_schema(*property, text).value_or(json::value(json::string(text)));
  auto checked = apply_schema(*property, value);
  if (checked) return *checked;
  std::string message;
  for (const auto& violation : checked.error())
    message += (message.empty() ? "" : "\n") + describe(violation);
  return fail(ErrorCode::invalid_argument, "setting '" + std::string(key) + "': " + message);
}

void set_setting(json::object& config, std::string_view key, json::value value) {
  const auto dot = key.find('.');
  if (dot == std::string_view::npos) {
    config[key] = std::move(value);
    return;
  }
  auto& below = config[key.substr(0, dot)];
  if (!below.is_object()) below = json::object();
  set_setting(below.get_object(), key.substr(dot + 1), std::move(value));
}

}  // namespace chela::config
