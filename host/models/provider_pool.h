// The provider plugins that are running, and typed calls into them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chela/provider.h"
#include "config/manifest.h"
#include "models/failure.h"
#include "plugin/activation.h"
#include "plugin/instance.h"
#include "services/one_at_a_time.h"

namespace chela::models {

// What a manifest and the plugin's note say about one provider, before anything runs.
struct ProviderInfo {
  std::string id;      // the instance: the first half of a ref
  std::string plugin;  // "provider.anthropic"
  std::string secret;  // the name of the key that is used in turn, "" where it needs none
  std::vector<std::string> keys;  // its references; empty where it may go without
  std::map<std::string, std::string> other_secrets;  // name -> reference
  std::vector<base::HttpGrant> origins;              // what requests may go to
  // How keys begin that the service does not want from programs like this one, and why.
  std::vector<std::pair<std::string, std::string>> refused_keys;
  config::ProviderCaps caps;
  bool is_in_process = false;
  std::string problem;  // why it cannot be used, "" where it can
};

struct StartedProvider {
  std::unique_ptr<plugin::Activation> activation;  // outlives the instance
  std::unique_ptr<plugin::Instance> instance;
};

// Starts plugins; implemented by app.
class ProviderStarter {
 public:
  virtual ~ProviderStarter() = default;
  virtual boost::asio::awaitable<Result<StartedProvider>> start(std::string id) = 0;
  // A provider crashed, hung or lied.
  virtual void tell_fault(const std::string& id, const std::string& what) = 0;
};

// A call into a plugin: either its answer, or why there is none.
template <class T>
using PluginResult = tl::expected<T, Failure>;

struct OpenedReply {
  std::int64_t decoder = 0;
  std::vector<RateLimit> limits;
};
struct Explained {
  Failure failure;
  std::vector<RateLimit> limits;
};
struct EmbedTraits {
  std::size_t max_inputs = 1;
  std::int64_t max_tokens = 0;
};
struct Embedded {
  std::size_t dimensions = 0;
  std::vector<float> values;  // count x dimensions
  Usage usage;
};

// One provider's plugin, started when it is first called. A plugin that has ended is started anew
// by the next call; decoders that were open in it are gone then. [loop-thread]
class ProviderHandle {
 public:
  ProviderHandle(std::string id, ProviderStarter& starter)
      : id_(std::move(id)), starter_(starter) {}

  boost::asio::awaitable<PluginResult<json::value>> describe();
  boost::asio::awaitable<PluginResult<WireRequest>> encode(std::string op, json::value request);
  boost::asio::awaitable<PluginResult<OpenedReply>> open(int status, const Headers& headers);
  boost::asio::awaitable<PluginResult<json::array>> feed(std::int64_t decoder, std::string bytes);
  boost::asio::awaitable<PluginResult<json::array>> close(std::int64_t decoder, bool is_complete);
  boost::asio::awaitable<PluginResult<Explained>> explain(int status, Headers headers,
                                                          std::string body);
  boost::asio::awaitable<PluginResult<Embedded>> embed_decode(int status, Headers headers,
                                                              std::string body, std::size_t count);
  // quota_decode, models_decode.
  boost::asio::awaitable<PluginResult<json::value>> decode(std::string op, int status,
                                                           Headers headers, std::string body);
  void end() { running_.reset(); }

 private:
  boost::asio::awaitable<PluginResult<std::string>> call(std::string op, std::string request);
  boost::asio::awaitable<PluginResult<json::array>> events(std::string op, std::string request);
  PluginResult<std::string> lied(const std::string& op, const std::string& what);

  std::string id_;
  ProviderStarter& starter_;
  services::OneAtATime door_;
  std::optional<StartedProvider> running_;
};

}  // namespace chela::models
