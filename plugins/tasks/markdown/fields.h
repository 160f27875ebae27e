// What stands behind the box of a task line: a title, Dataview fields `[key:: value]`, and emoji
// fields.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chela::markdown {

enum class FieldStyle { dataview, emoji };

// One field as it stands in the text; offsets are bytes within the scanned text.
struct Field {
  std::string key;  // house spelling for those we know (id, priority, due, ...), else as written
  std::string value;
  FieldStyle style = FieldStyle::dataview;
  std::size_t begin = 0;        // the opening bracket or the emoji
  std::size_t end = 0;          // one past the closing bracket or the value
  std::size_t value_begin = 0;  // where `value` stands; for a priority emoji the emoji itself
  std::size_t value_end = 0;
};

struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The text of a task line after its box, taken apart. Code spans are title text whatever they hold;
// inline HTML comments and a final Obsidian block reference (`^abc`) are neither title nor field.
struct LineText {
  std::string title;                  // pieces joined by one blank, escapes resolved
  std::vector<TextSpan> title_spans;  // the pieces as they stand
  std::vector<Field> fields;          // in order, unknown keys included
  std::size_t append_at =
      0;  // where a further field goes: before trailing blanks and a block reference

  const Field* find(std::string_view key) const;  // the first of that key, or nullptr
  bool has_style(FieldStyle style) const;
};

// Field formats: Dataview and "Tasks Emoji Format" of the Obsidian Tasks plugin. Never fails.
LineText scan_line_text(std::string_view text);

// `title` as it must be written so that scan_line_text gives it back: line ends and control
// characters but tabs become blanks, and whatever would read as a field, a comment or half a code
// span gets a backslash.
std::string escape_title(std::string_view title);

// The title as a reader will see it again after escape_title.
std::string readable_title(std::string_view title);

// The emoji that carries this key and value ("priority" "high" -> "⏫", "id" -> "🆔"), or "" where
// there is none.
std::string emoji_for(std::string_view key, std::string_view value);

// "high", "medium", "low" or "none" for what people write ("highest", "urgent", "HIGH", ...);
// "none" otherwise.
std::string canonical_priority(std::string_view value);

// True where a value can stand in a field: not empty, no brackets, blanks at the ends, backticks or
// control characters.
bool is_field_value(std::string_view value);

std::string lower_ascii(std::string_view text);

}  // namespace chela::markdown
