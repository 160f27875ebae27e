// A model's reasoning, kept so that the service that gave it can see it again.
//
// The opaque signature of a thinking part is a JSON text of ours:
//   {"field":"reasoning_content"}   the member of the message that held the words
//   {"details":[{"type":"reasoning.text","text":"..","signature":"..","index":0}]}   OpenRouter's
#pragma once

#include <string>
#include <vector>

#include "chela/chat_events.h"

namespace chela::openai {

// Collects the reasoning of one reply, out of `delta`s of a stream or the message of a whole reply.
class Reasoning {
 public:
  void take(const json::value& delta, ChatEvents& events);
  // Puts the signature to the thinking part; at the end, once.
  void finish(ChatEvents& events) const;

 private:
  void take_details(const json::array& pieces);

  std::string field_;
  json::array details_;
};

// Writes the thinking parts of a message that came from `origin` back into `message`.
void replay_reasoning(const std::vector<Part>& parts, const std::string& origin,
                      json::object& message);

}  // namespace chela::openai
