// Files that go along with a question: text as text, images as images.
#pragma once

#include <string>

#include "chela/chat.h"
#include "chela/result.h"

namespace chela::cli {

// At most 1 MiB of UTF-8; its name stands before it.
Result<Part> text_part(const std::string& file);
// PNG, JPEG, GIF or WebP by their first bytes, at most 8 MiB.
Result<Part> image_part(const std::string& file);

// "image/png", "" for what is none of the four.
std::string image_type(std::string_view bytes);
std::string base64(std::string_view bytes);

}  // namespace chela::cli
