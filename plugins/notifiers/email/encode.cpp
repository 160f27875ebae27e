#include "encode.h"

#include <chela/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace email {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) {
      const bool is_filled = i + k <= bytes.size();
      out += is_filled ? kAlphabet[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

bool is_plain(std::string_view text) {
  return text.find("=?") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string header_text(std::string_view text, std::size_t used) {
  const std::string clean = chela::replace_invalid_utf8(text);
  if (is_plain(clean) && used + clean.size() <= 78) return clean;
  constexpr std::size_t kBytesPerWord = 39;  // 52 characters of base64, and 12 around them
  std::string out;
  for (std::string_view rest = clean; !rest.empty();) {
    std::size_t size = 0;
    while (size < rest.size()) {
      const std::size_t next = std::max<std::size_t>(1, chela::utf8_sequence(rest.substr(size)));
      if (size + next > kBytesPerWord) break;
      size += next;
    }
    out += (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + base64(rest.substr(0, size)) + "?=");
    rest.remove_prefix(size);
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    const bool is_literal =
        (byte > 0x20 && byte < 0x7f && byte != '=') || (byte == ' ' && !ends_line);
    std::array<char, 8> piece{static_cast<char>(byte)};
    std::size_t size = 1;
    if (!is_literal)
      size = static_cast<std::size_t>(std::snprintf(piece.data(), piece.size(), "=%02X", byte));
    if (column + size > 75) {
      out += "=\r\n";
      column = 0;
    }
    out.append(piece.data(), size);
    column += size;
  }
  return column == 0 ? out : out + "\r\n";
}

std::string mail_date(chela::Timestamp time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time - day).count();
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  return text.data();
}

}  // namespace email
