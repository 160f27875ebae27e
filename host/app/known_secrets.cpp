#include "app/known_secrets.h"

#include <cstdlib>
#include <set>

#include "app/env_file.h"
#include "config/openclaw_look.h"
#include "config/plain_secrets.h"

namespace chela::app {
namespace {

// OpenClaw's .env, empty where there is none.
std::map<std::string, std::string> openclaw_variables(const Setup& setup) {
  if (!setup.paths.openclaw_file) return {};
  return read_env_file((setup.paths.openclaw_file->path.parent_path() / ".env").string());
}

services::SecretEnv lookup_in(std::map<std::string, std::string> file) {
  return [file = std::move(file)](const std::string& name) -> std::optional<std::string> {
    if (const char* value = secure_getenv(name.c_str()); value != nullptr && *value != '\0')
      return value;
    if (const auto found = file.find(name); found != file.end() && !found->second.empty())
      return found->second;
    return std::nullopt;
  };
}

// The variables that hold secrets, as far as anybody says so.
std::set<std::string> secret_variables(const Setup& setup,
                                       const std::map<std::string, std::string>& file) {
  constexpr std::string_view kScheme = "env:";
  std::set<std::string> names;
  for (const auto& instance : setup.instances) {
    for (const auto& [secret, references] : instance.secrets) {
      for (const auto& reference : references)
        if (reference.starts_with(kScheme)) names.insert(reference.substr(kScheme.size()));
    }
  }
  for (const auto& plugin : setup.registry.files()) {
    for (const auto& need : plugin.metadata.secrets) names.insert(need.env.begin(), need.env.end());
  }
  for (const auto& [name, value] : file)
    if (config::is_secret_name(name)) names.insert(name);
  return names;
}

}  // namespace

services::SecretEnv environment_of(const Setup& setup) {
  return lookup_in(openclaw_variables(setup));
}

std::vector<std::string> learn_secrets(const Setup& setup, services::Redactor& redactor) {
  std::vector<std::string> notes;
  const auto learn = [&](const std::string& name, const std::string& value) {
    if (!config::is_placeholder(value) && !config::means_no_key(value))
      static_cast<void>(redactor.add(name, value));  // a short one is told where it is used
  };
  const auto file = openclaw_variables(setup);
  const auto variable = lookup_in(file);
  for (const auto& name : secret_variables(setup, file)) {
    if (const auto value = variable(name)) learn("env:" + name, *value);
  }
  if (!setup.openclaw) return notes;
  // As it is used, not as it is written: what came out of the environment is a secret, too.
  config::OpenClaw filled = *setup.openclaw;
  filled.raw = filled.value;
  for (const auto& secret : config::plain_secrets(config::Look(filled)))
    learn("openclaw.json:" + secret.at.path(), std::string(secret.at.raw().get_string()));
  const auto models = config::read_model_settings(filled);
  if (!models) return notes;  // said by whatever needs them
  if (const auto set = redactor.configure(redact_settings(models->logging),
                                          "openclaw.json: logging.redactPatterns");
      !set)
    notes.push_back(set.error().message);
  return notes;
}

services::RedactSettings redact_settings(const config::LoggingSettings& logging) {
  using Redact = config::LoggingSettings::Redact;
  services::RedactSettings settings;
  settings.level = logging.redact_sensitive == Redact::off   ? services::RedactLevel::off
                   : logging.redact_sensitive == Redact::all ? services::RedactLevel::all
                                                             : services::RedactLevel::tools;
  settings.patterns = logging.redact_patterns;
  return settings;
}

}  // namespace chela::app
