// Reads the reply of a Messages API, as an event stream or whole, into chela's events.
#pragma once

#include <memory>

#include "chela/provider.h"

namespace chela::anthropic {

struct DecodeOptions {
  bool has_calls_in_text = false;  // look for tool calls inside the text (calls_in_text.h)
};

// Which of the two it is, the first byte tells: services answer with the one where the other was
// asked. What is not ours to run (tools of the server, citations, kinds of blocks that are not
// known here) is left out and the rest is kept.
std::unique_ptr<ChatDecoder> make_decoder(DecodeOptions options);

}  // namespace chela::anthropic
