#include "field_signs.h"

#include <algorithm>
#include <array>
#include <optional>

#include "lines.h"

namespace chela::markdown {
namespace {

enum class EmojiValue { none, date, ids, word, text };
struct Emoji {
  std::string_view sign;
  std::string_view key;
  EmojiValue takes;
  std::string_view value;  // of a sign that takes none
};
// Priorities with the sign that we write first.
constexpr std::array kEmoji = {
    Emoji{"⏫", "priority", EmojiValue::none, "high"},
    Emoji{"🔺", "priority", EmojiValue::none, "high"},
    Emoji{"🔼", "priority", EmojiValue::none, "medium"},
    Emoji{"🔽", "priority", EmojiValue::none, "low"},
    Emoji{"⏬", "priority", EmojiValue::none, "low"},
    Emoji{"🆔", "id", EmojiValue::ids, ""},
    Emoji{"⛔", "depends", EmojiValue::ids, ""},
    Emoji{"➕", "created", EmojiValue::date, ""},
    Emoji{"✅", "completion", EmojiValue::date, ""},
    Emoji{"📅", "due", EmojiValue::date, ""},
    Emoji{"📆", "due", EmojiValue::date, ""},
    Emoji{"⏳", "scheduled", EmojiValue::date, ""},
    Emoji{"🛫", "start", EmojiValue::date, ""},
    Emoji{"❌", "cancelled", EmojiValue::date, ""},
    Emoji{"🔁", "repeat", EmojiValue::text, ""},
    Emoji{"🏁", "on_completion", EmojiValue::word, ""},
};

constexpr std::array<std::array<std::string_view, 2>, 15> kKnownKeys = {{
    {"id", "id"},
    {"priority", "priority"},
    {"needs", "needs"},
    {"owner", "owner"},
    {"created", "created"},
    {"updated", "updated"},
    {"completion", "completion"},
    {"completed", "completion"},
    {"due", "due"},
    {"scheduled", "scheduled"},
    {"start", "start"},
    {"cancelled", "cancelled"},
    {"dependson", "depends"},
    {"depends", "depends"},
    {"repeat", "repeat"},
}};

const Emoji* emoji_at(std::string_view text, std::size_t at) {
  if (static_cast<unsigned char>(text[at]) < 0x80) return nullptr;
  const auto found = std::find_if(kEmoji.begin(), kEmoji.end(), [&](const Emoji& emoji) {
    return text.substr(at, emoji.sign.size()) == emoji.sign;
  });
  return found == kEmoji.end() ? nullptr : &*found;
}

// Blanks, no-break spaces and variation selectors, which editors put behind an emoji.
std::size_t skip_emoji_gap(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_space(text[at])) {
      at += 1;
    } else if (text.substr(at, 2) == "\xC2\xA0") {
      at += 2;
    } else if (text.substr(at, 3) == "\xEF\xB8\x8F") {
      at += 3;
    } else {
      break;
    }
  }
  return at;
}

std::size_t date_end(std::string_view text, std::size_t at) {
  constexpr std::string_view kShape = "0000-00-00";
  if (text.size() - at < kShape.size()) return at;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[at + i];
    if (kShape[i] == '-' ? c != '-' : c < '0' || c > '9') return at;
  }
  return at + kShape.size();
}

// One id, or several with commas; prose that happens to follow the sign ("⛔ no entry") is refused.
std::size_t ids_end(std::string_view text, std::size_t at, bool many) {
  const std::size_t begin = at;
  while (at < text.size() && (is_id_char(text[at]) || (many && text[at] == ','))) ++at;
  if (at == begin || !many) return at;
  std::size_t behind = skip_emoji_gap(text, at);
  while (behind < text.size() && text[behind] == '\\') behind = skip_emoji_gap(text, behind + 1);
  if (behind >= text.size()) return at;
  const char c = text[behind];
  const bool field_follows =
      c == '[' || c == '(' || c == '#' || static_cast<unsigned char>(c) >= 0x80;
  return field_follows ? at : begin;
}

std::optional<Field> emoji_field(std::string_view text, std::size_t at) {
  const Emoji* emoji = emoji_at(text, at);
  if (emoji == nullptr) return std::nullopt;
  Field field{std::string(emoji->key), std::string(emoji->value), FieldStyle::emoji, at, 0, at, 0};
  const std::size_t behind = at + emoji->sign.size();
  if (emoji->takes == EmojiValue::none) {
    field.value_end = behind;
    field.end = text.substr(behind, 3) == "\xEF\xB8\x8F" ? behind + 3 : behind;
    return field;
  }
  const std::size_t begin = skip_emoji_gap(text, behind);
  std::size_t end = begin;
  if (begin < text.size()) {
    if (emoji->takes == EmojiValue::date) end = date_end(text, begin);
    if (emoji->takes == EmojiValue::ids) end = ids_end(text, begin, emoji->key == "depends");
    if (emoji->takes == EmojiValue::word) end = ids_end(text, begin, false);
    if (emoji->takes == EmojiValue::text) {
      const std::size_t limit = std::min(text.size(), begin + kMaxField);
      while (end < limit && text[end] != '[' && text[end] != '(' && text[end] != '`' &&
             text[end] != '\\' && text[end] != '<' && emoji_at(text, end) == nullptr) {
        ++end;
      }
      while (end > begin && is_space(text[end - 1])) --end;
    }
  }
  if (end == begin) return std::nullopt;
  field.value = text.substr(begin, end - begin);
  field.value_begin = begin;
  field.value_end = field.end = end;
  return field;
}

std::string_view known_key(std::string_view key) {
  const std::string lower = lower_ascii(key);
  for (const auto& [spelling, house] : kKnownKeys) {
    if (spelling == lower) return house;
  }
  return "";
}

// `[key:: value]` or `(key:: value)`. A key that we do not know needs a blank behind the colons,
// and no link target behind the bracket: `[std::vector](url)` is prose.
std::optional<Field> dataview_field(std::string_view text, std::size_t at) {
  const char open = text[at];
  if (open != '[' && open != '(') return std::nullopt;
  const char close = open == '[' ? ']' : ')';
  std::size_t key_end = at + 1;
  while (key_end < text.size() &&
         (is_id_char(text[key_end]) || static_cast<unsigned char>(text[key_end]) >= 0x80)) {
    ++key_end;
  }
  if (key_end == at + 1 || text.substr(key_end, 2) != "::") return std::nullopt;
  std::size_t end = key_end + 2;
  for (int depth = 1;; ++end) {
    if (end >= text.size() || end - at > kMaxField) return std::nullopt;
    if (text[end] == open) ++depth;
    if (text[end] == close && --depth == 0) break;
  }
  const std::string_view key = text.substr(at + 1, key_end - at - 1);
  const std::string_view raw = text.substr(key_end + 2, end - key_end - 2);
  const std::string_view known = known_key(key);
  const bool is_link = open == '[' && text.substr(end + 1, 1) == "(";
  if (known.empty() && (is_link || raw.empty() || !is_space(raw.front()))) return std::nullopt;
  const std::string_view value = trim(raw);
  const std::size_t value_begin = key_end + 2 + std::min(indent_bytes(raw), raw.size());
  return Field{std::string(known.empty() ? key : known),
               std::string(value),
               FieldStyle::dataview,
               at,
               end + 1,
               value_begin,
               value_begin + value.size()};
}

}  // namespace

bool is_id_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_';
}

std::size_t run_end(std::string_view text, std::size_t at) {
  const auto found = text.find_first_not_of(text[at], at);
  return found == std::string_view::npos ? text.size() : found;
}

// One past the code span that opens at `at`, or `at` where the backticks have no partner.
std::size_t code_span_end(std::string_view text, std::size_t at) {
  const std::size_t length = run_end(text, at) - at;
  for (std::size_t i = at + length; i < text.size();) {
    i = text.find('`', i);
    if (i == std::string_view::npos) break;
    const std::size_t behind = run_end(text, i);
    if (behind - i == length) return behind;
    i = behind;
  }
  return at;
}

// What opens at `at` if nothing escapes it.
Found special_at(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '`': {
      const std::size_t end = code_span_end(text, at);
      if (end == at) return {Special::lone_backticks, run_end(text, at)};
      return {Special::code, end};
    }
    case '<': {
      if (text.substr(at, 4) != "<!--") return {};
      const auto close = text.substr(0, at + kMaxField).find("-->", at + 4);
      if (close == std::string_view::npos) return {};
      return {Special::comment, close + 3};
    }
    case '[':
    case '(':
      if (auto field = dataview_field(text, at))
        return {Special::field, field->end, std::move(*field)};
      return {};
    default:
      if (auto field = emoji_field(text, at))
        return {Special::field, field->end, std::move(*field)};
      return {};
  }
}

std::size_t sign_bytes(std::string_view text, std::size_t at) {
  const Emoji* emoji = emoji_at(text, at);
  return emoji == nullptr ? 1 : emoji->sign.size();
}

// What a backslash can stand before: whatever may open a field, a comment or a code span.
bool is_escapable(std::string_view text, std::size_t at) {
  return at < text.size() && (std::string_view("[(<`").find(text[at]) != std::string_view::npos ||
                              emoji_at(text, at) != nullptr);
}

std::string emoji_for(std::string_view key, std::string_view value) {
  for (const auto& emoji : kEmoji) {
    if (emoji.key != key) continue;
    if (emoji.takes != EmojiValue::none) return std::string(emoji.sign);
    if (emoji.value == value) return std::string(emoji.sign);
  }
  return "";
}

}  // namespace chela::markdown
