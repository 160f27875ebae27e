#include "reply_reader.h"

#include "explain.h"
#include "wire.h"

namespace chela::anthropic {
namespace {

// Where the count is told, it replaces what was known.
void read_count(const json::value& usage, std::string_view key, std::int64_t& count) {
  count = std::max<std::int64_t>(0, get_int(usage, key, count));
}

StopReason stop_reason(std::string_view word, bool has_calls) {
  if (word == "max_tokens") return StopReason::max_tokens;
  if (word == "stop_sequence") return StopReason::stop_sequence;
  if (word == "pause_turn") return StopReason::paused;
  if (word == "model_context_window_exceeded") return StopReason::context_window;
  return has_calls ? StopReason::tool_calls : StopReason::end;
}

// {"error":{"type","message"}}, or {"error":"words"}.
ProviderError said_error(const json::value& holder) {
  const auto* error = find(holder, "error");
  if (error == nullptr) return explain_error("", json::serialize(holder), 0);
  if (error->is_string()) return explain_error("", std::string(error->get_string()), 0);
  return explain_error(get_string(*error, "type"), get_string(*error, "message"), 0);
}

}  // namespace

// Puts what stands in a text to where it belongs. Text behind a call is a part of its own, and
// blanks there are none.
class ReplyReader::TextSink : public CallsInText::Sink {
 public:
  TextSink(ReplyReader& reader, Block& block, ChatEvents& events)
      : reader_(reader), block_(block), events_(events) {}

  void on_text(std::string_view piece) override {
    if (block_.text_number < 0) {
      if (piece.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
      block_.text_number = reader_.next_number_++;
    }
    events_.text(block_.text_number, piece);
  }
  void on_call(std::string_view id, std::string_view name) override {
    block_.number = reader_.next_number_++;
    events_.tool_call(block_.number, reader_.unique_id(std::string(id)), name);
    block_.text_number = -1;
  }
  void on_arguments(std::string_view piece) override {
    events_.tool_arguments(block_.number, piece);
  }

 private:
  ReplyReader& reader_;
  Block& block_;
  ChatEvents& events_;
};

void ReplyReader::take_event(const json::value& event, ChatEvents& events) {
  const std::string type = get_string(event, "type");
  const std::int64_t index = get_int(event, "index");
  if (type == "error") {
    events.error(said_error(event));
  } else if (type == "message_start") {
    const auto* message = find(event, "message");
    if (message != nullptr) start(*message, events);
  } else if (type == "content_block_start") {
    const auto* block = find(event, "content_block");
    if (block != nullptr) begin_block(index, *block, events);
  } else if (type == "content_block_delta") {
    const auto* delta = find(event, "delta");
    if (delta != nullptr) take_delta(index, *delta, events);
  } else if (type == "content_block_stop") {
    end_block(index, events);
  } else if (type == "message_delta") {
    read_usage(event, events);
    const auto* delta = find(event, "delta");
    if (delta != nullptr) read_stop(*delta);
  } else if (type == "message_stop") {
    end(events);
  }
}

void ReplyReader::take_message(const json::value& message, ChatEvents& events) {
  const auto* error = find(message, "error");
  if (get_string(message, "type") == "error" || (error != nullptr && !error->is_null())) {
    events.error(said_error(message));
    return;
  }
  const auto* content = find(message, "content");
  if (content == nullptr || !content->is_array()) {
    events.error({ProviderCode::garbage,
                  ProviderScope::model,
                  {},
                  "the reply is JSON, but no message: it has no content"});
    return;
  }
  start(message, events);
  std::int64_t index = 0;
  for (const auto& block : content->get_array()) {
    begin_block(index, block, events);
    end_block(index++, events);
  }
  read_stop(message);
  end(events);
}

void ReplyReader::start(const json::value& message, ChatEvents& events) {
  const std::string id = get_string(message, "id");
  const bool is_anew = has_begun_ && id != message_id_ && !events.is_empty();
  if (is_anew) {
    events.restart();
    blocks_.clear();
    ids_.clear();
  }
  has_begun_ = true;
  message_id_ = id;
  read_usage(message, events);
  events.start(id, get_string(message, "model"));
}

void ReplyReader::begin_block(std::int64_t index, const json::value& block, ChatEvents& events) {
  end_block(index, events);
  if (!has_begun_) start(json::object(), events);
  Block& one = blocks_[index];
  one.number = next_number_++;
  const std::string type = get_string(block, "type");
  if (type == "text") {
    one.type = type;
    one.text_number = one.number;
    add_text(one, get_string(block, "text"), events);
  } else if (type == "thinking") {
    one.type = type;
    events.thinking(one.number, get_string(block, "thinking"));
    events.signature(PartType::thinking, one.number, get_string(block, "signature"));
  } else if (type == "redacted_thinking") {
    one.type = type;
    events.redacted_thinking(one.number, get_string(block, "data"));
  } else if (type == "tool_use") {
    one.type = type;
    if (const auto* input = find(block, "input"); input != nullptr && input->is_object())
      one.input = input->get_object();
    events.tool_call(one.number, unique_id(get_string(block, "id")), get_string(block, "name"));
  }
}

void ReplyReader::take_delta(std::int64_t index, const json::value& delta, ChatEvents& events) {
  const auto found = blocks_.find(index);
  if (found == blocks_.end()) return;
  Block& block = found->second;
  const std::string type = get_string(delta, "type");
  if (block.type == "text" && type == "text_delta") {
    add_text(block, get_string(delta, "text"), events);
  } else if (block.type == "thinking" && type == "thinking_delta") {
    events.thinking(block.number, get_string(delta, "thinking"));
  } else if (block.type == "thinking" && type == "signature_delta") {
    events.signature(PartType::thinking, block.number, get_string(delta, "signature"));
  } else if (block.type == "tool_use" && type == "input_json_delta") {
    const std::string piece = get_string(delta, "partial_json");
    block.has_input_pieces = block.has_input_pieces || !piece.empty();
    events.tool_arguments(block.number, piece);
  }
}

void ReplyReader::end_block(std::int64_t index, ChatEvents& events) {
  const auto found = blocks_.find(index);
  if (found == blocks_.end()) return;
  Block& block = found->second;
  if (block.type == "tool_use" && !block.has_input_pieces && !block.input.empty())
    events.tool_arguments(block.number, json::serialize(block.input));
  if (block.type == "text" && options_.has_calls_in_text) {
    TextSink sink(*this, block, events);
    block.calls.finish(sink);
  }
  blocks_.erase(found);
}

void ReplyReader::add_text(Block& block, std::string_view piece, ChatEvents& events) {
  if (!options_.has_calls_in_text) {
    events.text(block.text_number, piece);
    return;
  }
  TextSink sink(*this, block, events);
  block.calls.feed(piece, sink);
}

std::string ReplyReader::unique_id(std::string id) {
  if (id.empty()) id = "call";
  std::string unique = id;
  int& times = ids_[id];
  while (++times > 1) {
    unique = id + "_" + std::to_string(times);
    if (ids_.try_emplace(unique, 1).second) break;
  }
  return unique;
}

void ReplyReader::read_usage(const json::value& holder, ChatEvents& events) {
  const auto* told = find(holder, "usage");
  if (told == nullptr || !told->is_object()) return;
  Usage usage = events.usage();
  read_count(*told, "input_tokens", usage.input_tokens);
  read_count(*told, "output_tokens", usage.output_tokens);
  read_count(*told, "cache_read_input_tokens", usage.cache_read_tokens);
  std::int64_t written = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens;
  read_count(*told, "cache_creation_input_tokens", written);
  if (const auto* split = find(*told, "cache_creation"); split != nullptr && split->is_object())
    read_count(*split, "ephemeral_1h_input_tokens", usage.cache_write_1h_tokens);
  usage.cache_write_1h_tokens = std::min(usage.cache_write_1h_tokens, written);
  usage.cache_write_5m_tokens = written - usage.cache_write_1h_tokens;
  if (const auto* details = find(*told, "output_tokens_details"); details != nullptr)
    read_count(*details, "thinking_tokens", usage.reasoning_tokens);
  events.set_usage(std::move(usage));
}

void ReplyReader::read_stop(const json::value& holder) {
  stop_reason_ = get_string(holder, "stop_reason", stop_reason_);
  if (const auto* details = find(holder, "stop_details"); details != nullptr)
    explanation_ = get_string(*details, "explanation", explanation_);
}

void ReplyReader::end(ChatEvents& events) {
  while (!blocks_.empty()) end_block(blocks_.begin()->first, events);
  if (!has_begun_) {
    events.error(
        {ProviderCode::garbage, ProviderScope::model, {}, "the reply ended before it had begun"});
    return;
  }
  if (stop_reason_ == "refusal") {
    events.error({ProviderCode::refusal,
                  ProviderScope::request,
                  {},
                  explanation_.empty() ? "the model declines to answer this"
                                       : wire::words_of(explanation_)});
    return;
  }
  events.end(stop_reason(stop_reason_, events.has_tool_calls()));
}

}  // namespace chela::anthropic
