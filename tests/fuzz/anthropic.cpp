// Replies of a Messages API: event streams and whole messages that anybody between here and the
// service may have written.
#include <random>
#include <set>

#include "chela/chat_events.h"
#include "decode.h"
#include "explain.h"
#include "fuzz.h"

namespace {

using namespace chela;

// All events of a body that comes in pieces of at most `limit` bytes; cut where it never ended.
json::array decode(std::string_view body, bool has_calls_in_text, std::size_t limit,
                   unsigned seed) {
  const auto decoder = anthropic::make_decoder({has_calls_in_text});
  ChatEvents events("anthropic");
  std::minstd_rand engine(seed);
  while (!body.empty() && !events.is_over()) {
    const std::string_view piece = body.substr(0, 1 + engine() % limit);
    body.remove_prefix(piece.size());
    decoder->feed(piece, events);
  }
  if (!events.is_over()) decoder->close(events);
  if (!events.is_over()) events.error({ProviderCode::cut, ProviderScope::model, {}, "cut"});
  return events.take();
}

void try_reply(std::string_view body, bool has_calls_in_text) {
  const json::array events = decode(body, has_calls_in_text, std::size_t{1} << 30, 1);
  const std::string shown = json::serialize(events);
  fuzz::require(!events.empty(), "every reply has an end");
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::string type = get_string(events[i], "type");
    const bool is_last = type == "end" || type == "error";
    fuzz::require(is_last == (i + 1 == events.size()), "the last event is the end", shown);
  }
  fuzz::require(parse_json(shown).has_value(), "events are JSON", shown);
  fuzz::require(events == decode(body, has_calls_in_text, 1, 1), "byte by byte the same", shown);
  fuzz::require(events == decode(body, has_calls_in_text, 40, 7), "at any cut the same", shown);
  if (get_string(events.back(), "type") != "end") return;
  const auto message = parse_chat_message(events.back().at("message"), "message");
  fuzz::require(message.has_value(), "a message is read back", shown);
  std::set<std::string> ids;
  for (const Part& part : message->content) {
    if (part.type != PartType::tool_call) continue;
    fuzz::require(!part.id.empty() && ids.insert(part.id).second, "calls have ids of their own",
                  shown);
  }
}

void try_error(std::string_view text) {
  const int status = 100 + static_cast<int>(fuzz::choose(text)) * 2;
  const Headers headers{{"date", "Fri, 27 Nov 2026 10:00:00 GMT"},
                        {"retry-after", std::string(fuzz::part_of(text))},
                        {"anthropic-ratelimit-tokens-limit", std::string(fuzz::part_of(text))},
                        {"anthropic-ratelimit-tokens-remaining", "5"},
                        {"anthropic-ratelimit-tokens-reset", std::string(fuzz::part_of(text))}};
  const WireReply reply{status, headers, std::string(text)};
  const ProviderError error = anthropic::explain_reply(reply);
  fuzz::require(!error.message.empty() && is_utf8(error.message), "an error has words",
                error.message);
  fuzz::require(!error.retry_after || *error.retry_after >= Duration(0), "no wait into the past");
  fuzz::require(provider_error(to_json(error)).code == error.code, "codes survive the door");
  for (const RateLimit& limit : anthropic::read_limits(reply)) {
    fuzz::require(limit.limit >= 0 && limit.remaining >= 0, "limits are counts");
    fuzz::require(!limit.resets_in || *limit.resets_in >= Duration(0), "no reset in the past");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const unsigned choice = fuzz::choose(text) % 3;
  if (choice == 2) {
    try_error(text);
  } else {
    try_reply(text, choice == 1);
  }
  return 0;
}
