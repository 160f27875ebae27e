// A conversation with a model as chela writes it down, whichever service it goes to.
//
// {"model":"claude-sonnet-4-5","system":[{"type":"text","text":"Be brief.","cache":"5m"}],
//  "messages":[
//    {"role":"user","content":[{"type":"text","text":"What is in a.txt?"}]},
//    {"role":"assistant","content":[{"type":"tool_call","id":"c1","name":"read","arguments":{"path":"a.txt"}}]},
//    {"role":"tool","content":[{"type":"tool_result","id":"c1","name":"read","content":[{"type":"text","text":"hello"}]}]}],
//  "tools":[{"name":"read","description":"Reads a file","parameters":{"type":"object"}}],
//  "tool_choice":"auto","max_output_tokens":1024,"stream":true}
//
// The order is oldest first. After an assistant message with tool calls comes one message of role
// `tool` with exactly one result for each of them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/json.h"
#include "chela/utf8.h"

namespace chela {

enum class PartType { text, image, thinking, redacted_thinking, tool_call, tool_result };

// One piece of a message. Which members count depends on the type.
struct Part {
  PartType type = PartType::text;
  std::string text{};        // text, thinking
  std::string media_type{};  // image: "image/png", with data
  std::string data{};        // image: base64; redacted_thinking: opaque
  std::string url{};         // image: https, instead of data
  std::string
      signature{};       // thinking, tool_call, text: what the service wants to see again, opaque
  std::string origin{};  // of signature and redacted_thinking: the API that gave it ("anthropic")
  std::string id{};      // tool_call, tool_result: pairs the two
  std::string name{};    // tool_call, tool_result: the tool
  json::object arguments{};  // tool_call
  // tool_call: what the model wrote where that is no JSON object; arguments is empty then.
  std::string invalid_arguments{};
  std::vector<Part> content{};  // tool_result: text and image
  bool is_error = false;        // tool_result
  std::string cache{};          // "5m" or "1h": the prompt up to here is worth caching; else ""
};

enum class ChatRole { user, assistant, tool };

struct ChatMessage {
  ChatRole role = ChatRole::user;
  std::vector<Part> content{};
};

struct Tool {
  std::string name{};  // [a-zA-Z0-9_-]{1,64}
  std::string description{};
  json::object parameters{};  // a JSON Schema of type object
  std::string cache{};
};

enum class ToolChoice { automatic, any, none, named };

struct ChatRequest {
  std::string model{};         // as the service calls it
  std::vector<Part> system{};  // text only
  std::vector<ChatMessage> messages{};
  std::vector<Tool> tools{};
  ToolChoice tool_choice = ToolChoice::automatic;
  std::string tool_name{};  // for ToolChoice::named
  bool has_parallel_tools = true;
  std::int64_t max_output_tokens = 0;  // 0: the model's own limit, or what the service takes
  std::optional<double> temperature{};
  std::optional<double> top_p{};
  std::vector<std::string> stop{};
  std::string effort{};  // of thinking: "" = the model's default, "off", "low", "medium", "high"
  bool is_streaming = true;
};

// In tokens. The three kinds of input do not overlap: their sum is the whole prompt.
struct Usage {
  std::int64_t input_tokens = 0;  // neither read from a cache nor written to one
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_5m_tokens = 0;
  std::int64_t cache_write_1h_tokens = 0;
  std::int64_t output_tokens = 0;     // with reasoning
  std::int64_t reasoning_tokens = 0;  // of output_tokens
  std::string cost_usd{};             // decimal, where the service says what it charged
  bool operator==(const Usage&) const = default;
};

enum class StopReason { end, max_tokens, stop_sequence, tool_calls, paused, context_window };

namespace internal {

template <class Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};

inline constexpr EnumName<PartType> kPartTypes[] = {
    {PartType::text, "text"},           {PartType::image, "image"},
    {PartType::thinking, "thinking"},   {PartType::redacted_thinking, "redacted_thinking"},
    {PartType::tool_call, "tool_call"}, {PartType::tool_result, "tool_result"}};
inline constexpr EnumName<ChatRole> kChatRoles[] = {
    {ChatRole::user, "user"}, {ChatRole::assistant, "assistant"}, {ChatRole::tool, "tool"}};
inline constexpr EnumName<StopReason> kStopReasons[] = {
    {StopReason::end, "end"},
    {StopReason::max_tokens, "max_tokens"},
    {StopReason::stop_sequence, "stop_sequence"},
    {StopReason::tool_calls, "tool_calls"},
    {StopReason::paused, "paused"},
    {StopReason::context_window, "context_window"}};

template <class Enum, std::size_t kCount>
constexpr std::string_view name_of(const EnumName<Enum> (&names)[kCount], Enum value) {
  for (const auto& one : names) {
    if (one.value == value) return one.name;
  }
  return names[0].name;
}

template <class Enum, std::size_t kCount>
std::optional<Enum> value_of(const EnumName<Enum> (&names)[kCount], std::string_view name) {
  for (const auto& one : names) {
    if (one.name == name) return one.value;
  }
  return std::nullopt;
}

}  // namespace internal

constexpr std::string_view to_string(PartType type) {
  return internal::name_of(internal::kPartTypes, type);
}
constexpr std::string_view to_string(ChatRole role) {
  return internal::name_of(internal::kChatRoles, role);
}
constexpr std::string_view to_string(StopReason reason) {
  return internal::name_of(internal::kStopReasons, reason);
}

// Documents out.
json::object to_json(const Part& part);
json::object to_json(const ChatMessage& message);
json::object to_json(const ChatRequest& request);
json::object to_json(const Usage& usage);

// Documents in; invalid_argument names the place ("messages[2].content[0].id"). A request is
// checked whole: it has messages, begins with the user, each tool call has its one result, no text
// is empty.
Result<Part> parse_part(const json::value& value, const std::string& where);
Result<ChatMessage> parse_chat_message(const json::value& value, const std::string& where);
Result<ChatRequest> parse_chat_request(const json::value& value);
Usage parse_usage(const json::value& value);

// What parse_chat_request checks beyond shapes, for requests that were built in memory.
Result<void> check_chat_request(const ChatRequest& request);

}  // namespace chela

#include "chela/internal/chat_json.h"
