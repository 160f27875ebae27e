// Whether and how a model is asked to think.
#pragma once

#include <vector>

#include "messages.h"

namespace chela::anthropic {

// Sets `thinking` and `output_config` in `body`, whose max_tokens stands already. True where the
// model will think. The effort is a wish: thinking is left out where the service would refuse it
// together with what the request demands (a tool that must be called, words put into the
// assistant's mouth, a turn that was begun without thoughts, a max_tokens that is too small).
bool ask_to_think(json::object& body, const ChatRequest& request, const Model& model,
                  const std::vector<Turn>& turns);

}  // namespace chela::anthropic
