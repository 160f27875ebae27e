// The Messages API: Anthropic's own, Kimi's and Synthetic's.
#include "anthropic_rules.h"
#include "stand_in.h"

namespace chela::stand_in {
namespace {

using testing::AnthropicRules;

class AnthropicStandIn final : public StandIn {
 public:
  AnthropicStandIn(Manner manner, bool is_anthropic)
      : StandIn(std::move(manner)), is_anthropic_(is_anthropic) {
    rules_.path = this->manner().path + "/v1/messages";
    rules_.key = kKey;
    rules_.takes_adaptive = is_anthropic;
    // Kimi's, which Synthetic does not mind.
    if (!is_anthropic) rules_.min_thinking_output_tokens = 16'000;
  }

 private:
  std::optional<Refusal> refuse(const HttpSeen& seen) const override {
    if (seen.method == "GET") return refuse_get(seen);
    const auto refused =
        testing::refused_by(rules_, seen.method, seen.target, seen.fields, seen.body);
    if (!refused) return std::nullopt;
    return Refusal{refused->status, refused->body};
  }

  std::optional<Refusal> refuse_get(const HttpSeen& seen) const {
    const bool is_list = seen.target == list_path();
    const bool is_quota = !manner().quota_path.empty() && seen.target == manner().quota_path;
    if (!is_list && !is_quota) return error(404, "not_found_error", "Not found");
    if (!seen.body.empty()) return error(400, "invalid_request_error", "a GET with a body");
    const std::string wanted =
        is_anthropic_ ? seen.field("x-api-key") : seen.field("authorization");
    if (wanted != (is_anthropic_ ? "" : "Bearer ") + std::string(kKey))
      return error(401, "authentication_error", "invalid x-api-key");
    if (is_anthropic_ && seen.field("anthropic-version") != "2023-06-01")
      return error(400, "invalid_request_error", "anthropic-version: is not a valid version");
    return std::nullopt;
  }

  static Refusal error(int status, std::string_view type, const std::string& words) {
    const auto refusal = testing::anthropic_rules::refusal(status, type, words);
    return {refusal.status, refusal.body};
  }
  Refusal no_such_model(const std::string& model) const override {
    return error(404, "not_found_error", "model: " + model);
  }
  Refusal bad_request(const std::string& words) const override {
    return error(400, "invalid_request_error", words);
  }

  std::string list_path() const {
    if (manner().models.empty()) return "no list";
    return is_anthropic_ ? "/v1/models?limit=1000" : "/openai/v1/models";
  }
  std::optional<std::string> model_list(const HttpSeen& seen) const override {
    if (seen.target != list_path()) return std::nullopt;
    json::array data;
    for (const auto& id : manner().models) {
      data.push_back(is_anthropic_ ? json::object{{"type", "model"},
                                                  {"id", id},
                                                  {"display_name", id},
                                                  {"created_at", "2026-01-01T00:00:00Z"}}
                                   : json::object{{"id", id}, {"object", "model"}});
    }
    return json::serialize(json::object{{"data", std::move(data)}, {"has_more", false}});
  }
  std::optional<std::string> embeddings(const HttpSeen&) const override { return std::nullopt; }
  std::string model_of(const HttpSeen& seen) const override {
    const auto body = parse_json(seen.body);
    return body ? get_string(*body, "model") : "";
  }

  static void read_block(const json::value& block, Said& said) {
    const std::string type = get_string(block, "type");
    if (type == "text") said.text += get_string(block, "text");
    if (type == "image") ++said.images;
    if (type == "thinking")
      said.thoughts.push_back({get_string(block, "thinking"), get_string(block, "signature")});
    if (type == "tool_use")
      said.calls.push_back(
          {get_string(block, "id"), get_string(block, "name"), block.at("input").as_object()});
    if (type != "tool_result") return;
    ToolAnswer answer{get_string(block, "tool_use_id"), {}, {}};
    if (const auto* content = find(block, "content"); content != nullptr && content->is_array()) {
      for (const auto& inner : content->get_array()) {
        answer.text += get_string(inner, "text");
        if (get_string(inner, "type") == "image") ++said.images;
      }
    }
    said.answers.push_back(std::move(answer));
  }

  Talk read(const HttpSeen& seen) const override {
    const json::value body = parse_json(seen.body).value();
    Talk talk{get_string(body, "model"), get_bool(body, "stream"), {}, {}};
    if (const auto* system = find(body, "system"); system != nullptr && system->is_array()) {
      for (const auto& block : system->get_array()) talk.system += get_string(block, "text");
    }
    for (const auto& message : body.at("messages").as_array()) {
      const bool is_model = get_string(message, "role") == "assistant";
      if (talk.said.empty() || talk.said.back().is_model != is_model) {
        talk.said.emplace_back();
        talk.said.back().is_model = is_model;
      }
      const json::value& content = message.at("content");
      if (content.is_string()) talk.said.back().text += content.get_string();
      if (!content.is_array()) continue;
      for (const auto& block : content.get_array()) read_block(block, talk.said.back());
    }
    return talk;
  }

  json::object usage_of(const Line& line, bool has_output) const {
    json::object usage{{"input_tokens", line.usage.input_tokens},
                       {"cache_creation_input_tokens", 0},
                       {"cache_read_input_tokens", line.usage.cache_read_tokens},
                       {"output_tokens", has_output ? line.usage.output_tokens : 1}};
    if (!is_anthropic_) return usage;
    usage["cache_creation"] =
        json::object{{"ephemeral_5m_input_tokens", 0}, {"ephemeral_1h_input_tokens", 0}};
    usage["service_tier"] = "standard";
    if (has_output && line.usage.reasoning_tokens > 0)
      usage["output_tokens_details"] =
          json::object{{"thinking_tokens", line.usage.reasoning_tokens}};
    return usage;
  }
  static std::string stop_of(const Line& line) {
    if (line.is_refusal) return "refusal";
    if (line.stop == StopReason::tool_calls) return "tool_use";
    return line.stop == StopReason::max_tokens ? "max_tokens" : "end_turn";
  }
  static json::value details_of(const Line& line) {
    if (!line.is_refusal) return nullptr;
    return json::object{{"type", "refusal"}, {"category", "cyber"}, {"explanation", "Not that."}};
  }

  static json::array blocks_of(const Line& line) {
    json::array blocks;
    if (!line.thought.empty())
      blocks.push_back(json::object{
          {"type", "thinking"}, {"thinking", line.thought}, {"signature", line.signature}});
    if (!line.text.empty()) blocks.push_back(json::object{{"type", "text"}, {"text", line.text}});
    for (const auto& call : line.calls)
      blocks.push_back(json::object{
          {"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", call.arguments}});
    return blocks;
  }

  std::string write_whole(const Talk& talk, const Line& line) const override {
    return json::serialize(json::object{{"model", talk.model},
                                        {"id", "msg_01"},
                                        {"type", "message"},
                                        {"role", "assistant"},
                                        {"content", blocks_of(line)},
                                        {"stop_reason", stop_of(line)},
                                        {"stop_sequence", nullptr},
                                        {"stop_details", details_of(line)},
                                        {"usage", usage_of(line, true)}});
  }

  // The service pads its lines with blanks before the last brace.
  static void add(std::string& out, json::object event) {
    const std::string type(event.at("type").as_string());
    std::string text = json::serialize(event);
    text.insert(text.size() - 1, out.size() % 13, ' ');
    out += "event: " + type + "\ndata: " + text + "\n\n";
  }

  static void add_block(std::string& out, std::size_t index, const json::value& block) {
    const auto delta = [&](const char* type, const char* member, std::string_view piece) {
      add(out, {{"type", "content_block_delta"},
                {"index", index},
                {"delta", json::object{{"type", type}, {member, piece}}}});
    };
    const std::string type = get_string(block, "type");
    json::object start = block.as_object();
    for (const char* member : {"text", "thinking", "signature"}) {
      if (start.contains(member)) start[member] = "";
    }
    if (type == "tool_use") start["input"] = json::object();
    add(out, {{"type", "content_block_start"}, {"index", index}, {"content_block", start}});
    if (index == 0) add(out, {{"type", "ping"}});
    for (const auto& piece : pieces_of(get_string(block, "text")))
      delta("text_delta", "text", piece);
    for (const auto& piece : pieces_of(get_string(block, "thinking")))
      delta("thinking_delta", "thinking", piece);
    if (type == "thinking") delta("signature_delta", "signature", get_string(block, "signature"));
    if (type == "tool_use") {
      const auto& input = block.at("input").as_object();
      delta("input_json_delta", "partial_json", "");  // all of it, where there are no arguments
      if (!input.empty()) {
        for (const auto& piece : pieces_of(json::serialize(input)))
          delta("input_json_delta", "partial_json", piece);
      }
    }
    add(out, {{"type", "content_block_stop"}, {"index", index}});
  }

  std::string write_stream(const Talk& talk, const Line& line) const override {
    std::string out;
    add(out, {{"type", "message_start"},
              {"message", json::object{{"model", talk.model},
                                       {"id", "msg_01"},
                                       {"type", "message"},
                                       {"role", "assistant"},
                                       {"content", json::array()},
                                       {"stop_reason", nullptr},
                                       {"stop_sequence", nullptr},
                                       {"usage", usage_of(line, false)}}}});
    std::size_t index = 0;
    for (const auto& block : blocks_of(line)) add_block(out, index++, block);
    add(out, {{"type", "message_delta"},
              {"delta", json::object{{"stop_reason", stop_of(line)},
                                     {"stop_sequence", nullptr},
                                     {"stop_details", details_of(line)}}},
              {"usage", usage_of(line, true)}});
    add(out, {{"type", "message_stop"}});
    return out;
  }

  AnthropicRules rules_;
  bool is_anthropic_;
};

}  // namespace

std::unique_ptr<StandIn> anthropic_stand_in(Manner manner, bool is_anthropic) {
  return std::make_unique<AnthropicStandIn>(std::move(manner), is_anthropic);
}

}  // namespace chela::stand_in
