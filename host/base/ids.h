// Short random ids that people can read aloud and type.
#pragma once

#include <cstddef>
#include <string>

namespace chela::base {

// `length` characters of Crockford base 32 in lower case (no i, l, o, u), from the kernel's random
// source.
std::string random_id(std::size_t length = 6);

}  // namespace chela::base
