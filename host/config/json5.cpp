#include "config/json5.h"

#include <charconv>
#include <cmath>

#include "base/text.h"
#include "chela/utf8.h"
#include "config/json5_text.h"

namespace chela::config {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;
constexpr int kMaxDepth = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Every letter outside ASCII may stand in a name; telling Unicode's letters from its signs is left
// to OpenClaw.
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '\\' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file, int number)
      : text_(text, file), number_(number) {}

  // `at` may be nullptr, here and below: nobody asks where things stand.
  Result<json::value> read(Origin* at) {
    CHELA_TRY(text_.skip_blanks());
    if (at != nullptr) at->key = here();
    CHELA_TRY(auto value, read_value(0, at));
    CHELA_TRY(text_.skip_blanks());
    if (!text_.is_at_end())
      return text_.refuse("something stands after the value", "the end of the file");
    return value;
  }

 private:
  std::uint32_t here() const { return static_cast<std::uint32_t>(text_.offset()); }

  Result<json::value> read_value(int depth, Origin* at) {
    const auto begin = here();
    CHELA_TRY(auto value, read_unplaced(depth, at));
    if (at != nullptr) {
      at->file = number_;
      at->begin = begin;
      at->end = here();
    }
    return value;
  }

  Result<json::value> read_unplaced(int depth, Origin* at) {
    const char c = text_.peek();
    if (c == '{' || c == '[') {
      if (depth >= kMaxDepth)
        return text_.refuse("nested too deeply", "at most 32 levels", "more", text_.offset());
      return c == '{' ? read_object(depth, at) : read_array(depth, at);
    }
    if (c == '"' || c == '\'') {
      CHELA_TRY(auto text, read_string());
      return json::value(text);
    }
    if (is_digit(c) || c == '+' || c == '-' || c == '.' || c == 'I' || c == 'N')
      return read_number();
    return read_word();
  }

  Result<json::value> read_word() {
    const auto start = text_.offset();
    while (starts_name(text_.peek()) || is_digit(text_.peek())) text_.skip(1);
    const auto word = text_.since(start);
    if (word == "true") return json::value(true);
    if (word == "false") return json::value(false);
    if (word == "null") return json::value(nullptr);
    if (word.empty()) return text_.refuse("a value is missing", "a value");
    return text_.refuse("an unknown word", "true, false, null or a text in quotes",
                        base::printable(word, 40), start);
  }

  Result<json::value> read_object(int depth, Origin* at) {
    text_.skip(1);
    json::object object;
    for (;;) {
      CHELA_TRY(text_.skip_blanks());
      if (text_.take("}")) return json::value(std::move(object));
      const auto key_at = here();
      CHELA_TRY(const auto key, read_key());
      CHELA_TRY(text_.skip_blanks());
      if (!text_.take(":")) return text_.refuse("a key has no value", "':'");
      CHELA_TRY(text_.skip_blanks());
      Origin* member = nullptr;
      if (at != nullptr) {
        member = &at->members[key];
        *member = Origin{};
        member->key = key_at;
      }
      CHELA_TRY(auto value, read_value(depth + 1, member));
      object[key] = std::move(value);
      CHELA_TRY(text_.skip_blanks());
      if (!text_.take(",") && text_.peek() != '}')
        return text_.refuse("an object goes on", "',' or '}'");
    }
  }

  Result<json::value> read_array(int depth, Origin* at) {
    text_.skip(1);
    json::array list;
    for (;;) {
      CHELA_TRY(text_.skip_blanks());
      if (text_.take("]")) return json::value(std::move(list));
      Origin* item = nullptr;
      if (at != nullptr) {
        item = &at->items.emplace_back();
        item->key = here();
      }
      CHELA_TRY(auto value, read_value(depth + 1, item));
      list.push_back(std::move(value));
      CHELA_TRY(text_.skip_blanks());
      if (!text_.take(",") && text_.peek() != ']')
        return text_.refuse("a list goes on", "',' or ']'");
    }
  }

  Result<std::string> read_key() {
    if (text_.peek() == '"' || text_.peek() == '\'') return read_string();
    if (!starts_name(text_.peek()))
      return text_.refuse("a key is missing", "a name, a text in quotes or '}'");
    std::string key;
    while (starts_name(text_.peek()) || is_digit(text_.peek())) {
      if (text_.line_end() != 0) break;
      if (text_.peek() != '\\') {
        key += text_.peek();
        text_.skip(1);
        continue;
      }
      text_.skip(1);
      if (!text_.take("u")) return text_.refuse("an escape in a name", "\\uXXXX");
      CHELA_TRY(const auto letter, read_unicode_escape());
      key += to_utf8(letter);
    }
    return key;
  }

  Result<std::string> read_string() {
    const auto start = text_.offset();
    const char quote = text_.peek();
    text_.skip(1);
    std::string text;
    for (;;) {
      if (text_.is_at_end())
        return text_.refuse("a text does not end", std::string(1, quote), "the end of the file",
                            start);
      const char c = text_.peek();
      if (c == '\n' || c == '\r')
        return text_.refuse("a text does not end", std::string(1, quote), "the end of the line",
                            start);
      text_.skip(1);
      if (c == quote) return text;
      if (c != '\\') {
        text += c;
        continue;
      }
      CHELA_TRY(const auto escaped, read_escape());
      text += escaped;
    }
  }

  // What the escape after a backslash stands for; nothing for a line continuation.
  Result<std::string> read_escape() {
    if (const auto bytes = text_.line_end(); bytes != 0) {
      text_.skip(bytes);
      return std::string();
    }
    const char c = text_.peek();
    if (c >= '1' && c <= '9') return text_.refuse("an octal escape", "\\xHH or \\uHHHH");
    if (c == '0' && is_digit(text_.peek(1)))
      return text_.refuse("an octal escape", "\\xHH or \\uHHHH");
    if (text_.is_at_end()) return text_.refuse("an escape is cut short", "a character");
    // Letters of more than one byte stand for themselves; their other bytes follow as plain text.
    text_.skip(1);
    constexpr std::string_view kNames = "bfnrtv0";
    constexpr std::string_view kValues("\b\f\n\r\t\v\0", 7);
    if (const auto known = kNames.find(c); known != std::string_view::npos)
      return std::string(1, kValues[known]);
    if (c == 'x') {
      CHELA_TRY(const auto byte, text_.hex(2));
      return to_utf8(byte);
    }
    if (c != 'u') return std::string(1, c);
    CHELA_TRY(const auto code_point, read_unicode_escape());
    return to_utf8(code_point);
  }

  // After "\u": four digits, or two escapes that make a surrogate pair.
  Result<std::uint32_t> read_unicode_escape() {
    const auto start = text_.offset();
    CHELA_TRY(const auto first, text_.hex(4));
    if (first < 0xd800 || first > 0xdfff) return first;
    const auto lone = [&] {
      return text_.refuse("half of a surrogate pair", "\\uD800-\\uDBFF followed by \\uDC00-\\uDFFF",
                          "one half", start);
    };
    if (first > 0xdbff || !text_.take("\\u")) return lone();
    CHELA_TRY(const auto second, text_.hex(4));
    if (second < 0xdc00 || second > 0xdfff) return lone();
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  Result<json::value> read_number() {
    const auto start = text_.offset();
    const bool is_negative = text_.peek() == '-';
    if (is_negative || text_.peek() == '+') text_.skip(1);
    const auto digits = text_.offset();
    while (is_hex_digit(text_.peek()) || starts_name(text_.peek()) || text_.peek() == '.' ||
           follows_exponent(digits))
      text_.skip(1);
    const auto number = text_.since(digits);
    const auto refuse = [&](const std::string& what, const std::string& wanted) {
      return text_.refuse(what, wanted, base::printable(text_.since(start), 40), start);
    };
    if (number == "Infinity" || number == "NaN")
      return refuse("a number that JSON cannot hold", "a finite number");
    if (number.starts_with("0x") || number.starts_with("0X")) {
      std::uint64_t magnitude = 0;
      const auto* end = number.data() + number.size();
      const auto read = std::from_chars(number.data() + 2, end, magnitude, 16);
      if (read.ptr != end || number.size() == 2)
        return refuse("not a number", "hex digits after 0x");
      if (read.ec != std::errc()) return refuse("the number does not fit", "at most 64 bits");
      return integer(magnitude, is_negative);
    }
    return decimal(number, is_negative, refuse);
  }

  // A sign stands inside a number only behind its exponent: 1e-3, but not 0x1E-3.
  bool follows_exponent(std::size_t digits) const {
    const auto so_far = text_.since(digits);
    const bool is_exponent = (so_far.ends_with('e') || so_far.ends_with('E')) &&
                             !so_far.starts_with("0x") && !so_far.starts_with("0X");
    return is_exponent && (text_.peek() == '-' || text_.peek() == '+');
  }

  template <class Refuse>
  static Result<json::value> decimal(std::string_view number, bool is_negative,
                                     const Refuse& refuse) {
    const bool has_leading_zero = number.size() > 1 && number[0] == '0' && is_digit(number[1]);
    const bool starts_well = is_digit(number.empty() ? 'x' : number[0]) ||
                             (number.size() > 1 && number[0] == '.' && is_digit(number[1]));
    if (!starts_well || has_leading_zero)
      return refuse("not a number", "a number such as 12, -0.5, 1e6 or 0xFF");
    const auto* end = number.data() + number.size();
    std::uint64_t magnitude = 0;
    const auto whole = std::from_chars(number.data(), end, magnitude);
    if (whole.ptr == end && whole.ec == std::errc()) return integer(magnitude, is_negative);
    double value = 0;
    const auto read = std::from_chars(number.data(), end, value);
    if (read.ptr != end) return refuse("not a number", "a number such as 12, -0.5, 1e6 or 0xFF");
    if (read.ec != std::errc() || !std::isfinite(value))
      return refuse("the number does not fit", "a double");
    return json::value(is_negative ? -value : value);
  }

  static json::value integer(std::uint64_t magnitude, bool is_negative) {
    constexpr auto kMax = static_cast<std::uint64_t>(INT64_MAX);
    if (!is_negative)
      return magnitude <= kMax ? json::value(static_cast<std::int64_t>(magnitude))
                               : json::value(magnitude);
    if (magnitude <= kMax + 1) return static_cast<std::int64_t>(~magnitude + 1);
    return -static_cast<double>(magnitude);
  }

  Json5Text text_;
  int number_;
};

Result<json::value> parse(std::string_view text, const std::string& file, int number,
                          Origin* origin) {
  if (text.size() > kMaxBytes) {
    return fail(ErrorCode::invalid_argument,
                file + ": the file is too large; wanted at most 1048576 bytes; found " +
                    std::to_string(text.size()));
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument,
                file + ": not a text; wanted UTF-8 without NUL; found other bytes");
  }
  return Reader(text, file, number).read(origin);
}

}  // namespace

Result<json::value> parse_json5(std::string_view text, const std::string& file) {
  return parse(text, file, 0, nullptr);
}

Result<json::value> parse_json5(std::string_view text, const std::string& file, int number,
                                Origin& origin) {
  origin = Origin{};
  return parse(text, file, number, &origin);
}

}  // namespace chela::config
