// Names of mail domains, in the one form in which they can be compared.
#pragma once

#include <string>
#include <string_view>

namespace check_email {

// Lower case, labels beyond ASCII as A-labels (xn--), no dot at the end. "" where it is no name:
// broken UTF-8, blanks, empty or overlong labels.
std::string ascii_domain(std::string_view name);

// "news.example.org" is below "example.org"; the upper one must have two labels at least.
bool is_below(std::string_view name, std::string_view upper);

}  // namespace check_email
