// The state of one reply: takes the events of a Messages API one by one, or a whole message.
#pragma once

#include <map>
#include <string>

#include "calls_in_text.h"
#include "chela/chat_events.h"
#include "decode.h"

namespace chela::anthropic {

// [instance-serial]
class ReplyReader {
 public:
  explicit ReplyReader(DecodeOptions options) : options_(options) {}

  // One event of the stream: {"type":"content_block_delta",..}.
  void take_event(const json::value& event, ChatEvents& events);
  // {"type":"message",..} or {"type":"error",..}.
  void take_message(const json::value& message, ChatEvents& events);

 private:
  // What is going on in one block of the service's.
  struct Block {
    std::string type{};    // "" for one that is left out
    json::object input{};  // of a tool call, where it came with its beginning
    bool has_input_pieces = false;
    std::int64_t number = 0;        // of its part
    CallsInText calls{};            // of a text
    std::int64_t text_number = -1;  // of the part that its text goes to; -1: a new one
  };
  class TextSink;

  void start(const json::value& message, ChatEvents& events);
  void begin_block(std::int64_t index, const json::value& block, ChatEvents& events);
  void take_delta(std::int64_t index, const json::value& delta, ChatEvents& events);
  void end_block(std::int64_t index, ChatEvents& events);
  void add_text(Block& block, std::string_view piece, ChatEvents& events);
  // No two calls of a message have one id; an empty one is made up.
  std::string unique_id(std::string id);
  void read_usage(const json::value& holder, ChatEvents& events);
  void read_stop(const json::value& holder);
  void end(ChatEvents& events);

  DecodeOptions options_;
  std::map<std::int64_t, Block> blocks_;  // by the service's index
  std::string message_id_;
  std::string stop_reason_;
  std::string explanation_;         // of a refusal
  std::map<std::string, int> ids_;  // of this message's calls: how often each came
  // Parts get numbers of ours: the service's begin anew with its message, and some services give
  // all blocks the same.
  std::int64_t next_number_ = 0;
  bool has_begun_ = false;
};

}  // namespace chela::anthropic
