// The Gemini API: frames that end with \r\n\r\n, counts in each of them, no word for the end.
#include "google_rules.h"
#include "stand_in.h"

namespace chela::stand_in {
namespace {

namespace rules = testing::google;

class GoogleStandIn final : public StandIn {
 public:
  explicit GoogleStandIn(Manner manner) : StandIn(std::move(manner)) {}

 private:
  static WireRequest wire_of(const HttpSeen& seen) {
    return {seen.method, seen.target, seen.fields, seen.body};
  }
  std::optional<Refusal> refuse(const HttpSeen& seen) const override {
    const auto refusal = rules::refuse(wire_of(seen), kKey);
    if (!refusal) return std::nullopt;
    return Refusal{refusal->status, json::serialize(refusal->body())};
  }
  Refusal no_such_model(const std::string& model) const override {
    return {404, json::serialize(rules::Refusal{
                     404,
                     "NOT_FOUND",
                     "models/" + model +
                         " is not found for API version v1beta, or is "
                         "not supported for generateContent.",
                     {}}.body())};
  }
  Refusal bad_request(const std::string& words) const override {
    return {400, json::serialize(rules::Refusal{400, "INVALID_ARGUMENT", words, {}}.body())};
  }
  std::string model_of(const HttpSeen& seen) const override {
    return rules::target_of(seen.target).value_or(rules::Target{}).model;
  }
  std::optional<std::string> model_list(const HttpSeen& seen) const override {
    const auto target = rules::target_of(seen.target);
    if (!target || !target->method.empty()) return std::nullopt;
    json::array models{json::object{{"name", "models/aqa"},
                                    {"supportedGenerationMethods", json::array{"generateAnswer"}}}};
    for (const auto& id : manner().models)
      models.push_back(json::object{
          {"name", "models/" + id},
          {"supportedGenerationMethods", json::array{"generateContent", "countTokens"}}});
    return json::serialize(json::object{{"models", std::move(models)}});
  }
  std::optional<std::string> embeddings(const HttpSeen& seen) const override {
    const auto target = rules::target_of(seen.target);
    if (!target || target->method != "batchEmbedContents") return std::nullopt;
    const json::value body = parse_json(seen.body).value();
    json::array vectors;
    for (const auto& request : body.at("requests").as_array()) {
      const auto size =
          get_int(request, "outputDimensionality", static_cast<std::int64_t>(manner().dimensions));
      const auto text = get_string(request.at("content").at("parts").at(0), "text");
      json::array values;
      for (const float number : vector_of(text, static_cast<std::size_t>(size)))
        values.push_back(number);
      vectors.push_back(json::object{{"values", std::move(values)}});
    }
    return json::serialize(json::object{{"embeddings", std::move(vectors)}});
  }

  // Models of generation 3 give their calls ids.
  bool has_ids() const { return rules::is_third_generation(manner().model); }

  static void read_part(const json::value& part, Said& said) {
    const std::string signature = get_string(part, "thoughtSignature");
    const bool is_thought = get_bool(part, "thought");
    if (is_thought || !signature.empty())
      said.thoughts.push_back({is_thought ? get_string(part, "text") : "", signature});
    if (!is_thought) said.text += get_string(part, "text");
    if (find(part, "inlineData") != nullptr || find(part, "fileData") != nullptr) ++said.images;
    if (const auto* call = find(part, "functionCall")) {
      const auto* arguments = find(*call, "args");
      said.calls.push_back({get_string(*call, "id"), get_string(*call, "name"),
                            arguments == nullptr ? json::object() : arguments->as_object()});
    }
    if (const auto* response = find(part, "functionResponse")) {
      const json::value& words = response->at("response");
      said.answers.push_back({get_string(*response, "id"), get_string(*response, "name"),
                              get_string(words, "output") + get_string(words, "error")});
      if (const auto* inside = find(*response, "parts"))
        said.images += static_cast<int>(inside->as_array().size());
    }
  }

  Talk read(const HttpSeen& seen) const override {
    const auto target = rules::target_of(seen.target).value();
    const json::value body = parse_json(seen.body).value();
    Talk talk{target.model, target.method == "streamGenerateContent", {}, {}};
    if (const auto* system = find(body, "systemInstruction")) {
      for (const auto& part : system->at("parts").as_array())
        talk.system += get_string(part, "text");
    }
    for (const auto& content : body.at("contents").as_array()) {
      talk.said.emplace_back();
      talk.said.back().is_model = get_string(content, "role") == "model";
      for (const auto& part : content.at("parts").as_array()) read_part(part, talk.said.back());
    }
    return talk;
  }

  // The signature stands on the first call, else on the text.
  json::array parts_of(const Line& line) const {
    json::array parts;
    std::string signature = line.signature;
    const auto sign = [&](json::object part) {
      if (!signature.empty()) part["thoughtSignature"] = std::exchange(signature, "");
      return part;
    };
    if (!line.thought.empty())
      parts.push_back(json::object{{"text", line.thought}, {"thought", true}});
    if (!line.text.empty()) {
      json::object text{{"text", line.text}};
      parts.push_back(line.calls.empty() ? sign(std::move(text)) : std::move(text));
    }
    for (const auto& call : line.calls) {
      json::object function{{"name", call.name}};
      if (has_ids()) function["id"] = call.id;
      if (!call.arguments.empty()) function["args"] = call.arguments;
      parts.push_back(sign(json::object{{"functionCall", std::move(function)}}));
    }
    return parts;
  }

  json::object frame(const Talk& talk, const Line& line, json::array parts, bool is_last) const {
    json::object candidate{
        {"content", json::object{{"parts", std::move(parts)}, {"role", "model"}}}, {"index", 0}};
    if (is_last)
      candidate["finishReason"] = line.is_refusal                       ? "SAFETY"
                                  : line.stop == StopReason::max_tokens ? "MAX_TOKENS"
                                                                        : "STOP";
    const std::int64_t prompt = line.usage.input_tokens + line.usage.cache_read_tokens;
    json::object counts{{"promptTokenCount", prompt}, {"totalTokenCount", prompt}};
    if (is_last) {
      counts["candidatesTokenCount"] = line.usage.output_tokens - line.usage.reasoning_tokens;
      counts["totalTokenCount"] = prompt + line.usage.output_tokens;
    }
    if (line.usage.reasoning_tokens > 0) counts["thoughtsTokenCount"] = line.usage.reasoning_tokens;
    if (line.usage.cache_read_tokens > 0)
      counts["cachedContentTokenCount"] = line.usage.cache_read_tokens;
    return {{"candidates", json::array{std::move(candidate)}},
            {"usageMetadata", std::move(counts)},
            {"modelVersion", talk.model},
            {"responseId", "resp_" + std::to_string(talk.said.size())}};
  }

  std::string write_whole(const Talk& talk, const Line& line) const override {
    return json::serialize(frame(talk, line, parts_of(line), true));
  }

  std::string write_stream(const Talk& talk, const Line& line) const override {
    std::vector<json::array> frames;
    for (const auto& part : parts_of(line)) {
      if (get_string(part, "text").empty()) {
        frames.push_back(json::array{part});
        continue;
      }
      const auto pieces = pieces_of(get_string(part, "text"));
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        json::object one = part.as_object();
        one["text"] = pieces[i];
        if (i + 1 < pieces.size()) one.erase("thoughtSignature");
        frames.push_back(json::array{std::move(one)});
      }
    }
    std::string out;
    for (std::size_t i = 0; i < frames.size(); ++i)
      out += "data: " +
             json::serialize(frame(talk, line, std::move(frames[i]), i + 1 == frames.size())) +
             "\r\n\r\n";
    return out;
  }
};

}  // namespace

std::unique_ptr<StandIn> google_stand_in(Manner manner) {
  return std::make_unique<GoogleStandIn>(std::move(manner));
}

}  // namespace chela::stand_in
