#include "config/expand.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "config/yaml.h"

namespace chela::config {
namespace {

tl::unexpected<Error> unknown_variable(const std::string& name, const Variables& variables) {
  std::vector<std::string> known;
  for (const auto& variable : variables) known.push_back(variable.first);
  const auto meant = base::closest(name, known);
  std::string wanted;
  for (const auto& one : known) wanted += (wanted.empty() ? "one of: " : ", ") + one;
  if (!meant.empty()) wanted = "did you mean ${" + meant + "}?";
  if (known.empty()) wanted = "no variables are known here";
  return fail(ErrorCode::invalid_argument,
              "unknown variable '${" + base::printable(name, 60) + "}'; " + wanted);
}

Result<json::value> expand_below(const json::value& value, const Variables& variables,
                                 const std::string& pointer) {
  if (const auto* text = value.if_string()) {
    auto expanded = expand(*text, variables);
    if (expanded) return json::value(*expanded);
    const std::string place = pointer.empty() ? "" : pointer + ": ";
    return fail(expanded.error().code, place + expanded.error().message);
  }
  if (const auto* list = value.if_array()) {
    json::array expanded;
    for (const auto& item : *list) {
      const auto below = child_pointer(pointer, std::to_string(expanded.size()));
      CHELA_TRY(auto one, expand_below(item, variables, below));
      expanded.push_back(std::move(one));
    }
    return json::value(std::move(expanded));
  }
  if (const auto* object = value.if_object()) {
    json::object expanded;
    for (const auto& member : *object) {
      CHELA_TRY(auto one,
                expand_below(member.value(), variables, child_pointer(pointer, member.key())));
      expanded[member.key()] = std::move(one);
    }
    return json::value(std::move(expanded));
  }
  return value;
}

bool has_bad_step(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto step = path.substr(0, path.find('/'));
    path.remove_prefix(step.size());
    if (step == ".." || step == "." || (step.empty() && !path.empty())) return true;
  }
  return false;
}

// What an entry that is nothing but ${config.NAME} of a list, or ${config.NAME.*.MEMBER} of a list
// of objects, stands for; absent where `entry` is something else.
std::optional<std::vector<std::string>> list_setting(std::string_view entry,
                                                     const json::value& config) {
  constexpr std::string_view kLead = "${config.", kEach = ".*.";
  if (!entry.starts_with(kLead) || entry.find('}') != entry.size() - 1) return std::nullopt;
  const auto name = entry.substr(kLead.size(), entry.size() - kLead.size() - 1);
  const auto each = name.find(kEach);
  const auto* setting = find(config, name.substr(0, each));
  if (setting == nullptr || !setting->is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& item : setting->get_array()) {
    const auto* text =
        each == std::string_view::npos ? &item : find(item, name.substr(each + kEach.size()));
    if (text != nullptr && text->is_string()) texts.emplace_back(text->get_string());
  }
  return texts;
}

}  // namespace

Result<std::string> expand(std::string_view text, const Variables& variables) {
  std::string expanded;
  if (text == "~" || text.starts_with("~/")) {
    const auto home = variables.find("home");
    if (home == variables.end()) return unknown_variable("home", variables);
    expanded = home->second;
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    const auto dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      expanded += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) {
        return fail(
            ErrorCode::invalid_argument,
            "a placeholder is not closed; wanted ${name}; found " + base::printable(text, 60));
      }
      const std::string name(text.substr(2, end - 2));
      const auto found = variables.find(name);
      if (found == variables.end()) return unknown_variable(name, variables);
      expanded += found->second;
      text.remove_prefix(end + 1);
    } else {
      expanded += '$';
      text.remove_prefix(1);
    }
  }
  return expanded;
}

Result<json::value> expand_strings(const json::value& value, const Variables& variables) {
  return expand_below(value, variables, "");
}

Result<std::string> expand_path(std::string_view text, const Variables& variables) {
  CHELA_TRY(std::string path, expand(text, variables));
  const bool has_control = std::any_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (path.starts_with('/') && !has_control && !has_bad_step(path)) {
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
  }
  return fail(ErrorCode::invalid_argument,
              "not a path for a grant; wanted an absolute path without '.', '..' or '//'; found '" +
                  base::printable(path, 200) + "'");
}

Result<std::vector<std::string>> expand_paths(const std::vector<std::string>& paths,
                                              const Variables& variables,
                                              const json::value& config) {
  std::vector<std::string> expanded;
  for (const auto& path : paths) {
    const auto list = list_setting(path, config);
    for (const auto& one : list ? *list : std::vector{path}) {
      // A setting has its own placeholders filled in already.
      CHELA_TRY(auto full, expand_path(one, list ? Variables{} : variables));
      expanded.push_back(std::move(full));
    }
  }
  return expanded;
}

Result<std::vector<std::string>> expand_each(const std::string& text, const Variables& variables,
                                             const json::value& config) {
  if (auto list = list_setting(text, config)) return std::move(*list);
  CHELA_TRY(std::string one, expand(text, variables));
  return std::vector<std::string>{std::move(one)};
}

Variables with_config(Variables variables, const json::value& config) {
  const auto* object = config.if_object();
  if (object == nullptr) return variables;
  for (const auto& member : *object) {
    const std::string name = "config." + std::string(member.key());
    if (member.value().is_string()) variables[name] = std::string(member.value().get_string());
    if (member.value().is_int64()) variables[name] = std::to_string(member.value().get_int64());
    // The first of a list has a name of its own: the program of a command.
    const auto* list = member.value().if_array();
    if (list != nullptr && !list->empty() && list->front().is_string())
      variables[name + ".0"] = std::string(list->front().get_string());
  }
  return variables;
}

}  // namespace chela::config
