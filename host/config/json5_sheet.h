// The text of a JSON5 file that is changed at a few places: comments, order and style of the rest
// stay.
#pragma once

#include <string>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "config/origin.h"
#include "config/review_snippet.h"

namespace chela::config {

// Strict JSON stays strict JSON. Copies are cheap enough to go back to.
class Json5Sheet {
 public:
  // `file` is named in messages. read() comes first.
  Json5Sheet(std::string text, std::string file);

  const std::string& text() const { return text_; }
  const json::value& value() const { return value_; }
  // Where `pointer` stands in the text now, or nullptr.
  const Origin* find(const std::string& pointer) const { return find_origin(root_, pointer); }

  // Fails as parse_json5 does.
  Result<void> read();

  // Puts `value` there, with the objects around it where they are missing; failed_precondition
  // where something else than an object is in the way.
  Result<void> set(const std::vector<std::string>& steps, const json::value& value);

  // Takes a member out, with its line where it has that for itself. not_found where there is none.
  Result<void> remove(const std::string& pointer);

 private:
  std::size_t skip_blanks(std::size_t from) const;
  std::size_t comma_after(std::size_t from) const;  // npos: there is none
  std::size_t comma_before(const Origin& parent, const Origin& node) const;
  std::size_t line_of(std::size_t offset) const;
  std::size_t column_of(std::size_t offset) const { return offset - line_of(offset); }
  std::string margin_of(std::size_t offset) const;
  void insert(const Origin& object, const std::string& key, const json::value& value);
  std::string member_line(std::size_t close, const std::string& margin,
                          const std::string& member) const;

  std::string text_;
  std::string file_;
  Json5Style style_;
  Origin root_;
  json::value value_;
};

}  // namespace chela::config
