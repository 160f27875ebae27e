// The facts about keys that review_keys.h looks into.
#pragma once

#include <span>

#include "config/review_keys.h"

namespace chela::config {

std::span<const KeyFact> key_table();

}  // namespace chela::config
