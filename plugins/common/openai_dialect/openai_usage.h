// Reads what a reply says about tokens and money.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "chela/chat.h"

namespace chela::openai {

// `usage` is the object of that name. The API counts cached tokens into prompt_tokens; here they
// are taken out. Some services count reasoning into completion_tokens and some beside it: the total
// tells which.
Usage usage_of(const json::value& usage);

// The number at a path of members, as a plain decimal and digit by digit as it stands in `text`
// (valid JSON, an object): 0.00007159 stays that, 7e-5 becomes 0.00007. "" where there is none, or
// it is negative, or beyond 30 places.
std::string decimal_at(std::string_view text, std::initializer_list<std::string_view> path);

}  // namespace chela::openai
