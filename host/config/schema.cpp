#include "config/schema.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "config/formats.h"

namespace chela::config {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxViolations = 20;

bool has_type(const json::value& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "number") return value.is_number();
  if (!value.is_double()) return value.is_int64() || value.is_uint64();
  // Beyond 2^53 a double no longer says which integer is meant.
  const double number = value.get_double();
  return std::nearbyint(number) == number && std::abs(number) <= 9007199254740992.0;
}

std::vector<std::string> types_of(const json::value& schema) {
  if (auto one = find_string(schema, "type")) return {*one};
  return get_strings(schema, "type");
}

std::string article(const std::string& type) {
  if (type == "null") return "null";
  const bool is_vowel = type.find_first_of("aeiou") == 0;
  return (is_vowel ? "an " : "a ") + type;
}

std::string join(const std::vector<std::string>& parts, const char* between) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : between) + part;
  return all;
}

std::string show(const json::value& value) {
  if (value.is_string()) {
    return "the string " + base::printable(json::serialize(value.get_string().subview(0, 80)), 80);
  }
  if (value.is_object())
    return "an object with " + std::to_string(value.get_object().size()) + " keys";
  if (value.is_array()) return "a list with " + std::to_string(value.get_array().size()) + " items";
  return base::printable(json::serialize(value), 80);
}

// One run over a value; collects instead of stopping, so that a person mends everything in one go.
class Checker {
 public:
  json::value apply(const json::value& schema, const json::value& value, const std::string& pointer,
                    int depth) {
    if (violations_.size() >= kMaxViolations) return value;
    if (depth > kMaxDepth) {
      add(pointer, "nested too deeply", "at most 32 levels", "more");
      return value;
    }
    // The schema decides whether what was found may be shown.
    is_secret_ = get_string(schema, "format") == "secret-ref";
    if (!check_type(schema, value, pointer) || !check_choice(schema, value, pointer)) return value;
    if (value.is_string()) check_string(schema, value, pointer);
    if (value.is_number()) return checked_number(schema, value, pointer);
    if (value.is_array()) return checked_array(schema, value.get_array(), pointer, depth);
    if (value.is_object()) return checked_object(schema, value.get_object(), pointer, depth);
    return value;
  }
  Violations take() { return std::move(violations_); }

 private:
  void add(const std::string& pointer, std::string what, std::string wanted, std::string found,
           bool is_about_key = false) {
    if (violations_.size() >= kMaxViolations) return;
    violations_.push_back(
        {pointer, std::move(what), std::move(wanted), std::move(found), is_about_key});
  }
  std::string found(const json::value& value) const {
    if (!is_secret_ || !value.is_string()) return show(value);
    return "a text of " + std::to_string(value.get_string().size()) + " bytes";
  }

  bool check_type(const json::value& schema, const json::value& value, const std::string& pointer) {
    const auto types = types_of(schema);
    const auto fits = [&](const std::string& type) { return has_type(value, type); };
    if (types.empty() || std::any_of(types.begin(), types.end(), fits)) return true;
    std::vector<std::string> names;
    std::transform(types.begin(), types.end(), std::back_inserter(names), article);
    auto wanted = join(names, " or ");
    const auto format = get_string(schema, "format");
    const bool wants_text = std::find(types.begin(), types.end(), "string") != types.end();
    if (wants_text && !format.empty()) wanted = describe_format(format);
    if (wants_text && format.empty() && (value.is_number() || value.is_bool()))
      wanted += " (put it in quotes)";
    if (types == std::vector<std::string>{"array"}) wanted = "a list, [like, this]";
    add(pointer, "wrong type", wanted, found(value));
    return false;
  }

  bool check_choice(const json::value& schema, const json::value& value,
                    const std::string& pointer) {
    const auto* choices = find(schema, "enum");
    const auto* only = find(schema, "const");
    if (only != nullptr && *only != value) {
      add(pointer, "not the allowed value", json::serialize(*only), found(value));
      return false;
    }
    if (choices == nullptr) return true;
    const auto& list = choices->get_array();
    if (std::find(list.begin(), list.end(), value) != list.end()) return true;
    std::vector<std::string> words;
    std::vector<std::string> names;
    for (const auto& choice : list) {
      names.push_back(choice.is_string() ? std::string(choice.get_string())
                                         : json::serialize(choice));
      if (choice.is_string()) words.push_back(names.back());
    }
    auto wanted = join(names, " | ");
    const auto meant =
        value.is_string() ? base::closest(std::string(value.get_string()), words) : "";
    if (!meant.empty()) wanted += " (did you mean '" + meant + "'?)";
    add(pointer, "not one of the choices", wanted, found(value));
    return false;
  }

  void check_string(const json::value& schema, const json::value& value,
                    const std::string& pointer) {
    const auto text = std::string_view(value.get_string());
    // Length in characters, as JSON Schema counts.
    const auto length = std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    });
    check_count(schema, "minLength", "maxLength", length, "characters", pointer);
    const auto format = get_string(schema, "format");
    if (format.empty() || has_format(format, text)) return;
    add(pointer, "not a " + (format == "uri" ? std::string("address") : format),
        describe_format(format), found(value));
  }

  void check_count(const json::value& schema, const char* least, const char* most,
                   std::int64_t count, const std::string& unit, const std::string& pointer) {
    const auto at_least = get_int(schema, least, 0);
    const auto at_most = get_int(schema, most, INT64_MAX);
    if (count < at_least) {
      add(pointer, "too few " + unit, "at least " + std::to_string(at_least),
          std::to_string(count));
    } else if (count > at_most) {
      add(pointer, "too many " + unit, "at most " + std::to_string(at_most), std::to_string(count));
    }
  }

  json::value checked_number(const json::value& schema, const json::value& value,
                             const std::string& pointer) {
    const double number = get_double(json::object{{"n", value}}, "n");
    const auto* minimum = find(schema, "minimum");
    const auto* maximum = find(schema, "maximum");
    if (minimum != nullptr && number < get_double(schema, "minimum")) {
      add(pointer, "too small", "at least " + json::serialize(*minimum), found(value));
    } else if (maximum != nullptr && number > get_double(schema, "maximum")) {
      add(pointer, "too large", "at most " + json::serialize(*maximum), found(value));
    }
    const auto types = types_of(schema);
    const bool wants_number =
        types.empty() || std::find(types.begin(), types.end(), "number") != types.end();
    if (wants_number || !value.is_double()) return value;
    return static_cast<std::int64_t>(number);
  }

  json::value checked_array(const json::value& schema, const json::array& list,
                            const std::string& pointer, int depth) {
    check_count(schema, "minItems", "maxItems", static_cast<std::int64_t>(list.size()), "items",
                pointer);
    const auto* items = find(schema, "items");
    if (items == nullptr) return list;
    json::array checked;
    for (const auto& item : list) {
      checked.push_back(
          apply(*items, item, child_pointer(pointer, std::to_string(checked.size())), depth + 1));
    }
    return checked;
  }

  json::value checked_object(const json::value& schema, const json::object& object,
                             const std::string& pointer, int depth) {
    static const json::object kNone;
    const auto* written = find(schema, "properties");
    const bool says_nothing = written == nullptr && find(schema, "type") == nullptr &&
                              find(schema, "additionalProperties") == nullptr;
    if (says_nothing) return object;
    const auto& properties = written == nullptr ? kNone : written->get_object();
    json::object checked;
    for (const auto& member : object) {
      const auto* property = properties.if_contains(member.key());
      if (property == nullptr) property = additional(schema, properties, member.key(), pointer);
      const auto below = child_pointer(pointer, member.key());
      checked[member.key()] =
          property == nullptr ? member.value() : apply(*property, member.value(), below, depth + 1);
    }
    for (const auto& key : get_strings(schema, "required")) {
      if (!object.contains(key))
        add(pointer, "the key '" + key + "' is missing", wanted_for(properties, key), "nothing");
    }
    for (const auto& property : properties) {
      const auto* value = find(property.value(), "default");
      if (value == nullptr || checked.contains(property.key())) continue;
      checked[property.key()] =
          apply(property.value(), *value, child_pointer(pointer, property.key()), depth + 1);
    }
    return checked;
  }

  // The schema for a key that `properties` does not name, or nullptr where anything goes or nothing
  // does.
  const json::value* additional(const json::value& schema, const json::object& properties,
                                std::string_view key, const std::string& pointer) {
    const auto* rule = find(schema, "additionalProperties");
    if (rule != nullptr && rule->is_object()) return rule;
    if (rule != nullptr && rule->is_bool() && rule->get_bool()) return nullptr;
    std::vector<std::string> known;
    for (const auto& property : properties) known.emplace_back(property.key());
    const auto meant = base::closest(key, known);
    auto wanted = meant.empty() ? "one of: " + join(known, ", ") : "did you mean '" + meant + "'?";
    if (known.empty()) wanted = "no keys here";
    add(child_pointer(pointer, key), "unknown key '" + base::printable(key, 60) + "'", wanted, "",
        true);
    return nullptr;
  }

  static std::string wanted_for(const json::object& properties, const std::string& key) {
    const auto* property = properties.if_contains(key);
    if (property == nullptr) return "a value";
    const auto format = get_string(*property, "format");
    const auto types = types_of(*property);
    if (!format.empty()) return describe_format(format);
    return types.size() == 1 ? article(types.front()) : "a value";
  }

  Violations violations_;
  bool is_secret_ = false;
};

}  // namespace

tl::expected<json::value, Violations> apply_schema(const json::value& schema,
                                                   const json::value& value) {
  Checker checker;
  auto checked = checker.apply(schema, value, "", 0);
  auto violations = checker.take();
  if (!violations.empty()) return tl::unexpected<Violations>(std::move(violations));
  return checked;
}

std::string describe(const Violation& violation) {
  std::string text;
  if (!violation.is_about_key && !violation.pointer.empty()) {
    auto name = violation.pointer.substr(1);
    std::replace(name.begin(), name.end(), '/', '.');
    text = "'" + base::printable(name, 100) + "': ";
  }
  text += violation.what;
  // A guess reads as a question of its own.
  const bool is_question = violation.wanted.starts_with("did you mean");
  if (!violation.wanted.empty()) text += (is_question ? "; " : "; wanted ") + violation.wanted;
  if (!violation.found.empty()) text += "; found " + violation.found;
  return text;
}

std::string describe(const Violations& violations, const Document& document,
                     std::string_view below) {
  std::string lines;
  for (const auto& violation : violations) {
    const auto place = find_place(document.places, std::string(below) + violation.pointer);
    const auto at = violation.is_about_key ? place.key : place.value;
    if (!lines.empty()) lines += '\n';
    lines += where(document.file, at) + ": " + describe(violation);
  }
  return lines;
}

}  // namespace chela::config
