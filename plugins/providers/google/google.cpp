// Translates between chela's chat and Google's Gemini API (version v1beta).
//
// Source: the API's REST reference (ai.google.dev/api), the types of its official clients, and
// recorded traffic. Token counts as the service counts them. Does no I/O.
#include <chela/provider.h>

#include <algorithm>

#include "contents.h"
#include "embeddings.h"
#include "encode.h"
#include "failures.h"
#include "reply_decoder.h"
#include "wire.h"

namespace provider_google {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;
using chela::WireReply;
using chela::WireRequest;
namespace json = chela::json;

constexpr const char* kDefaultBase = "https://generativelanguage.googleapis.com/v1beta";
constexpr std::string_view kKeyHeader = "x-goog-api-key";
// The first page is asked for with the largest size; the service has far fewer models.
constexpr const char* kModelsPath = "models?pageSize=1000";

// "https://host" alone means the API's usual version behind it.
std::string base_of(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const std::size_t host = url.find("://");
  if (host != std::string::npos && url.find('/', host + 3) == std::string::npos) url += "/v1beta";
  return url;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// The setting `headers`; the key's header is the host's to fill.
Result<chela::Headers> headers_of(const json::value& config) {
  chela::Headers out{{"content-type", "application/json"},
                     {std::string(kKeyHeader), "{{secret:api_key}}"}};
  const auto* extra = chela::find(config, "headers");
  if (extra == nullptr || !extra->is_object()) return out;
  for (const auto& [key, value] : extra->get_object()) {
    std::string name(key);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto refuse = [&](const char* why) {
      return fail(ErrorCode::invalid_argument,
                  "headers: '" + std::string(key).substr(0, 60) + "' " + why);
    };
    if (!is_header_name(name)) return refuse("is no name of a header");
    if (name == kKeyHeader || name == "authorization")
      return refuse("carries the key: name it under `secrets`, not here");
    if (!value.is_string() || value.get_string().find_first_of("\r\n") != json::string::npos)
      return refuse("wants a text of one line");
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const auto& pair) { return pair.first == name; });
    if (same != out.end()) {
      same->second = std::string(value.get_string());
    } else {
      out.emplace_back(name, std::string(value.get_string()));
    }
  }
  return out;
}

class Google : public chela::Provider {
 public:
  static Result<std::unique_ptr<Google>> create(const chela::Config& config) {
    CHELA_TRY(chela::Headers headers, headers_of(config.value()));
    return std::make_unique<Google>(base_of(config.get("base_url", kDefaultBase)),
                                    std::move(headers), config.get("thoughts", true));
  }
  Google(std::string base, chela::Headers headers, bool wants_thoughts)
      : base_(std::move(base)), headers_(std::move(headers)), wants_thoughts_(wants_thoughts) {}

  chela::ProviderTraits traits() const override {
    chela::ProviderTraits traits;
    traits.has_embeddings = true;
    traits.embed_max_inputs = kMostTexts;
    traits.has_models = true;
    return traits;
  }
  std::string origin() const override { return std::string(kOrigin); }

  Result<WireRequest> encode(const chela::ChatRequest& request) override {
    CHELA_TRY(const json::object body, chat_body(request, wants_thoughts_));
    const char* method =
        request.is_streaming ? ":streamGenerateContent?alt=sse" : ":generateContent";
    return post(request.model, method, body);
  }
  Result<std::unique_ptr<chela::ChatDecoder>> open(const WireReply&) override {
    return std::make_unique<ReplyDecoder>();
  }
  chela::ProviderError explain(const WireReply& reply) override { return failure_of(reply); }

  Result<WireRequest> embed_encode(const chela::EmbedRequest& request) override {
    CHELA_TRY(const json::object body, embed_body(request));
    return post(request.model, ":batchEmbedContents", body);
  }
  Result<chela::EmbedReply> embed_decode(const WireReply& reply) override {
    return embeddings_of(reply.body);
  }
  Result<WireRequest> models_encode() override {
    WireRequest wire{"GET", chela::wire::join_url(base_, kModelsPath), headers_, ""};
    std::erase_if(wire.headers, [](const auto& pair) { return pair.first == "content-type"; });
    return wire;
  }
  Result<std::vector<std::string>> models_decode(const WireReply& reply) override {
    return models_of(reply.body);
  }

 private:
  WireRequest post(const std::string& model, const char* method, const json::object& body) const {
    const std::string path = "models/" + url_escaped(model_name(model)) + method;
    return {"POST", chela::wire::join_url(base_, path), headers_, json::serialize(body)};
  }

  std::string base_;
  chela::Headers headers_;
  bool wants_thoughts_;
};

}  // namespace
}  // namespace provider_google

CHELA_PROVIDER(provider_google::Google)
