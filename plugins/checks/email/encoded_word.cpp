#include "encoded_word.h"

#include <optional>

#include "charset.h"
#include "transfer_encoding.h"
#include "words.h"

namespace check_email {
namespace {

struct Word {
  std::string_view charset;
  std::string bytes;
  std::size_t size = 0;  // of all of it in the text
};

// Takes =?charset*language?B?text?= at the start of `text`.
std::optional<Word> word_at(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const auto charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end == 2 || charset_end + 3 >= text.size() ||
      text[charset_end + 2] != '?')
    return std::nullopt;
  const char encoding = lower_ascii(text[charset_end + 1]);
  const std::size_t begin = charset_end + 3;
  // Some write question marks and blanks as they are; the end is what looks like one.
  const auto end = text.find("?=", begin);
  if (end == std::string_view::npos || (encoding != 'b' && encoding != 'q')) return std::nullopt;
  const auto charset = text.substr(2, charset_end - 2);
  if (charset.find_first_of(" \t\"<>,") != std::string_view::npos) return std::nullopt;
  const auto inner = text.substr(begin, end - begin);
  if (inner.find("=?") != std::string_view::npos) return std::nullopt;
  return Word{charset.substr(0, charset.find('*')),
              encoding == 'b' ? decode_base64(inner) : decode_q(inner), end + 2};
}

bool is_only_blanks(std::string_view text) {
  return trim(text).empty();
}

}  // namespace

std::string decode_words(std::string_view value) {
  std::string text;
  std::string charset, joined;  // of the words that wait to be read
  bool has_word = false;
  const auto flush = [&] {
    if (has_word) text += to_utf8(joined, charset);
    joined.clear();
    has_word = false;
  };
  std::size_t plain = 0;  // where the text before the next word begins
  for (std::size_t at = value.find("=?"); at != std::string_view::npos; at = value.find("=?", at)) {
    const auto word = word_at(value.substr(at));
    if (!word) {
      at += 2;
      continue;
    }
    const auto between = value.substr(plain, at - plain);
    const bool is_neighbour = has_word && is_only_blanks(between);
    if (!is_neighbour || !is_same_word(charset, word->charset)) flush();
    if (!is_neighbour) text += guess_utf8(between);
    charset = word->charset;
    joined += word->bytes;
    has_word = true;
    at += word->size;
    plain = at;
  }
  flush();
  return text + guess_utf8(value.substr(plain));
}

}  // namespace check_email
