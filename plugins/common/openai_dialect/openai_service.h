// By what the services that speak OpenAI's Chat Completions differ, read out of a plugin's
// settings.
#pragma once

#include <string>

#include "chela/provider.h"

namespace chela::openai {

enum class Host {
  official,    // api.openai.com: newest members, strict
  openrouter,  // one API in front of many services
  compatible,  // anything else that says it speaks this API
};

struct Service {
  Host host = Host::compatible;
  std::string origin{};            // under which reasoning of this service is kept
  std::string base_url{};          // with the version: https://api.openai.com/v1
  Headers headers{};               // of every request, the key's among them; names in lower case
  json::object body{};             // members added to each chat request
  json::object embed_body{};       // members added to each embeddings request
  bool asks_for_usage = true;      // stream_options.include_usage
  bool replays_reasoning = false;  // send reasoning of this service back to it
  std::string embedding_format = "base64";
  std::int64_t embed_max_inputs = 2048;
  std::int64_t embed_max_tokens = 300'000;  // of one request; 0: no such limit
};

// Reads `base_url`, `headers`, `body` and, where the plugin has them, `authentication`,
// `embed_body`, `stream_usage`, `replay_reasoning`, `embedding_format` and `embed_max_inputs`.
// invalid_argument names the setting: an address that is none, a header that this dialect sets
// itself or that no request can hold, a member of `body` that would replace the conversation.
Result<Service> read_service(const Config& config, Host host);

}  // namespace chela::openai
