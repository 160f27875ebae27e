#include "app/plugin_network.h"

#include <sys/resource.h>

#include <cstdlib>

#include "app/known_secrets.h"

namespace chela::app {
namespace {

// Under one name: three of a login's access tokens, refresh tokens and client secrets; what is made
// out of one secret for several users and addresses.
constexpr std::size_t kMostValues = 9;

// Keys are going to be in this memory: no core file, also not by way of a program that takes them
// (such a one ignores a limit of 0).
void forbid_core_files() {
  const rlimit no_core{1, 1};
  static_cast<void>(setrlimit(RLIMIT_CORE, &no_core));
}

// A value that is too short to be taken out of texts is nothing that a tick can do anything about.
services::OnSecret learner(services::Redactor& redactor) {
  return [&redactor](std::string_view name, std::string_view value) {
    forbid_core_files();
    static_cast<void>(redactor.add(name, value));
    redactor.keep_newest(name, kMostValues);
  };
}

services::SecretSettings secret_settings(const Setup& setup, services::Redactor& redactor) {
  services::SecretSettings settings = services::secret_settings_of_process();
  settings.programs.env = environment_of(setup);
  if (!settings.programs.token_files.empty())
    settings.programs.token_files.front() = (setup.paths.config_dir.path / "op-token").string();
  settings.programs.redact = [&redactor](std::string_view text) { return redactor.redact(text); };
  settings.on_value = learner(redactor);
  return settings;
}

}  // namespace

std::string oauth_folder(const Setup& setup) {
  return (setup.paths.state_dir.path / "oauth").string();
}

services::HttpSettings http_settings() {
  services::HttpSettings settings;
  if (const char* file = secure_getenv("CHELA_CA_FILE"); file != nullptr) settings.ca_file = file;
  return settings;
}

PluginNetwork::PluginNetwork(const Setup& setup, const services::Clock& clock,
                             services::Redactor& redactor)
    : secrets_(secret_settings(setup, redactor), clock),
      tokens_({oauth_folder(setup), http_settings(), learner(redactor)}, clock),
      plugin_secrets_(secrets_, tokens_, home_folder()),
      net_(plugin_secrets_, http_settings(), learner(redactor)) {}

}  // namespace chela::app
