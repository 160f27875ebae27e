#include "config/json5_text.h"

#include "base/text.h"
#include "config/origin.h"

namespace chela::config {

bool Json5Text::take(std::string_view token) {
  if (!rest().starts_with(token)) return false;
  at_ += token.size();
  return true;
}

std::size_t Json5Text::line_end() const {
  if (rest().starts_with("\r\n")) return 2;
  if (peek() == '\n' || peek() == '\r') return 1;
  return rest().starts_with("\xE2\x80\xA8") || rest().starts_with("\xE2\x80\xA9") ? 3 : 0;
}

// Bytes of the white space here. Besides ASCII: no-break space, byte order mark and Unicode's space
// separators.
std::size_t Json5Text::blank() const {
  const char c = peek();
  if (c == ' ' || c == '\t' || c == '\v' || c == '\f') return 1;
  if (const auto end = line_end(); end != 0) return end;
  if (rest().starts_with("\xC2\xA0")) return 2;
  for (const auto* space :
       {"\xEF\xBB\xBF", "\xE1\x9A\x80", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"}) {
    if (rest().starts_with(space)) return 3;
  }
  const auto third = static_cast<unsigned char>(peek(2));
  const bool is_en_quad_to_hair = rest().starts_with("\xE2\x80") && third >= 0x80 && third <= 0x8A;
  return is_en_quad_to_hair ? 3 : 0;
}

Result<void> Json5Text::skip_blanks() {
  for (;;) {
    if (const auto bytes = blank(); bytes != 0) {
      at_ += bytes;
    } else if (take("//")) {
      while (!is_at_end() && line_end() == 0) ++at_;
    } else if (rest().starts_with("/*")) {
      const auto end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos)
        return refuse("a comment does not end", "*/", "the end of the file", at_);
      at_ = end + 2;
    } else {
      return {};
    }
  }
}

Result<std::uint32_t> Json5Text::hex(int digits) {
  std::uint32_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = peek();
    const auto digit = std::string_view("0123456789abcdef")
                           .find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (is_at_end() || digit == std::string_view::npos) {
      return refuse("an escape is cut short", std::to_string(digits) + " hex digits");
    }
    value = value * 16 + static_cast<std::uint32_t>(digit);
    ++at_;
  }
  return value;
}

tl::unexpected<Error> Json5Text::refuse(const std::string& what, const std::string& wanted) const {
  const auto here = rest().substr(0, rest().find_first_of("\r\n"));
  const auto found = is_at_end()    ? "the end of the file"
                     : here.empty() ? "the end of the line"
                                    : base::printable(here, 20);
  return refuse(what, wanted, found, at_);
}

tl::unexpected<Error> Json5Text::refuse(const std::string& what, const std::string& wanted,
                                        const std::string& found, std::size_t offset) const {
  return fail(ErrorCode::invalid_argument, where(file_, position_of(text_, offset)) + ": " + what +
                                               "; wanted " + wanted + "; found " + found);
}

std::string to_utf8(std::uint32_t code_point) {
  std::string text;
  const auto add = [&](std::uint32_t byte) {
    text += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0 | code_point >> 6);
    add(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    add(0xe0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  } else {
    add(0xf0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3f));
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  }
  return text;
}

}  // namespace chela::config
