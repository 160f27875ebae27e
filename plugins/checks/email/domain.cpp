#include "domain.h"

#include <cstdint>
#include <optional>

#include "chela/utf8.h"
#include "words.h"

namespace check_email {
namespace {

// Lower case of the alphabets that domains are mostly written in; what is left out compares as it
// is, so that at worst an address is not recognised.
char32_t lower(char32_t c) {
  if (c < 0x80) return static_cast<unsigned char>(lower_ascii(static_cast<char>(c)));
  const bool is_latin = (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
                        (c >= 0x410 && c <= 0x42f);
  if (is_latin) return c + 32;
  if (c >= 0x400 && c <= 0x40f) return c + 80;
  // In Latin Extended-A small letters follow their capitals, but where the row is shifted by one.
  if (c == 0x130 || c == 0x178) return c == 0x178 ? 0xff : c;
  const bool is_shifted = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (c >= 0x100 && c <= 0x17e && c != 0x138 && c != 0x149) {
    if ((c % 2 == 1) == is_shifted) return c + 1;
  }
  return c;
}

std::optional<std::u32string> code_points(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const auto size = chela::utf8_sequence(text);
    if (size == 0) return std::nullopt;
    const auto lead = static_cast<unsigned char>(text[0]);
    char32_t c = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t k = 1; k < size; ++k)
      c = (c << 6) | (static_cast<unsigned char>(text[k]) & 0x3fu);
    points += lower(c);
    text.remove_prefix(size);
  }
  return points;
}

char digit(std::uint32_t d) {
  return static_cast<char>(d < 26 ? 'a' + d : '0' + (d - 26));
}

std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool is_first) {
  delta = is_first ? delta / 700 : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

// RFC 3492. A label has at most 63 letters, so that nothing overflows.
std::string punycode(const std::u32string& label) {
  std::string out;
  for (const char32_t c : label) {
    if (c < 0x80) out += static_cast<char>(c);
  }
  auto handled = static_cast<std::uint32_t>(out.size());
  const std::uint32_t basic = handled;
  if (basic > 0) out += '-';
  std::uint32_t n = 0x80, delta = 0, bias = 72;
  while (handled < label.size()) {
    char32_t next = 0x110000;
    for (const char32_t c : label) {
      if (c >= n && c < next) next = c;
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (const char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      std::uint32_t q = delta;
      for (std::uint32_t k = 36;; k += 36) {
        const std::uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (q < t) break;
        out += digit(t + (q - t) % (36 - t));
        q = (q - t) / (36 - t);
      }
      out += digit(q);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return out;
}

// One label; "" where it is none.
std::string ascii_label(const std::u32string& label) {
  if (label.empty() || label.size() > 63) return "";
  std::string text;
  bool is_plain = true;
  for (const char32_t c : label) {
    is_plain = is_plain && c < 0x80;
    if (c <= ' ' || c == 0x7f ||
        (c < 0x80 &&
         std::string_view("()<>,;:\\\"@[]/").find(static_cast<char>(c)) != std::string_view::npos))
      return "";
    if (c < 0x80) text += static_cast<char>(c);
  }
  if (!is_plain) text = "xn--" + punycode(label);
  return text.size() > 63 ? "" : text;
}

}  // namespace

std::string ascii_domain(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 1000) return "";
  const auto points = code_points(name);
  if (!points) return "";
  std::string domain;
  std::u32string label;
  for (std::size_t i = 0; i <= points->size(); ++i) {
    const bool is_end = i == points->size();
    // The full stops of East Asia separate labels too.
    const char32_t c = is_end ? U'.' : (*points)[i];
    if (c != U'.' && c != 0x3002 && c != 0xff0e && c != 0xff61) {
      label += c;
      continue;
    }
    const std::string ascii = ascii_label(label);
    if (ascii.empty()) return "";
    domain += (domain.empty() ? "" : ".") + ascii;
    label.clear();
  }
  return domain.size() > 253 ? "" : domain;
}

bool is_below(std::string_view name, std::string_view upper) {
  return upper.find('.') != std::string_view::npos && name.size() > upper.size() + 1 &&
         name.ends_with(upper) && name[name.size() - upper.size() - 1] == '.';
}

}  // namespace check_email
