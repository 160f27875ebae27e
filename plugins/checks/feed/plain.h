// A piece of HTML as the words that a reader would see. Pure.
#pragma once

#include <string>
#include <string_view>

namespace feed {

// Without tags and comments, entities as characters; what is no tag ("a < b") stays. Titles of RSS
// are HTML in many feeds and text in others, and nothing says which.
std::string plain_from_html(std::string_view html);

}  // namespace feed
