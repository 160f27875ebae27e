// One try at one candidate: encode, send, decode, and say how it went.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/failure.h"
#include "models/provider_pool.h"
#include "models/settings.h"
#include "services/http.h"

namespace chela::models {

// One key, ready to be put into a request.
struct Key {
  std::shared_ptr<const void> hold;  // shared with the cache: keeps the bytes of `value`
  std::string_view value;
  std::uint64_t generation = 0;  // another one = other bytes
};

// Where keys come from; implemented by app over services::Secrets.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual boost::asio::awaitable<Result<Key>> get(std::string reference) = 0;
  // The service refused it. True where another get() may give other bytes.
  virtual bool doubt(const std::string& reference, std::uint64_t generation) = 0;
};

// Takes the events of a reply that concern a caller: pieces of content, as chela/chat_events.h
// shows them. Called on the loop; must not throw.
using OnEvent = std::function<void(const json::object& event)>;

struct AttemptRequest {
  const ProviderInfo* provider = nullptr;
  ProviderHandle* handle = nullptr;
  std::string key;      // a reference, "" = none
  json::value request;  // chat request
  OnEvent on_event;     // may be empty
  // Asked before the first piece of content is handed on; false: another try is the answer, this
  // one ends as `cancelled`. Empty: always.
  std::function<bool()> may_speak{};
  // More content than that cannot come of the output that was paid for: the try ends as too_long.
  std::int64_t max_content_bytes = std::int64_t{1} << 40;
};

struct AttemptResult {
  std::optional<Failure> failure;
  bool was_sent = false;                // the service may have seen it, and may charge for it
  bool has_content = false;             // some of it has reached the caller
  std::optional<Duration> first_token;  // from the start of the try
  Usage usage;                          // as far as it was told
  std::int64_t content_bytes = 0;       // of all pieces
  std::optional<ChatMessage> message;   // of a reply that came to its end
  std::string stop;                     // "end", "tool_calls", ..
  std::vector<RateLimit> limits;
  std::uint64_t key_generation = 0;
};

// What one try needs of the world; all outlive it.
struct AttemptTools {
  services::HttpClient& http;
  KeySource& keys;
  const Settings& settings;
  // Known keys and what looks like one out of a service's words, before anything is cut off them.
  std::function<std::string(std::string_view)> redact;
};

// Start-up events are held back until the first piece of content: until then another candidate may
// take over. Cancelling the awaiting coroutine ends the exchange. [loop-thread]
boost::asio::awaitable<AttemptResult> attempt_chat(AttemptTools tools, AttemptRequest request);

// The same for what is no chat: encodes with `op`, sends, gives the whole reply. A status that is
// no success has been explained.
struct PlainReply {
  std::optional<Failure> failure;
  bool was_sent = false;
  std::vector<RateLimit> limits;
  std::uint64_t key_generation = 0;
  int status = 0;
  services::HttpHeaders headers;
  std::string body;
};
boost::asio::awaitable<PlainReply> attempt_plain(AttemptTools tools, AttemptRequest request,
                                                 std::string op);

// What a transport's failure means for the chain.
Failure failure_of(const services::HttpError& error, bool has_content);

}  // namespace chela::models
