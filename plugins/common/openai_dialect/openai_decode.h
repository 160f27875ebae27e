// Reads a reply of Chat Completions, streaming or whole, whichever came.
#pragma once

#include <string>

#include "openai_calls.h"
#include "openai_reasoning.h"
#include "openai_service.h"
#include "sse.h"

namespace chela::openai {

// The one choice of a reply, as it grows.
class Choice {
 public:
  // One of `choices`, with a `delta` (a piece) or a `message` (the whole).
  void take(const json::value& choice, ChatEvents& events);
  bool has_finished() const { return !finish_reason_.empty(); }
  // Whether nothing has been said so far, told or held back.
  bool is_empty(const ChatEvents& events) const {
    return events.is_empty() && calls_.is_empty() && refusal_.empty();
  }
  // The reply is over: end, or the error that its finish_reason means.
  void end(ChatEvents& events);

 private:
  void take_content(const json::value& content, ChatEvents& events);

  Reasoning reasoning_;
  CallJoiner calls_;
  std::string refusal_;
  std::string finish_reason_;
  bool has_stop_sequence_ = false;
};

// A stream ends well by [DONE] after some content, or by a finish_reason before its proper end: the
// usage may come between the two, and [DONE] is not sent by all. What ends otherwise was cut.
class ReplyDecoder final : public ChatDecoder {
 public:
  explicit ReplyDecoder(const Service& service)
      : is_openrouter_(service.host == Host::openrouter) {}

  void feed(std::string_view bytes, ChatEvents& events) override;
  void close(ChatEvents& events) override;

 private:
  enum class Shape { unknown, stream, whole };

  void take_event(const sse::Event& event, ChatEvents& events);
  void take_document(const json::value& document, std::string_view text, ChatEvents& events);
  void close_whole(ChatEvents& events);

  const bool is_openrouter_;
  Shape shape_ = Shape::unknown;
  sse::Reader reader_;
  std::string whole_;
  Choice choice_;
  bool is_closing_ = false;
};

}  // namespace chela::openai
