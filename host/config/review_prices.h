// What a model of a family costs and can look at, for judgements only: nobody is billed by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace chela::config {

// USD micros per million output tokens of "provider/model", told by its name; nothing for a name
// that speaks of no family. A model that runs on one's own machine (ollama, lmstudio, vllm) is 0.
std::optional<std::int64_t> family_price(const std::string& ref);

// Tokens of its context window.
std::optional<std::int64_t> family_window(const std::string& ref);

}  // namespace chela::config
