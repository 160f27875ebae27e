// The words of a mail's body, as far as its first bytes tell them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "header.h"

namespace check_email {

// type "text/plain" and parameters with lower-case names; text/plain where it says nothing.
struct ContentType {
  std::string type;
  std::string charset;
  std::string boundary;
};
ContentType parse_content_type(std::string_view value);

// UTF-8 out of the beginning of a body: of a text/plain mail, or of the first text/plain part where
// it lies in these bytes; "" for all else. Foreign words: still to be made safe.
std::string body_words(const std::vector<Field>& header, std::string_view body);

}  // namespace check_email
