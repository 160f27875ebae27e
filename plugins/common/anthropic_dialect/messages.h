// The messages of a conversation as blocks of the Messages API.
#pragma once

#include <string_view>
#include <vector>

#include "chela/chat.h"
#include "models.h"

namespace chela::anthropic {

// One message on the wire; two of the same role never follow each other.
struct Turn {
  bool is_assistant = false;
  json::array blocks{};
};

// Thoughts stay where their origin is `origin` and the model can think; blank texts are left out;
// results of tools stand before all else of their turn.
// invalid_argument: an image of a kind that the service does not take, nothing but blanks.
Result<std::vector<Turn>> write_turns(const std::vector<ChatMessage>& messages, const Model& model,
                                      std::string_view origin);

// {"type":"text",..}, with a cache mark where the part has one.
json::object text_block(const Part& part);

void mark_cache(json::object& block, const std::string& cache);

// At most four marks, the later ones, and none of an hour behind one of five minutes: that is what
// the service takes. In the prompt's order: tools, system, messages.
void limit_cache_marks(json::object& body);

bool is_blank(std::string_view text);

}  // namespace chela::anthropic
