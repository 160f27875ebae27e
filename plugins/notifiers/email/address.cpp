#include "address.h"

#include <algorithm>
#include <cctype>

namespace email {
namespace {

bool is_letter_or_digit(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 && std::isalnum(byte) != 0;
}

bool is_local_part(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) ||
                  std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
         });
}

bool is_domain(std::string_view text) {
  return !text.empty() && text.size() <= 253 && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
}

}  // namespace

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
         is_domain(text.substr(at + 1));
}

std::string domain_of(std::string_view address) {
  return std::string(address.substr(address.rfind('@') + 1));
}

}  // namespace email
