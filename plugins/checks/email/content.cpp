#include "content.h"

#include "charset.h"
#include "transfer_encoding.h"
#include "words.h"

namespace check_email {
namespace {

constexpr int kMaxDepth = 4;

// Up to the next semicolon outside of quotation marks, taken off; quotes are gone.
std::string take_part(std::string_view& rest) {
  std::string part;
  bool is_quoted = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      is_quoted = !is_quoted;
    } else if (rest[i] == '\\' && is_quoted && i + 1 < rest.size()) {
      part += rest[++i];
    } else if (rest[i] == ';' && !is_quoted) {
      break;
    } else {
      part += rest[i];
    }
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return std::string(trim(part));
}

std::string decode_text(const std::vector<Field>& header, std::string_view body,
                        const ContentType& content) {
  const auto encoding = trim(find_first(header, "content-transfer-encoding"));
  std::string bytes(body);
  if (is_same_word(encoding, "base64")) bytes = decode_base64(body);
  if (is_same_word(encoding, "quoted-printable")) bytes = decode_quoted_printable(body);
  return content.charset.empty() ? guess_utf8(bytes) : to_utf8(bytes, content.charset);
}

// The end of the header and the beginning of the body of one part.
std::size_t body_begin(std::string_view part) {
  if (part.starts_with("\r\n")) return 2;
  if (part.starts_with("\n")) return 1;
  const auto wide = part.find("\r\n\r\n"), narrow = part.find("\n\n");
  if (wide < narrow) return wide + 4;
  return narrow == std::string_view::npos ? part.size() : narrow + 2;
}

std::string words_of(const std::vector<Field>& header, std::string_view body, int depth) {
  const ContentType content = parse_content_type(find_first(header, "content-type"));
  if (content.type == "text/plain") return decode_text(header, body, content);
  if (!content.type.starts_with("multipart/") || content.boundary.empty() || depth == kMaxDepth)
    return "";
  const std::string mark = "--" + content.boundary;
  for (auto at = body.find(mark); at != std::string_view::npos;) {
    const auto line_end = body.find('\n', at);
    if (line_end == std::string_view::npos || body.substr(at + mark.size()).starts_with("--"))
      return "";
    const auto next = body.find("\n" + mark, line_end);
    const auto part =
        body.substr(line_end + 1,
                    next == std::string_view::npos ? std::string_view::npos : next - line_end - 1);
    const auto words = words_of(parse_header(part), part.substr(body_begin(part)), depth + 1);
    if (!words.empty()) return words;
    at = next == std::string_view::npos ? next : next + 1;
  }
  return "";
}

}  // namespace

ContentType parse_content_type(std::string_view value) {
  ContentType content;
  content.type = lower_ascii(take_part(value));
  if (content.type.empty()) content.type = "text/plain";
  while (!value.empty()) {
    const std::string part = take_part(value);
    const auto equals = part.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = lower_ascii(trim(std::string_view(part).substr(0, equals)));
    const std::string text(trim(std::string_view(part).substr(equals + 1)));
    if (name == "charset") content.charset = text;
    if (name == "boundary") content.boundary = text;
  }
  return content;
}

std::string body_words(const std::vector<Field>& header, std::string_view body) {
  return words_of(header, body, 0);
}

}  // namespace check_email
