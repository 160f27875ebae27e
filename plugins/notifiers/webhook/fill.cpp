#include "fill.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "body.h"
#include "words.h"

namespace webhook {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr std::string_view kSecret = "{{secret:token}}";
constexpr std::string_view kNames[] = {"title", "text", "severity", "message_id", "lines"};
constexpr std::size_t kTextBytes = 3000;

// What stands in a string at one place.
struct Piece {
  enum class Kind { text, name, secret } kind;
  std::string_view text;  // of a name, without its braces
};

// Takes the next piece off the front of `rest`.
chela::Result<Piece> next_piece(std::string_view& rest) {
  const auto take = [&](std::size_t size) {
    const auto piece = rest.substr(0, size);
    rest.remove_prefix(size);
    return piece;
  };
  if (rest.starts_with(kSecret)) return Piece{Piece::Kind::secret, take(kSecret.size())};
  if (rest.starts_with("{{secret:"))
    return fail(ErrorCode::invalid_argument,
                "the only secret that may stand there is " + std::string(kSecret));
  if (rest.starts_with("{{") || rest.starts_with("}}"))
    return Piece{Piece::Kind::text, take(2).substr(1)};
  if (rest.front() == '{') {
    const auto end = rest.find('}');
    const auto name = end == std::string_view::npos ? rest.substr(1) : rest.substr(1, end - 1);
    const auto found = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    if (end == std::string_view::npos ||
        std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) {
      return fail(ErrorCode::invalid_argument,
                  "'" + notify::cut(found, 40) +
                      "' is none of {title} {text} {severity} {message_id} {lines}; a brace of its "
                      "own is written {{ or }}");
    }
    take(end + 1);
    return Piece{Piece::Kind::name, name};
  }
  if (rest.front() == '}') return Piece{Piece::Kind::text, take(1)};
  return Piece{Piece::Kind::text, take(std::min(rest.find_first_of("{}"), rest.size()))};
}

chela::Result<void> check_value(const json::value& value, const std::string& where) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object)
      CHELA_TRY(check_value(member, where + "." + std::string(key)));
  }
  if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      CHELA_TRY(check_value((*array)[i], where + "." + std::to_string(i)));
  }
  if (!value.is_string()) return {};
  std::string_view rest = value.get_string();
  while (!rest.empty()) {
    const auto piece = next_piece(rest);
    if (!piece)
      // In backticks: "template.token: 'x'" would look like a secret to the host.
      return fail(piece.error().code, "`" + where + "`: " + piece.error().message);
  }
  return {};
}

struct Words {
  const chela::Message& message;
  bool parts_braces;

  std::string of(std::string_view name) const {
    std::string text;
    if (name == "title") text = notify::headline(message);
    if (name == "text" || name == "lines") text = message.text(kTextBytes);
    if (name == "severity") text = message.severity;
    if (name == "message_id") text = message.id;
    return safe(std::move(text));
  }
  std::string safe(std::string text) const {
    for (std::size_t at = text.find("{{"); parts_braces && at != std::string::npos;
         at = text.find("{{", at + 1))
      text.insert(at + 1, " ");
    return text;
  }
  json::value list() const {
    json::array lines = lines_of(message);
    for (auto& line : lines) {
      for (auto& [key, value] : line.as_object()) value = safe(std::string(value.as_string()));
    }
    return lines;
  }
};

json::value fill_string(std::string_view text, const Words& words) {
  if (text == "{lines}") return words.list();
  std::string out;
  while (!text.empty()) {
    const auto piece = next_piece(text);
    if (!piece) break;  // check_template() has seen it before
    out += piece->kind == Piece::Kind::name ? words.of(piece->text) : std::string(piece->text);
  }
  return json::value(json::string(out));
}

json::value fill_value(const json::value& value, const Words& words) {
  if (value.is_string()) return fill_string(value.get_string(), words);
  json::value out = value;
  if (auto* object = out.if_object()) {
    for (auto& [key, member] : *object) member = fill_value(member, words);
  }
  if (auto* array = out.if_array()) {
    for (auto& member : *array) member = fill_value(member, words);
  }
  return out;
}

}  // namespace

chela::Result<void> check_template(const json::object& shape) {
  return check_value(shape, "template");
}

bool has_secret(const json::value& shape) {
  return json::serialize(shape).find(kSecret) != std::string::npos;
}

json::value fill_template(const json::object& shape, const chela::Message& message) {
  return fill_value(shape, Words{message, has_secret(shape)});
}

}  // namespace webhook
