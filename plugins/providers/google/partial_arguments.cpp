#include "partial_arguments.h"

#include <charconv>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace provider_google {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;
namespace json = chela::json;

using Step = std::variant<std::string, std::size_t>;  // a member, an item

// One step of "[0]" or "['a']", taken off `path`.
std::optional<Step> bracket_step(std::string_view& path) {
  path.remove_prefix(1);
  if (path.empty()) return std::nullopt;
  const char quote = path.front();
  if (quote == '\'' || quote == '"') {
    path.remove_prefix(1);
    std::string name;
    while (!path.empty() && path.front() != quote) {
      if (path.front() == '\\') path.remove_prefix(1);
      if (path.empty()) return std::nullopt;
      name += path.front();
      path.remove_prefix(1);
    }
    if (!path.starts_with(std::string{quote, ']'})) return std::nullopt;
    path.remove_prefix(2);
    return name;
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), index);
  if (error != std::errc() || index >= PartialArguments::kMostItems) return std::nullopt;
  path.remove_prefix(static_cast<std::size_t>(end - path.data()));
  if (!path.starts_with(']')) return std::nullopt;
  path.remove_prefix(1);
  return index;
}

// "$.a.b[0]['c d']"; nullopt for everything else and for "$" alone.
std::optional<std::vector<Step>> parse_path(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  std::vector<Step> steps;
  while (!path.empty()) {
    if (steps.size() == PartialArguments::kMostSteps) return std::nullopt;
    if (path.front() == '[') {
      const auto step = bracket_step(path);
      if (!step) return std::nullopt;
      steps.push_back(*step);
      continue;
    }
    if (path.front() != '.') return std::nullopt;
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find_first_of(".["));
    if (name.empty()) return std::nullopt;
    steps.emplace_back(std::string(name));
    path.remove_prefix(name.size());
  }
  if (steps.empty() || !std::holds_alternative<std::string>(steps.front())) return std::nullopt;
  return steps;
}

// Made where it is not there; nullptr where `at` is something else than an object.
json::value* member_of(json::value& at, const std::string& name) {
  if (at.is_null()) at.emplace_object();
  return at.is_object() ? &at.get_object()[name] : nullptr;
}

std::optional<json::value> value_of(const json::value& piece) {
  for (const char* key : {"stringValue", "numberValue", "boolValue"}) {
    if (const auto* value = chela::find(piece, key)) return *value;
  }
  if (chela::find(piece, "nullValue") != nullptr) return json::value(nullptr);
  return std::nullopt;
}

}  // namespace

void PartialArguments::add(const json::object& arguments) {
  for (const auto& [key, value] : arguments) arguments_[key] = value;
}

json::value* PartialArguments::step_into_item(json::value& at, std::size_t index) {
  if (at.is_null()) at.emplace_array();
  if (!at.is_array()) return nullptr;
  auto& items = at.get_array();
  if (items.size() <= index) {
    items_ += index + 1 - items.size();
    if (items_ > kMostItems) return nullptr;
    items.resize(index + 1);
  }
  return &items[index];
}

Result<void> PartialArguments::apply(const json::value& piece) {
  const std::string path = chela::get_string(piece, "jsonPath");
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_argument,
                "an argument's path leads nowhere: '" + path.substr(0, 100) + "'");
  };
  const auto steps = parse_path(path);
  if (!steps) return refuse();
  json::value* at = &arguments_[std::get<std::string>(steps->front())];
  for (std::size_t i = 1; i < steps->size(); ++i) {
    const auto* name = std::get_if<std::string>(&(*steps)[i]);
    at = name != nullptr ? member_of(*at, *name)
                         : step_into_item(*at, std::get<std::size_t>((*steps)[i]));
    if (at == nullptr) return refuse();
  }
  auto value = value_of(piece);
  const bool was_open = open_texts_.contains(path);
  if (value && was_open && at->is_string() && value->is_string()) {
    at->get_string().append(value->get_string());
  } else if (value) {
    *at = std::move(*value);
  }
  if (chela::get_bool(piece, "willContinue")) {
    open_texts_.insert(path);
  } else {
    open_texts_.erase(path);
  }
  return {};
}

}  // namespace provider_google
