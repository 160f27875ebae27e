// Reads Gemini's replies: a stream of events, a list of objects or one object.
#pragma once

#include <optional>
#include <string>

#include "chela/provider.h"
#include "json_pieces.h"
#include "partial_arguments.h"
#include "sse.h"

namespace provider_google {

// The stream has no closing word of its own: finishReason says that the answer is whole, and newer
// counts may still follow it. So the end is told when the body is over. [instance-serial]
class ReplyDecoder : public chela::ChatDecoder {
 public:
  void feed(std::string_view bytes, chela::ChatEvents& events) override;
  void close(chela::ChatEvents& events) override;

 private:
  // By the first byte that is no blank: a stream that was asked for may come as JSON and the other
  // way round.
  enum class Form { unknown, events, json, other };

  struct OpenCall {
    std::int64_t block = 0;
    std::string id;
    bool is_signed = false;
    PartialArguments arguments;
  };

  void remember(std::string_view bytes);
  void take_chunk(std::string_view text, chela::ChatEvents& events);
  void take_candidate(const chela::json::value& candidate, chela::ChatEvents& events);
  void take_part(const chela::json::value& part, chela::ChatEvents& events);
  void take_text(const chela::json::value& part, const std::string& signature,
                 chela::ChatEvents& events);
  void take_call(const chela::json::value& call, const std::string& signature,
                 chela::ChatEvents& events);
  void begin_call(const std::string& id, const std::string& name, chela::ChatEvents& events);
  void finish_call(chela::ChatEvents& events);
  void break_call(chela::ChatEvents& events);
  void begin_block(chela::PartType type);
  std::string made_id();
  // Why the body stopped without finishReason.
  chela::ProviderError early_end() const;

  Form form_ = Form::unknown;
  chela::sse::Reader sse_;
  JsonPieces json_;
  std::string head_;  // the first bytes, for what is no reply at all
  std::string tail_;  // the last bytes: an error may stand behind the events as bare JSON

  bool has_chunk_ = false;
  bool has_candidate_ = false;
  std::string reply_id_;
  std::string finish_reason_;
  std::string finish_message_;
  std::int64_t block_ = 0;
  std::optional<chela::PartType> type_;  // of the block that is open
  bool is_signed_ = false;               // that block has its signature
  std::optional<OpenCall> call_;
  int calls_ = 0;
};

}  // namespace provider_google
