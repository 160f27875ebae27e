#include "reply_decoder.h"

#include <algorithm>

#include "contents.h"
#include "failures.h"
#include "wire.h"

namespace provider_google {
namespace {

using chela::ChatEvents;
using chela::PartType;
using chela::ProviderCode;
using chela::ProviderError;
using chela::ProviderScope;
using chela::StopReason;
namespace json = chela::json;

constexpr std::size_t kHeadBytes = 1024;
constexpr std::size_t kTailBytes = 8192;
constexpr std::size_t kReplyIdBytes = 28;  // some services take no more than 40 in an id

ProviderError garbage(const std::string& what) {
  return {ProviderCode::garbage, ProviderScope::model, {}, what};
}

ProviderError cut(const std::string& what) {
  return {ProviderCode::cut, ProviderScope::model, {}, what};
}

// The prompt includes what was read from the cache; what was thought is not among the candidates,
// but is billed as output.
chela::Usage usage_of(const json::value& counts) {
  const auto count = [&](const char* key) {
    return std::clamp<std::int64_t>(chela::get_int(counts, key), 0, std::int64_t{1} << 40);
  };
  const std::int64_t prompt = count("promptTokenCount") + count("toolUsePromptTokenCount");
  chela::Usage usage;
  usage.cache_read_tokens = std::min(count("cachedContentTokenCount"), prompt);
  usage.input_tokens = prompt - usage.cache_read_tokens;
  usage.reasoning_tokens = count("thoughtsTokenCount");
  usage.output_tokens = count("candidatesTokenCount") + usage.reasoning_tokens;
  return usage;
}

// For replies without an id of their own.
std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return std::to_string(hash);
}

// Ids travel to other services, which take letters, digits, '_' and '-'.
std::string plain_id(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kReplyIdBytes)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-';
    out += is_plain ? c : '_';
  }
  return out;
}

}  // namespace

void ReplyDecoder::remember(std::string_view bytes) {
  if (head_.size() < kHeadBytes) head_.append(bytes.substr(0, kHeadBytes - head_.size()));
  if (bytes.size() >= kTailBytes) {
    tail_ = bytes.substr(bytes.size() - kTailBytes);
    return;
  }
  tail_.append(bytes);
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

void ReplyDecoder::feed(std::string_view bytes, ChatEvents& events) {
  remember(bytes);
  if (form_ == Form::unknown) {
    const std::size_t first = bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (first == std::string_view::npos) return;
    bytes.remove_prefix(first);
    const char c = bytes.front();
    const bool is_word = (c >= 'a' && c <= 'z') || c == ':';
    form_ = c == '{' || c == '[' ? Form::json : is_word ? Form::events : Form::other;
  }
  if (form_ == Form::events) {
    const bool goes_on = sse_.feed(bytes, [&](const chela::sse::Event& event) {
      if (event.data != "[DONE]") take_chunk(event.data, events);  // some proxies add it
    });
    if (!goes_on) events.error(garbage("an event of the stream has no end"));
  }
  if (form_ == Form::json) {
    const bool goes_on =
        json_.feed(bytes, [&](std::string_view object) { take_chunk(object, events); });
    if (!goes_on) events.error(garbage("the reply begins as JSON and goes on as something else"));
  }
}

void ReplyDecoder::take_chunk(std::string_view text, ChatEvents& events) {
  if (events.is_over()) return;
  const auto chunk = chela::parse_json(text);
  if (!chunk || !chunk->is_object()) {
    events.error(garbage("a piece of the reply is no JSON object: " + chela::wire::words_of(text)));
    return;
  }
  if (const auto* error = chela::find(*chunk, "error"); error != nullptr && error->is_object()) {
    events.error(failure_in_stream(*error));
    return;
  }
  if (!has_chunk_) {
    reply_id_ = chela::get_string(*chunk, "responseId");
    events.start(reply_id_, chela::get_string(*chunk, "modelVersion"));
    if (reply_id_.empty()) reply_id_ = fingerprint(text);
  }
  has_chunk_ = true;
  // Some pieces have no counts here but where the request ran.
  if (const auto* counts = chela::find(*chunk, "usageMetadata");
      counts != nullptr && chela::find(*counts, "promptTokenCount") != nullptr)
    events.set_usage(usage_of(*counts));
  if (const auto* feedback = chela::find(*chunk, "promptFeedback")) {
    const std::string reason = chela::get_string(*feedback, "blockReason");
    if (!reason.empty()) events.error(blocked_prompt(reason));
  }
  const auto* candidates = chela::find(*chunk, "candidates");
  if (candidates == nullptr || !candidates->is_array()) return;
  for (const auto& candidate : candidates->get_array()) {
    if (chela::get_int(candidate, "index") == 0) take_candidate(candidate, events);
  }
}

void ReplyDecoder::take_candidate(const json::value& candidate, ChatEvents& events) {
  has_candidate_ = true;
  const auto* content = chela::find(candidate, "content");
  const auto* parts = content == nullptr ? nullptr : chela::find(*content, "parts");
  if (parts != nullptr && parts->is_array()) {
    for (const auto& part : parts->get_array()) take_part(part, events);
  }
  const std::string reason = chela::get_string(candidate, "finishReason");
  if (!reason.empty()) finish_reason_ = reason;
  const std::string message = chela::get_string(candidate, "finishMessage");
  if (!message.empty()) finish_message_ = message;
}

// Code that the service ran itself, its output and files are not for us.
void ReplyDecoder::take_part(const json::value& part, ChatEvents& events) {
  const std::string signature = chela::get_string(part, "thoughtSignature");
  if (const auto* call = chela::find(part, "functionCall"); call != nullptr && call->is_object()) {
    take_call(*call, signature, events);
    return;
  }
  if (chela::find(part, "text") != nullptr) take_text(part, signature, events);
}

void ReplyDecoder::begin_block(PartType type) {
  ++block_;
  type_ = type;
  is_signed_ = false;
}

// A signed part and its neighbour are not to be joined, so a signature closes the block. One that
// comes without words belongs to the block before it; where that is of another kind it becomes a
// thought without words, which the encoder sends as the service did.
void ReplyDecoder::take_text(const json::value& part, const std::string& signature,
                             ChatEvents& events) {
  const std::string text = chela::get_string(part, "text");
  const PartType type = chela::get_bool(part, "thought") ? PartType::thinking : PartType::text;
  if (text.empty() && signature.empty()) return;
  const bool continues = type_ == type && !is_signed_;
  if (!continues) begin_block(text.empty() ? PartType::thinking : type);
  if (type == PartType::text) events.text(block_, text);
  if (type == PartType::thinking) events.thinking(block_, text);
  if (signature.empty()) return;
  events.signature(*type_, block_, signature);
  is_signed_ = true;
}

std::string ReplyDecoder::made_id() {
  return std::string(kMadeId) + plain_id(reply_id_) + "-" + std::to_string(calls_);
}

void ReplyDecoder::begin_call(const std::string& id, const std::string& name, ChatEvents& events) {
  begin_block(PartType::tool_call);
  ++calls_;
  call_ = OpenCall{block_, id, false, {}};
  events.tool_call(block_, id.empty() ? made_id() : id, name);
}

void ReplyDecoder::finish_call(ChatEvents& events) {
  if (!call_) return;
  const json::object& arguments = call_->arguments.value();
  if (!arguments.empty()) events.tool_arguments(call_->block, json::serialize(arguments));
  call_.reset();
}

// A call whose pieces ran out: its arguments must not look whole, so their last brace is missing.
void ReplyDecoder::break_call(ChatEvents& events) {
  if (!call_) return;
  std::string text = json::serialize(call_->arguments.value());
  text.pop_back();
  events.tool_arguments(call_->block, text);
  call_.reset();
}

// {"id"?,"name","args"?}, or in pieces: a name with willContinue, then partialArgs, then {}.
void ReplyDecoder::take_call(const json::value& call, const std::string& signature,
                             ChatEvents& events) {
  const std::string name = chela::get_string(call, "name");
  const std::string id = chela::get_string(call, "id");
  const auto* whole = chela::find(call, "args");
  const auto* pieces = chela::find(call, "partialArgs");
  const bool is_new = !name.empty() && !(call_ && !id.empty() && call_->id == id);
  if (is_new) {
    finish_call(events);
    begin_call(id, name, events);
  }
  if (!call_) {
    if (whole != nullptr || pieces != nullptr)
      events.error(garbage("a call of a tool has no name"));
    return;
  }
  if (!signature.empty() && !call_->is_signed) {
    events.signature(PartType::tool_call, call_->block, signature);
    call_->is_signed = true;
  }
  if (whole != nullptr && whole->is_object()) call_->arguments.add(whole->get_object());
  if (pieces != nullptr && pieces->is_array()) {
    for (const auto& piece : pieces->get_array()) {
      const auto applied = call_->arguments.apply(piece);
      if (!applied) events.error(garbage(applied.error().message));
    }
  }
  if (!chela::get_bool(call, "willContinue")) finish_call(events);
}

ProviderError ReplyDecoder::early_end() const {
  if (head_.empty()) return cut("the reply is empty");
  if (form_ == Form::json && json_.is_complete()) {
    if (has_candidate_) return cut("the reply has no finishReason");
    return garbage("the reply has no candidates: " + chela::wire::words_of(head_));
  }
  const bool is_stream =
      form_ == Form::events && (has_chunk_ || head_.find("data:") != std::string::npos);
  if (form_ == Form::json || is_stream) return cut("the reply stopped before its finishReason");
  return garbage("the reply is neither a stream nor JSON: " + chela::wire::words_of(head_));
}

void ReplyDecoder::close(ChatEvents& events) {
  const bool has_rest = (form_ == Form::json && !json_.is_complete()) || sse_.has_partial();
  if (finish_reason_.empty() || has_rest) {
    // The same bytes however they were cut.
    std::string_view tail = tail_;
    if (tail.size() > kTailBytes) tail.remove_prefix(tail.size() - kTailBytes);
    if (const auto at = tail.rfind("\n{"); form_ == Form::events && at != tail.npos) {
      const auto bare = chela::parse_json(tail.substr(at));
      const auto* error = bare ? chela::find(*bare, "error") : nullptr;
      if (error != nullptr && error->is_object()) events.error(failure_in_stream(*error));
    }
    events.error(finish_reason_.empty() ? early_end()
                                        : cut("the reply stopped inside its last piece"));
    return;
  }
  if (finish_reason_ == "MAX_TOKENS") break_call(events);
  finish_call(events);
  if (const auto failure = failure_of_finish(finish_reason_, finish_message_)) {
    events.error(*failure);
    return;
  }
  if (finish_reason_ == "MAX_TOKENS") return events.end(StopReason::max_tokens);
  if (finish_reason_ == "CONTINUATION") return events.end(StopReason::paused);
  if (events.is_empty()) {
    events.error(garbage("the model answered nothing (finish reason " + finish_reason_ + ")"));
    return;
  }
  events.end(events.has_tool_calls() ? StopReason::tool_calls : StopReason::end);
}

}  // namespace provider_google
