// A piece of HTML as the words that a reader would see. Pure.
#pragma once

#include <string>
#include <string_view>

namespace feed {

// Without tags and comments, entities as characters. Titles of RSS are HTML in many feeds and text
// in others, and nothing says which; so a tag is only what is an element of HTML and has its other
// end, attributes, or never an end ("<br>"). All else stays: "a < b", "Vec<T>", "the <dialog>".
std::string plain_from_html(std::string_view html);

}  // namespace feed
