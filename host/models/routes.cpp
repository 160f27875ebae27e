#include "models/routes.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.h"

namespace chela::models {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

tl::unexpected<Error> unknown(const std::string& what, const std::string& name,
                              std::vector<std::string> known) {
  const std::string meant = base::closest(name, known);
  std::string list;
  for (const auto& one : known) list += (list.empty() ? "" : ", ") + one;
  return fail(ErrorCode::not_found,
              "there is no " + what + " '" + base::printable(name, 60) + "'" +
                  (meant.empty() ? "" : "; did you mean '" + meant + "'?") +
                  (list.empty() ? "; none is configured" : " (there are: " + list + ")"));
}

}  // namespace

std::string resolve_alias(const Routes& routes, const std::string& name) {
  if (const auto exact = routes.aliases.find(name); exact != routes.aliases.end())
    return exact->second;
  if (name.find('/') != std::string::npos) return name;
  for (const auto& [alias, ref] : routes.aliases) {
    if (lower(alias) == lower(name)) return ref;
  }
  return name;
}

Result<Chain> find_chain(const Routes& routes, const std::string& role, const std::string& model) {
  if (!model.empty()) {
    const std::string ref = resolve_alias(routes, model);
    const std::size_t slash = ref.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == ref.size()) {
      std::vector<std::string> known;
      for (const auto& [alias, target] : routes.aliases) known.push_back(alias);
      auto error = unknown("model", model, std::move(known));
      error.value().message += "; a model is written provider/model";
      return error;
    }
    return Chain{{ref}, "model " + model};
  }
  const std::string wanted = role.empty() ? "coordinator" : role;
  const auto found = routes.roles.find(wanted);
  if (found != routes.roles.end() && !found->second.refs.empty()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, chain] : routes.roles) {
    if (!chain.refs.empty()) known.push_back(name);
  }
  if (known.empty()) {
    return fail(ErrorCode::failed_precondition,
                "no model is configured; name one with --model provider/model, or set "
                "agents.defaults.model in openclaw.json, or models.roles in host.yaml");
  }
  return unknown("role", wanted, std::move(known));
}

Chain without_doubles(Chain chain, const Catalog& catalog) {
  std::set<std::string> seen;
  std::erase_if(chain.refs, [&](const std::string& ref) {
    return !seen.insert(catalog.rewritten(ref)).second;
  });
  return chain;
}

}  // namespace chela::models
