// For tests: one reply through a decoder, cut as wanted, as the plugin's door does it.
#pragma once

#include <random>
#include <string>

#include "chela/chat_events.h"
#include "decode.h"

namespace chela::anthropic {

// `piece(size of the rest)` tells how many bytes come next.
template <class Piece>
json::array decode_pieces(std::string_view body, bool is_complete, DecodeOptions options,
                          Piece&& piece) {
  const auto decoder = make_decoder(options);
  ChatEvents events("anthropic");
  json::array all;
  const auto take = [&] {
    for (auto& event : events.take()) all.push_back(std::move(event));
  };
  while (!body.empty() && !events.is_over()) {
    const std::string_view bytes = body.substr(0, piece(body.size()));
    body.remove_prefix(bytes.size());
    decoder->feed(bytes, events);
    take();
  }
  if (!events.is_over() && is_complete) decoder->close(events);
  if (!events.is_over())
    events.error({ProviderCode::cut, ProviderScope::model, {}, "the reply stopped before its end"});
  take();
  return all;
}

inline json::array decode(std::string_view body, bool is_complete = true,
                          DecodeOptions options = {}) {
  return decode_pieces(body, is_complete, options, [](std::size_t rest) { return rest; });
}

inline json::array decode_bytewise(std::string_view body, bool is_complete = true,
                                   DecodeOptions options = {}) {
  return decode_pieces(body, is_complete, options, [](std::size_t) { return std::size_t{1}; });
}

inline json::array decode_randomly(std::string_view body, unsigned seed, bool is_complete = true,
                                   DecodeOptions options = {}) {
  std::mt19937 engine(seed);
  return decode_pieces(body, is_complete, options,
                       [&](std::size_t) { return std::size_t{1} + engine() % 97; });
}

// "end", or the code of the error.
inline std::string ending(const json::array& events) {
  if (events.empty()) return "nothing";
  const auto* error = find(events.back(), "error");
  return error == nullptr ? get_string(events.back(), "type") : get_string(*error, "code");
}

}  // namespace chela::anthropic
