// `chela completion SHELL`, and `chela complete`, which its scripts ask.
#include <algorithm>
#include <cstdio>

#include "cli/completion.h"
#include "cli/output.h"
#include "cli/session.h"
#include "heartbeat/wording.h"

namespace chela::cli {
namespace {

void add_instances(const app::Setup& setup, std::optional<config::Kind> kind,
                   std::vector<std::string>& names) {
  for (const auto& instance : setup.instances) {
    if (!kind || instance.kind == *kind) names.push_back(instance.id);
  }
}

// Names that begin with `typed`. What cannot be read has none: a shell is no place for messages.
std::vector<std::string> names_of(const Global& global, Names wanted, const std::string& typed) {
  std::vector<std::string> names;
  if (wanted == Names::none) return names;
  if (wanted == Names::alerts) {
    const auto session = open_session(global);
    if (!session) return names;
    add_instances((*session)->engine->setup(), config::Kind::check, names);
    const auto snapshot = (*session)->engine->ledger().load();
    if (snapshot) {
      for (const auto& alert : snapshot->alerts) names.push_back(heartbeat::finding_name(alert));
    }
  } else {
    const auto setup = app::load_setup(global.where);
    if (!setup) return names;
    if (wanted == Names::plugins) {
      for (const auto& file : setup->registry.files()) names.push_back(file.metadata.id);
    } else {
      const std::optional<config::Kind> kind =
          wanted == Names::checks     ? std::optional(config::Kind::check)
          : wanted == Names::backends ? std::optional(config::Kind::tasks)
                                      : std::nullopt;
      add_instances(*setup, kind, names);
    }
  }
  std::erase_if(names, [&](const std::string& name) {
    return name.empty() || !name.starts_with(typed) ||
           name.find_first_of(" \t\n'\"\\$`") != std::string::npos;
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

int run_complete(const Global& global, const CommandTree& program,
                 const std::vector<std::string>& words) {
  const auto completion = complete(program, words);
  for (const auto& word : completion.words) std::printf("%s\n", word.c_str());
  if (words.empty()) return kOk;
  for (const auto& name : names_of(global, completion.names, words.back()))
    std::printf("%s\n", name.c_str());
  return kOk;
}

int run_completion(const std::string& shell) {
  std::printf("%s", completion_script(shell).c_str());
  return kOk;
}

}  // namespace chela::cli
