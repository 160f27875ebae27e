#include "fields.h"

#include <algorithm>

#include "field_signs.h"
#include "lines.h"

namespace chela::markdown {
namespace {

// One past the text that fields may follow: without trailing blanks and a block reference.
std::size_t content_end(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0 && is_space(text[end - 1])) --end;
  std::size_t at = end;
  while (at > 0 && (is_id_char(text[at - 1]) && text[at - 1] != '_')) --at;
  if (at == end || at < 2 || text[at - 1] != '^' || !is_space(text[at - 2])) return end;
  at -= 1;
  while (at > 0 && is_space(text[at - 1])) --at;
  return at;
}

// Collects the pieces of the title while the scanner walks.
class TitleBuilder {
 public:
  explicit TitleBuilder(LineText& line) : line_(line) {}

  void text(std::string_view shown, std::size_t begin, std::size_t end) {
    for (const char c : shown) {
      const bool blank = is_space(c);
      if (blank && piece_.empty()) continue;
      piece_ += c;
    }
    if (piece_.empty()) return;
    if (span_.end == 0) span_.begin = begin;
    if (!is_blank(shown)) {
      span_.end = end;
      kept_ = piece_.size();
      while (is_space(piece_[kept_ - 1])) --kept_;
    }
  }

  void cut() {
    if (!piece_.empty()) {
      piece_.resize(kept_);
      if (!line_.title.empty()) line_.title += ' ';
      line_.title += piece_;
      line_.title_spans.push_back(span_);
    }
    piece_.clear();
    span_ = {};
    kept_ = 0;
  }

 private:
  LineText& line_;
  std::string piece_;
  TextSpan span_;
  std::size_t kept_ = 0;  // of piece_, without trailing blanks
};

}  // namespace

const Field* LineText::find(std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

bool LineText::has_style(FieldStyle style) const {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const Field& f) { return f.style == style; });
}

LineText scan_line_text(std::string_view whole) {
  LineText line;
  line.append_at = content_end(whole);
  const std::string_view text = whole.substr(0, line.append_at);
  TitleBuilder title(line);
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\\') {
      const std::size_t behind = run_end(text, at);
      const bool escapes = is_escapable(text, behind);
      const std::size_t count = behind - at;
      title.text(text.substr(at, escapes ? count / 2 : count), at, behind);
      at = behind;
      if (escapes && count % 2 == 1) {
        const std::size_t bytes = sign_bytes(text, at);
        title.text(text.substr(at, bytes), at - 1, at + bytes);
        at += bytes;
      }
      continue;
    }
    Found found = special_at(text, at);
    if (found.kind == Special::none || found.kind == Special::code ||
        found.kind == Special::lone_backticks) {
      const std::size_t end = found.kind == Special::none ? at + 1 : found.end;
      title.text(text.substr(at, end - at), at, end);
      at = end;
      continue;
    }
    title.cut();
    if (found.kind == Special::field) line.fields.push_back(std::move(found.field));
    at = found.end;
  }
  title.cut();
  return line;
}

std::string canonical_priority(std::string_view value) {
  const std::string word = lower_ascii(value);
  for (const char* high : {"high", "highest", "urgent", "critical", "hi"}) {
    if (word == high) return "high";
  }
  for (const char* medium : {"medium", "med", "normal", "middle"}) {
    if (word == medium) return "medium";
  }
  return word == "low" || word == "lowest" ? "low" : "none";
}

bool is_field_value(std::string_view value) {
  if (value.empty() || value.size() > 200 || is_space(value.front()) || is_space(value.back()))
    return false;
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f ||
           std::string_view("[]()`\\<>").find(c) != std::string_view::npos;
  });
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace chela::markdown
