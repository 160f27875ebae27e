#include "encode.h"

#include <algorithm>

#include "messages.h"
#include "thinking.h"

namespace chela::anthropic {
namespace {

// Beyond this the service wants a stream, lest the connection be cut while nothing is sent.
constexpr std::int64_t kMaxWholeReplyTokens = 21'000;

tl::unexpected<Error> bad(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "Messages API: " + what);
}

std::int64_t max_tokens_of(const ChatRequest& request, const Model& model) {
  std::int64_t tokens = request.max_output_tokens;
  if (tokens == 0) {
    tokens = model.default_output_tokens;
    if (!request.is_streaming) tokens = std::min(tokens, kMaxWholeReplyTokens);
  }
  return model.max_output_tokens > 0 ? std::min(tokens, model.max_output_tokens) : tokens;
}

Result<json::object> write_tool(const Tool& tool) {
  json::object schema = tool.parameters;
  if (!schema.contains("type")) schema["type"] = "object";
  for (const char* word : {"oneOf", "anyOf", "allOf"}) {
    if (schema.contains(word)) {
      return bad("tool '" + tool.name + "': '" + word +
                 "' at the top of its parameters is not taken; put it into a property");
    }
  }
  json::object out{{"name", tool.name}, {"input_schema", std::move(schema)}};
  if (!is_blank(tool.description)) out["description"] = tool.description;
  mark_cache(out, tool.cache);
  return out;
}

Result<void> write_tools(json::object& body, const ChatRequest& request) {
  if (request.tools.empty()) {
    if (request.tool_choice == ToolChoice::any)
      return bad("a tool must be called, but none is given");
    return {};
  }
  json::array tools;
  for (const auto& tool : request.tools) {
    CHELA_TRY(json::object one, write_tool(tool));
    tools.push_back(std::move(one));
  }
  body["tools"] = std::move(tools);
  json::object choice;
  switch (request.tool_choice) {
    case ToolChoice::automatic:
      if (request.has_parallel_tools) return {};
      choice["type"] = "auto";
      break;
    case ToolChoice::any:
      choice["type"] = "any";
      break;
    case ToolChoice::none:
      body["tool_choice"] = json::object{{"type", "none"}};
      return {};
    case ToolChoice::named:
      choice["type"] = "tool";
      choice["name"] = request.tool_name;
      break;
  }
  if (!request.has_parallel_tools) choice["disable_parallel_tool_use"] = true;
  body["tool_choice"] = std::move(choice);
  return {};
}

// Words that the model shall go on from must not end with a blank.
Result<void> finish_prefill(std::vector<Turn>& turns, const ChatRequest& request,
                            const Model& model) {
  if (!turns.back().is_assistant) return {};
  if (!model.takes_prefill) {
    return bad("model '" + request.model +
               "' takes no conversation that ends with the assistant; wanted a message of the "
               "user or results of tools at the end");
  }
  auto& last = turns.back().blocks.back().as_object();
  if (get_string(last, "type") != "text")
    return bad("what the assistant is to go on from must end with text");
  std::string text = get_string(last, "text");
  text.erase(text.find_last_not_of(" \t\r\n\v\f") + 1);
  last["text"] = std::move(text);
  return {};
}

void write_sampling(json::object& body, const ChatRequest& request) {
  if (request.temperature) {
    body["temperature"] = std::clamp(*request.temperature, 0.0, 1.0);
    return;  // newer models take one of the two only
  }
  if (request.top_p) body["top_p"] = std::clamp(*request.top_p, 0.0, 1.0);
}

}  // namespace

Result<json::object> encode_body(const ChatRequest& request, const Model& model,
                                 std::string_view origin) {
  CHELA_TRY(std::vector<Turn> turns, write_turns(request.messages, model, origin));
  CHELA_TRY(finish_prefill(turns, request, model));
  json::object body{{"model", request.model},
                    {"max_tokens", max_tokens_of(request, model)},
                    {"stream", request.is_streaming}};
  json::array system;
  for (const auto& part : request.system) {
    if (!is_blank(part.text)) system.push_back(text_block(part));
  }
  if (!system.empty()) body["system"] = std::move(system);
  CHELA_TRY(write_tools(body, request));
  const bool is_thinking = ask_to_think(body, request, model, turns);
  if (model.takes_sampling && !is_thinking) write_sampling(body, request);
  for (const auto& stop : request.stop) {
    if (is_blank(stop)) return bad("a stop sequence must hold more than blanks");
  }
  if (!request.stop.empty())
    body["stop_sequences"] = json::array(request.stop.begin(), request.stop.end());
  json::array messages;
  for (auto& turn : turns) {
    messages.push_back(json::object{{"role", turn.is_assistant ? "assistant" : "user"},
                                    {"content", std::move(turn.blocks)}});
  }
  body["messages"] = std::move(messages);
  limit_cache_marks(body);
  return body;
}

}  // namespace chela::anthropic
