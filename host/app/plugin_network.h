// The network of plugins, put together: secrets, logins, HTTP, mail streams and signatures.
#pragma once

#include <memory>

#include "app/setup.h"
#include "services/oauth_tokens.h"
#include "services/plugin_net.h"
#include "services/redact.h"

namespace chela::app {

// Costs nothing until a plugin asks for something. [loop-thread]
class PluginNetwork {
 public:
  // All outlive it.
  PluginNetwork(const Setup& setup, const services::Clock& clock, services::Redactor& redactor);

  services::PluginNet& net() { return net_; }
  // Until no login is being refreshed; before a loop is stopped.
  boost::asio::awaitable<void> settle() { return tokens_.settle(); }
  // What waits for a person: a vault that is locked.
  std::vector<services::WaitingSecret> waiting() const { return secrets_.waiting(); }

 private:
  services::Secrets secrets_;
  services::OAuthTokens tokens_;
  services::PluginSecrets plugin_secrets_;
  services::PluginNet net_;
};

// Where logins are kept: <state_dir>/oauth.
std::string oauth_folder(const Setup& setup);

// What every HTTP client of this program believes: CHELA_CA_FILE besides the system's authorities.
services::HttpSettings http_settings();

}  // namespace chela::app
