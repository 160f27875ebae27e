// check_schema: whether a schema itself keeps to the subset.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/formats.h"
#include "config/schema.h"

namespace chela::config {
namespace {

constexpr int kMaxDepth = 16;

struct Keyword {
  const char* name;
  const char* value;  // what it must hold: a JSON type, or one of our own words below
  const char* type;   // the `type` that it belongs to, "" = any
};
constexpr std::array<Keyword, 20> kKeywords{{
    {"type", "types", ""},
    {"properties", "object", "object"},
    {"required", "names", "object"},
    {"additionalProperties", "bool-or-schema", "object"},
    {"enum", "choices", ""},
    {"const", "any", ""},
    {"default", "any", ""},
    {"minimum", "number", "number"},
    {"maximum", "number", "number"},
    {"minLength", "count", "string"},
    {"maxLength", "count", "string"},
    {"items", "schema", "array"},
    {"minItems", "count", "array"},
    {"maxItems", "count", "array"},
    {"title", "string", ""},
    {"description", "string", ""},
    {"examples", "array", ""},
    {"deprecated", "boolean", ""},
    {"format", "format", "string"},
    {"$comment", "string", ""},
}};
constexpr std::array<std::string_view, 7> kTypes{"string", "number", "integer", "boolean",
                                                 "object", "array",  "null"};

bool is_type_name(const json::value& value) {
  return value.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                        std::string_view(value.get_string())) != kTypes.end();
}

bool is_list_of(const json::value& value, bool (*holds)(const json::value&)) {
  const auto* list = value.if_array();
  return list != nullptr && !list->empty() && std::all_of(list->begin(), list->end(), holds);
}

bool is_text(const json::value& value) {
  return value.is_string();
}
bool is_anything(const json::value&) {
  return true;
}

bool holds(const std::string_view kind, const json::value& value) {
  if (kind == "any") return true;
  if (kind == "types") return is_type_name(value) || is_list_of(value, is_type_name);
  if (kind == "object" || kind == "schema") return value.is_object();
  if (kind == "bool-or-schema") return value.is_bool() || value.is_object();
  if (kind == "names")
    return value.is_array() && (value.get_array().empty() || is_list_of(value, is_text));
  if (kind == "choices") return is_list_of(value, is_anything);
  if (kind == "number") return value.is_number();
  if (kind == "count") return value.is_int64() && value.get_int64() >= 0;
  if (kind == "string") return value.is_string();
  if (kind == "array") return value.is_array();
  if (kind == "boolean") return value.is_bool();
  return value.is_string() && is_known_format(value.get_string());
}

std::string describe_kind(std::string_view kind) {
  if (kind == "types")
    return "string, number, integer, boolean, object, array, null or a list of them";
  if (kind == "bool-or-schema") return "true, false or a schema";
  if (kind == "names") return "a list of strings";
  if (kind == "choices") return "a list with at least one value";
  if (kind == "count") return "a whole number from 0";
  if (kind == "schema") return "a schema";
  if (kind == "format") return "duration, uri, path, timezone or secret-ref";
  return std::string(kind);
}

class SchemaChecker {
 public:
  Result<void> check(const json::value& schema, const std::string& pointer, int depth) const {
    if (depth > kMaxDepth)
      return refuse(pointer, "nested too deeply; wanted at most 16 levels; found more");
    const auto* object = schema.if_object();
    if (object == nullptr)
      return refuse(pointer, "wanted a schema (an object); found " + json::serialize(schema));
    for (const auto& member : *object)
      CHELA_TRY(check_keyword(schema, member.key(), member.value(), pointer));
    CHELA_TRY(check_bounds(schema, "minimum", "maximum", pointer));
    CHELA_TRY(check_bounds(schema, "minLength", "maxLength", pointer));
    CHELA_TRY(check_bounds(schema, "minItems", "maxItems", pointer));
    CHELA_TRY(check_children(schema, pointer, depth));
    CHELA_TRY(check_required(schema, pointer));
    return check_default(schema, pointer);
  }

 private:
  static tl::unexpected<Error> refuse(const std::string& pointer, const std::string& message) {
    return fail(ErrorCode::invalid_argument,
                "schema at '" + base::printable(pointer.empty() ? "/" : pointer, 200) +
                    "': " + base::printable(message, 400));
  }

  static Result<void> check_keyword(const json::value& schema, std::string_view name,
                                    const json::value& value, const std::string& pointer) {
    const auto* known = std::find_if(kKeywords.begin(), kKeywords.end(),
                                     [&](const Keyword& k) { return k.name == name; });
    if (known == kKeywords.end()) {
      std::vector<std::string> names;
      for (const auto& keyword : kKeywords) names.emplace_back(keyword.name);
      const auto meant = base::closest(name, names);
      return refuse(pointer, "unknown keyword '" + std::string(name) + "'" +
                                 (meant.empty() ? "; wanted one of chela's subset"
                                                : "; did you mean '" + meant + "'?"));
    }
    if (!holds(known->value, value)) {
      return refuse(child_pointer(pointer, name),
                    "wanted " + describe_kind(known->value) + "; found " + json::serialize(value));
    }
    if (applies(schema, known->type)) return {};
    return refuse(pointer, "'" + std::string(name) + "' belongs to type " + known->type +
                               "; found another type");
  }

  // A keyword that can never take effect is a mistake of the author's.
  static bool applies(const json::value& schema, std::string_view type) {
    const auto* written = find(schema, "type");
    if (type.empty() || written == nullptr) return true;
    auto types = get_strings(schema, "type");
    if (written->is_string()) types = {std::string(written->get_string())};
    return std::any_of(types.begin(), types.end(), [&](const std::string& t) {
      return t == type || (type == "number" && t == "integer");
    });
  }

  static Result<void> check_bounds(const json::value& schema, const char* least, const char* most,
                                   const std::string& pointer) {
    if (find(schema, least) == nullptr || find(schema, most) == nullptr) return {};
    if (get_double(schema, least) <= get_double(schema, most)) return {};
    return refuse(pointer, std::string("no value can fit; wanted ") + least + " <= " + most);
  }

  Result<void> check_children(const json::value& schema, const std::string& pointer,
                              int depth) const {
    if (const auto* properties = find(schema, "properties")) {
      const auto below = child_pointer(pointer, "properties");
      for (const auto& member : properties->get_object()) {
        CHELA_TRY(check(member.value(), child_pointer(below, member.key()), depth + 1));
      }
    }
    for (const char* name : {"items", "additionalProperties"}) {
      const auto* child = find(schema, name);
      if (child != nullptr && child->is_object())
        CHELA_TRY(check(*child, child_pointer(pointer, name), depth + 1));
    }
    return {};
  }

  static Result<void> check_required(const json::value& schema, const std::string& pointer) {
    const auto* properties = find(schema, "properties");
    for (const auto& name : get_strings(schema, "required")) {
      if (properties != nullptr && properties->get_object().contains(name)) continue;
      return refuse(child_pointer(pointer, "required"),
                    "'" + name + "' is required but not described; wanted it among properties");
    }
    return {};
  }

  static Result<void> check_default(const json::value& schema, const std::string& pointer) {
    const auto* value = find(schema, "default");
    if (value == nullptr) return {};
    auto checked = apply_schema(schema, *value);
    if (checked) return {};
    return refuse(child_pointer(pointer, "default"),
                  "the default breaks its own schema: " + describe(checked.error().front()));
  }
};

}  // namespace

Result<void> check_schema(const json::value& schema) {
  return SchemaChecker{}.check(schema, "", 0);
}

}  // namespace chela::config
