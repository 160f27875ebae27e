#include "plugin/needs.h"

#include <algorithm>
#include <string>

namespace chela::plugin {
namespace {

bool is_set(const json::value& value) {
  if (const auto* text = value.if_string()) return !text->empty();
  if (const auto* list = value.if_array()) return !list->empty();
  if (const auto* object = value.if_object()) return !object->empty();
  return value != json::value() && value != json::value(false) && value != json::value(0) &&
         value != json::value(0.0);
}

bool is_wanted(const json::value* value, const json::value& part) {
  if (value == nullptr) return false;
  const auto* wanted = find(part, "is");
  if (wanted == nullptr || !wanted->is_array()) return is_set(*value);
  const auto& list = wanted->get_array();
  return std::find(list.begin(), list.end(), *value) != list.end();
}

bool holds(const json::value& part, const json::value& config) {
  const std::string setting = get_string(part, "setting");
  const auto star = setting.find(".*.");
  const auto* value = find(config, setting.substr(0, star));
  if (star == std::string::npos) return is_wanted(value, part);
  const auto* list = value == nullptr ? nullptr : value->if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const json::value& item) {
           return is_wanted(find(item, setting.substr(star + 3)), part);
         });
}

void join(json::object& needs, const json::value& part) {
  for (const auto& member : part.as_object()) {
    const auto* more = member.value().if_array();
    if (more == nullptr || member.key() == "is") continue;
    auto& list = needs[member.key()];
    if (!list.is_array()) list = json::array();
    auto& all = list.get_array();
    for (const auto& one : *more)
      if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  }
}

}  // namespace

json::object needs_for(const json::value& needs, const json::value& config) {
  json::object all = needs.is_object() ? needs.get_object() : json::object();
  const auto parts = all.contains("when") ? all.at("when") : json::value();
  all.erase("when");
  if (!parts.is_array()) return all;
  for (const auto& part : parts.get_array())
    if (part.is_object() && holds(part, config)) join(all, part);
  return all;
}

}  // namespace chela::plugin
