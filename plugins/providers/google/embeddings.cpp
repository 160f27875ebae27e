#include "embeddings.h"

#include <algorithm>
#include <cmath>

#include "encode.h"
#include "wire.h"

namespace provider_google {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;
namespace json = chela::json;

tl::unexpected<chela::Error> no_such_reply(std::string_view what, std::string_view body) {
  return fail(ErrorCode::data_loss,
              "wanted " + std::string(what) + ", found: " + chela::wire::words_of(body));
}

// {"values":[0.1,-0.2]}; empty where it is not that.
std::vector<float> vector_of(const json::value& embedding) {
  std::vector<float> out;
  const auto* values = chela::find(embedding, "values");
  if (values == nullptr || !values->is_array()) return out;
  out.reserve(values->get_array().size());
  for (const auto& value : values->get_array()) {
    json::error_code error;
    const auto number = value.is_number() ? value.to_number<double>(error) : std::nan("");
    const auto small = static_cast<float>(number);
    if (error || !std::isfinite(small)) return {};
    out.push_back(small);
  }
  return out;
}

bool is_for_us(const json::value& model) {
  const auto* methods = chela::find(model, "supportedGenerationMethods");
  if (methods == nullptr) return true;
  const auto names = chela::get_strings(model, "supportedGenerationMethods");
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "generateContent" || name == "embedContent";
  });
}

}  // namespace

Result<json::object> embed_body(const chela::EmbedRequest& request) {
  const auto refuse = [](const std::string& what) {
    return fail(ErrorCode::invalid_argument, "embed request: " + what);
  };
  if (request.texts.empty() || request.texts.size() > kMostTexts) {
    return refuse("Gemini takes 1 to " + std::to_string(kMostTexts) + " texts at once, found " +
                  std::to_string(request.texts.size()));
  }
  const std::string model = "models/" + std::string(model_name(request.model));
  json::array requests;
  for (const auto& text : request.texts) {
    if (text.empty()) return refuse("a text must not be empty");
    json::object one{
        {"model", model},
        {"content", json::object{{"parts", json::array{json::object{{"text", text}}}}}}};
    if (request.dimensions > 0) one["outputDimensionality"] = request.dimensions;
    requests.push_back(std::move(one));
  }
  return json::object{{"requests", std::move(requests)}};
}

Result<chela::EmbedReply> embeddings_of(std::string_view body) {
  const auto reply = chela::wire::object_of(body);
  const auto* list = reply ? chela::find(*reply, "embeddings") : nullptr;
  if (list == nullptr || !list->is_array()) return no_such_reply("a list of embeddings", body);
  chela::EmbedReply out;
  for (const auto& one : list->get_array()) {
    out.vectors.push_back(vector_of(one));
    if (out.vectors.back().empty()) return no_such_reply("vectors of numbers", body);
  }
  if (const auto* counts = chela::find(*reply, "usageMetadata")) {
    out.usage.input_tokens = std::clamp<std::int64_t>(chela::get_int(*counts, "promptTokenCount"),
                                                      0, std::int64_t{1} << 40);
  }
  return out;
}

Result<std::vector<std::string>> models_of(std::string_view body) {
  const auto reply = chela::wire::object_of(body);
  const auto* list = reply ? chela::find(*reply, "models") : nullptr;
  if (list == nullptr || !list->is_array()) return no_such_reply("a list of models", body);
  std::vector<std::string> out;
  for (const auto& model : list->get_array()) {
    const std::string name = chela::get_string(model, "name");
    if (!name.empty() && is_for_us(model)) out.emplace_back(model_name(name));
  }
  return out;
}

}  // namespace provider_google
