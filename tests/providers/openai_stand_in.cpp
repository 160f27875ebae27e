// Chat Completions: OpenAI's own, OpenRouter's, an Ollama's without a key, and Moonshot's, whose
// models see their reasoning again.
#include <cstring>

#include "openai_rules.h"
#include "stand_in.h"

namespace chela::stand_in {
namespace {

namespace rules = testing::openai_rules;

rules::Kind rules_of(OpenAiKind kind) {
  if (kind == OpenAiKind::official) return rules::Kind::official;
  return kind == OpenAiKind::openrouter ? rules::Kind::openrouter : rules::Kind::compatible;
}

std::string base64(std::string_view bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= count ? kLetters[bits >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

class OpenAiStandIn final : public StandIn {
 public:
  OpenAiStandIn(Manner manner, OpenAiKind kind) : StandIn(std::move(manner)), kind_(kind) {}

 private:
  std::optional<Refusal> refuse(const HttpSeen& seen) const override {
    if (!seen.target.starts_with(manner().path + "/"))
      return error(404, "Invalid URL (" + seen.method + " " + seen.target + ")", "unknown_url");
    const auto refused =
        rules::refuse({seen.method, seen.target, seen.fields, seen.body}, rules_of(kind_));
    if (refused) return Refusal{refused->status, refused->body};
    const std::string wanted = manner().needs_key ? "Bearer " + std::string(kKey) : "";
    if (seen.field("authorization") != wanted)
      return error(401, "Incorrect API key provided.", "invalid_api_key");
    return std::nullopt;
  }
  static Refusal error(int status, const std::string& words, const std::string& code) {
    const auto refusal = rules::internal::error(status, words, code);
    return {refusal.status, refusal.body};
  }
  Refusal no_such_model(const std::string& model) const override {
    switch (kind_) {
      case OpenAiKind::openrouter:
        return {400, R"({"error":{"message":")" + model +
                         R"( is not a valid model ID","code":400},"user_id":"user_1"})"};
      case OpenAiKind::ollama:
        return {
            404,
            R"({"error":{"message":"model ")" + std::string("\\\"") + model +
                R"(\" not found, try pulling it first","type":"api_error","param":null,"code":null}})"};
      case OpenAiKind::official:
      case OpenAiKind::moonshot:
        break;
    }
    return error(404, "The model `" + model + "` does not exist or you do not have access to it.",
                 "model_not_found");
  }
  Refusal bad_request(const std::string& words) const override {
    return error(400, words, "invalid_value");
  }
  std::string model_of(const HttpSeen& seen) const override {
    const auto body = parse_json(seen.body);
    return body ? get_string(*body, "model") : "";
  }
  std::optional<std::string> model_list(const HttpSeen& seen) const override {
    if (!seen.target.ends_with("/models")) return std::nullopt;
    json::array data;
    for (const auto& id : manner().models)
      data.push_back(json::object{
          {"id", id}, {"object", "model"}, {"created", 1795773600}, {"owned_by", "somebody"}});
    return json::serialize(json::object{{"object", "list"}, {"data", std::move(data)}});
  }
  // The entries come in another order than the texts; `index` says which is which.
  std::optional<std::string> embeddings(const HttpSeen& seen) const override {
    if (!seen.target.ends_with("/embeddings")) return std::nullopt;
    const json::value body = parse_json(seen.body).value();
    const auto& input = body.at("input").as_array();
    const auto size = static_cast<std::size_t>(
        get_int(body, "dimensions", static_cast<std::int64_t>(manner().dimensions)));
    json::array data;
    for (std::size_t i = input.size(); i-- > 0;) {
      const auto vector = vector_of(std::string(input[i].as_string()), size);
      std::string bytes(vector.size() * sizeof(float), '\0');
      std::memcpy(bytes.data(), vector.data(), bytes.size());
      json::object entry{{"object", "embedding"}, {"index", i}};
      if (get_string(body, "encoding_format") == "base64")
        entry["embedding"] = base64(bytes);
      else
        entry["embedding"] = json::array(vector.begin(), vector.end());
      data.push_back(std::move(entry));
    }
    return json::serialize(json::object{
        {"object", "list"},
        {"data", std::move(data)},
        {"model", body.at("model")},
        {"usage",
         json::object{{"prompt_tokens", input.size() * 3}, {"total_tokens", input.size() * 3}}}});
  }

  static void read_content(const json::value& message, Said& said) {
    const auto* content = find(message, "content");
    if (content == nullptr || content->is_null()) return;
    if (content->is_string()) said.text += content->get_string();
    if (!content->is_array()) return;
    for (const auto& part : content->get_array()) {
      said.text += get_string(part, "text");
      if (get_string(part, "type") == "image_url") ++said.images;
    }
  }
  static void read_reasoning(const json::value& message, Said& said) {
    if (const auto* details = find(message, "reasoning_details")) {
      for (const auto& one : details->as_array())
        said.thoughts.push_back({get_string(one, "text"), get_string(one, "signature")});
      return;
    }
    for (const char* name : {"reasoning", "reasoning_content"}) {
      if (const auto words = find_string(message, name)) said.thoughts.push_back({*words, {}});
    }
  }
  static void read_message(const json::value& message, Said& said) {
    if (get_string(message, "role") == "tool") {
      Said words;
      read_content(message, words);
      said.answers.push_back({get_string(message, "tool_call_id"), {}, words.text});
      return;
    }
    read_content(message, said);
    if (!said.is_model) return;
    read_reasoning(message, said);
    const auto* calls = find(message, "tool_calls");
    if (calls == nullptr) return;
    for (const auto& call : calls->as_array()) {
      const json::value& function = call.at("function");
      said.calls.push_back({get_string(call, "id"), get_string(function, "name"),
                            parse_json(get_string(function, "arguments")).value().as_object()});
    }
  }

  Talk read(const HttpSeen& seen) const override {
    const json::value body = parse_json(seen.body).value();
    Talk talk{get_string(body, "model"), get_bool(body, "stream"), {}, {}};
    for (const auto& message : body.at("messages").as_array()) {
      const std::string role = get_string(message, "role");
      if (role == "system" || role == "developer") {
        Said words;
        read_content(message, words);
        talk.system += words.text;
        continue;
      }
      const bool is_model = role == "assistant";
      if (talk.said.empty() || talk.said.back().is_model != is_model) {
        talk.said.emplace_back();
        talk.said.back().is_model = is_model;
      }
      read_message(message, talk.said.back());
    }
    return talk;
  }

  json::object usage_of(const Line& line) const {
    const std::int64_t prompt = line.usage.input_tokens + line.usage.cache_read_tokens;
    json::object usage{{"prompt_tokens", prompt},
                       {"completion_tokens", line.usage.output_tokens},
                       {"total_tokens", prompt + line.usage.output_tokens}};
    if (kind_ == OpenAiKind::moonshot) {
      usage["cached_tokens"] = line.usage.cache_read_tokens;
    } else {
      usage["prompt_tokens_details"] =
          json::object{{"cached_tokens", line.usage.cache_read_tokens}, {"audio_tokens", 0}};
    }
    if (line.usage.reasoning_tokens > 0)
      usage["completion_tokens_details"] =
          json::object{{"reasoning_tokens", line.usage.reasoning_tokens}};
    if (kind_ == OpenAiKind::openrouter) usage["cost"] = 0.0025;
    return usage;
  }
  static std::string finish_of(const Line& line) {
    if (line.is_refusal) return "content_filter";
    if (line.stop == StopReason::tool_calls) return "tool_calls";
    return line.stop == StopReason::max_tokens ? "length" : "stop";
  }

  void add_thought(const std::string& words, const std::string& signature,
                   json::object& message) const {
    if (kind_ == OpenAiKind::official) return;
    if (!words.empty())
      message[kind_ == OpenAiKind::moonshot ? "reasoning_content" : "reasoning"] = words;
    if (kind_ != OpenAiKind::openrouter) return;
    json::object detail{
        {"type", "reasoning.text"}, {"format", "anthropic-claude-v1"}, {"index", 0}};
    if (!words.empty()) detail["text"] = words;
    if (!signature.empty()) detail["signature"] = signature;
    message["reasoning_details"] = json::array{std::move(detail)};
  }
  static json::object call_of(const Call& call, std::string arguments) {
    return {{"id", call.id},
            {"type", "function"},
            {"function", json::object{{"name", call.name}, {"arguments", std::move(arguments)}}}};
  }

  std::string write_whole(const Talk& talk, const Line& line) const override {
    json::object message{
        {"role", "assistant"}, {"refusal", nullptr}, {"annotations", json::array()}};
    message["content"] = line.text.empty() ? json::value(nullptr) : json::value(line.text);
    if (!line.thought.empty()) add_thought(line.thought, line.signature, message);
    json::array calls;
    for (const auto& call : line.calls)
      calls.push_back(call_of(call, json::serialize(call.arguments)));
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    return json::serialize(
        json::object{{"id", "chatcmpl-1"},
                     {"object", "chat.completion"},
                     {"created", 1795773600},
                     {"model", talk.model},
                     {"choices", json::array{json::object{{"index", 0},
                                                          {"message", std::move(message)},
                                                          {"logprobs", nullptr},
                                                          {"finish_reason", finish_of(line)}}}},
                     {"usage", usage_of(line)}});
  }

  // One chunk; `usage` in it where that is no empty object.
  void add(std::string& out, const Talk& talk, json::array choices, json::object usage) const {
    json::object chunk{{"id", "chatcmpl-1"},
                       {"object", "chat.completion.chunk"},
                       {"created", 1795773600},
                       {"model", talk.model},
                       {"choices", std::move(choices)}};
    if (kind_ == OpenAiKind::official) {
      chunk["usage"] = nullptr;
      chunk["obfuscation"] = std::string(out.size() % 11, 'x');
    }
    if (kind_ == OpenAiKind::openrouter) {
      chunk["provider"] = "Somebody";
      if (out.size() % 3 == 0) out += ": OPENROUTER PROCESSING\n\n";
    }
    if (!usage.empty()) chunk["usage"] = std::move(usage);
    out += "data: " + json::serialize(chunk) + "\n\n";
  }
  static json::array choice(json::object delta, json::value finish = nullptr) {
    return {json::object{
        {"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish)}}};
  }

  void add_calls(std::string& out, const Talk& talk, const Line& line) const {
    for (std::size_t i = 0; i < line.calls.size(); ++i) {
      const Call& call = line.calls[i];
      // Ollama sends calls whole.
      const bool is_whole = kind_ == OpenAiKind::ollama;
      const std::string arguments = json::serialize(call.arguments);
      json::object begin = call_of(call, is_whole ? arguments : "");
      begin["index"] = i;
      add(out, talk, choice({{"tool_calls", json::array{std::move(begin)}}}), {});
      if (is_whole) continue;
      for (const auto& piece : pieces_of(arguments))
        add(out, talk,
            choice({{"tool_calls",
                     json::array{json::object{{"index", i},
                                              {"function", json::object{{"arguments", piece}}}}}}}),
            {});
    }
  }

  std::string write_stream(const Talk& talk, const Line& line) const override {
    std::string out;
    add(out, talk, choice({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}), {});
    for (const auto& piece : pieces_of(line.thought)) {
      json::object delta;
      add_thought(piece, "", delta);
      if (!delta.empty()) add(out, talk, choice(std::move(delta)), {});
    }
    if (!line.signature.empty() && kind_ == OpenAiKind::openrouter) {
      json::object delta;
      add_thought("", line.signature, delta);
      add(out, talk, choice(std::move(delta)), {});
    }
    for (const auto& piece : pieces_of(line.text)) add(out, talk, choice({{"content", piece}}), {});
    add_calls(out, talk, line);
    json::array last = choice(json::object(), json::value(finish_of(line)));
    const bool is_in_choice = kind_ == OpenAiKind::moonshot;
    if (is_in_choice) last.at(0).as_object()["usage"] = usage_of(line);
    add(out, talk, std::move(last), {});
    if (!is_in_choice) {
      const bool has_choice = kind_ == OpenAiKind::openrouter;
      add(out, talk, has_choice ? choice({{"role", "assistant"}, {"content", ""}}) : json::array(),
          usage_of(line));
    }
    return out + "data: [DONE]\n\n";
  }

  OpenAiKind kind_;
};

}  // namespace

std::unique_ptr<StandIn> openai_stand_in(Manner manner, OpenAiKind kind) {
  return std::make_unique<OpenAiStandIn>(std::move(manner), kind);
}

}  // namespace chela::stand_in
