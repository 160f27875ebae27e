#include "openai_service.h"

#include <algorithm>
#include <array>

namespace chela::openai {
namespace {

// What the dialect or the host writes itself.
constexpr std::array<std::string_view, 10> kOwnHeaders{
    "authorization", "api-key", "content-type", "content-length",    "host",
    "accept",        "cookie",  "connection",   "transfer-encoding", "accept-encoding"};
constexpr std::array<std::string_view, 7> kOwnMembers{
    "model", "messages", "tools", "tool_choice", "stream", "stream_options", "n"};

tl::unexpected<Error> refuse(const std::string& setting, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "config." + setting + ": " + what);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return out;
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<Headers> extra_headers(const Config& config) {
  Headers headers;
  const auto* members = find(config.value(), "headers");
  if (members == nullptr || !members->is_object()) return headers;
  for (const auto& [key, value] : members->get_object()) {
    const std::string name = lower(key);
    const std::string setting = "headers." + std::string(key);
    if (!is_token(name))
      return refuse(setting, "wanted letters, digits and '-' as a header's name");
    if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), name) != kOwnHeaders.end())
      return refuse(setting, "this header is set by the plugin itself");
    if (!value.is_string()) return refuse(setting, "wanted text");
    const std::string_view text = value.get_string();
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }))
      return refuse(setting, "a header holds no line breaks and no control characters");
    headers.emplace_back(name, std::string(text));
  }
  return headers;
}

json::object object_of(const Config& config, std::string_view name) {
  const auto* value = find(config.value(), name);
  return value == nullptr || !value->is_object() ? json::object() : value->get_object();
}

}  // namespace

Result<Service> read_service(const Config& config, Host host) {
  Service service;
  service.host = host;
  service.base_url = config.get("base_url");
  const std::size_t scheme = service.base_url.starts_with("https://")  ? 8
                             : service.base_url.starts_with("http://") ? 7
                                                                       : 0;
  const std::string authority =
      service.base_url.substr(scheme, service.base_url.find_first_of("/?#", scheme) - scheme);
  if (scheme == 0 || authority.empty())
    return refuse("base_url", "wanted an address such as https://api.example.com/v1, found '" +
                                  service.base_url + "'");
  if (authority.find('@') != std::string::npos)
    return refuse("base_url", "a password in an address would land in logs; name a secret instead");
  if (service.base_url.find_first_of("?# \t\r\n") != std::string::npos)
    return refuse("base_url", "wanted an address without '?', '#' and blanks");
  // Reasoning is opaque to other services: two of them behind this plugin are two origins.
  service.origin = host == Host::official     ? "openai"
                   : host == Host::openrouter ? "openrouter"
                                              : "openai-compatible@" + authority;

  const std::string authentication = config.get("authentication", "bearer");
  if (authentication == "bearer")
    service.headers.emplace_back("authorization", "Bearer {{secret:api_key}}");
  if (authentication == "api-key") service.headers.emplace_back("api-key", "{{secret:api_key}}");
  service.headers.emplace_back("content-type", "application/json");
  CHELA_TRY(Headers extra, extra_headers(config));
  service.headers.insert(service.headers.end(), extra.begin(), extra.end());

  service.body = object_of(config, "body");
  for (const auto name : kOwnMembers) {
    if (service.body.contains(name))
      return refuse("body." + std::string(name), "this member is the conversation's own");
  }
  service.embed_body = object_of(config, "embed_body");
  for (const auto* name : {"model", "input", "encoding_format"}) {
    if (service.embed_body.contains(name))
      return refuse(std::string("embed_body.") + name, "this member is set by the plugin itself");
  }
  service.asks_for_usage = config.get("stream_usage", true);
  service.replays_reasoning = host == Host::openrouter || config.get("replay_reasoning", false);
  service.embedding_format = config.get("embedding_format", "base64");
  if (host == Host::compatible) {
    service.embed_max_inputs = config.get("embed_max_inputs", 256);
    service.embed_max_tokens = 0;
  }
  return service;
}

}  // namespace chela::openai
