#include "decode.h"

#include <algorithm>

#include "reply_reader.h"
#include "sse.h"
#include "wire.h"

namespace chela::anthropic {
namespace {

constexpr std::size_t kMaxWholeBytes = 64u << 20;
constexpr std::size_t kShownBytes = 2048;

ProviderError garbage(std::string what) {
  return {ProviderCode::garbage, ProviderScope::model, {}, std::move(what)};
}

class Decoder : public ChatDecoder {
 public:
  explicit Decoder(DecodeOptions options) : reply_(options) {}

  void feed(std::string_view bytes, ChatEvents& events) override {
    if (kind_ == Kind::unknown) {
      const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
      if (begin == std::string_view::npos) return;
      bytes.remove_prefix(begin);
      kind_ = bytes.front() == '{' ? Kind::whole : Kind::stream;
    }
    if (kind_ == Kind::whole) {
      if (body_.size() + bytes.size() > kMaxWholeBytes) {
        events.error(garbage("the reply is longer than 64 MiB"));
        return;
      }
      body_ += bytes;
      return;
    }
    if (!has_events_) body_ += bytes.substr(0, kShownBytes - std::min(body_.size(), kShownBytes));
    const bool is_short =
        reader_.feed(bytes, [&](const sse::Event& event) { take(event, events); });
    if (!is_short) events.error(garbage("an event of the stream is longer than 16 MiB"));
  }

  void close(ChatEvents& events) override {
    if (kind_ == Kind::whole) {
      close_whole(events);
      return;
    }
    if (kind_ == Kind::stream && !has_events_ && !looks_like_a_stream())
      events.error(garbage("wanted a stream of events, found: " + wire::words_of(body_)));
    // A stream without message_stop is cut; the caller says so.
  }

 private:
  enum class Kind { unknown, stream, whole };

  void take(const sse::Event& event, ChatEvents& events) {
    has_events_ = true;
    if (events.is_over() || event.data == "[DONE]") return;
    const auto value = parse_json(event.data);
    if (!value || !value->is_object()) {
      events.error(garbage("an event of the stream is no JSON object: " +
                           wire::words_of(event.data.substr(0, kShownBytes))));
      return;
    }
    reply_.take_event(*value, events);
  }

  void close_whole(ChatEvents& events) {
    json::stream_parser parser({}, json::parse_options{.max_depth = 64});
    json::error_code error;
    const std::size_t used = parser.write_some(body_, error);
    if (!error && !parser.done()) return;  // cut
    const bool is_json = !error && body_.find_first_not_of(" \t\r\n", used) == std::string::npos;
    if (!is_json) {
      events.error(garbage("the reply is no JSON: " + wire::words_of(body_)));
      return;
    }
    const json::value message = parser.release();
    if (!internal::has_only_finite_numbers(message)) {
      events.error(garbage("the reply holds a number beyond a double's range"));
      return;
    }
    reply_.take_message(message, events);
  }

  // Nothing but the first lines of a stream that was cut early.
  bool looks_like_a_stream() const {
    constexpr std::string_view kFields[] = {"event:", "data:", "id:", "retry:", ":"};
    return std::any_of(std::begin(kFields), std::end(kFields), [&](std::string_view field) {
      const std::size_t size = std::min(field.size(), body_.size());
      return field.substr(0, size) == std::string_view(body_).substr(0, size);
    });
  }

  ReplyReader reply_;
  sse::Reader reader_;
  std::string body_;  // a whole reply, or how a stream began
  Kind kind_ = Kind::unknown;
  bool has_events_ = false;
};

}  // namespace

std::unique_ptr<ChatDecoder> make_decoder(DecodeOptions options) {
  return std::make_unique<Decoder>(options);
}

}  // namespace chela::anthropic
