// Titles: what may stand in one, and how it is written so that it opens nothing.
#include <algorithm>

#include "field_signs.h"
#include "fields.h"
#include "lines.h"

namespace chela::markdown {
namespace {

// `title` with a backslash before each escapable sign that `wanted` says; the backslashes that
// stand before an escapable sign anyway are doubled.
template <class Wanted>
std::string escape_where(std::string_view title, Wanted wanted) {
  std::string written;
  std::size_t at = 0;
  while (at < title.size()) {
    const std::size_t sign = title[at] == '\\' ? run_end(title, at) : at;
    if (!is_escapable(title, sign)) {
      const std::size_t end = std::max(sign, at + 1);
      written += title.substr(at, end - at);
      at = end;
      continue;
    }
    written.append(title.substr(at, sign - at)).append(title.substr(at, sign - at));
    const bool escape = wanted(sign);
    if (escape) written += '\\';
    std::size_t end = sign + sign_bytes(title, sign);
    if (!escape && title[sign] == '`') end = std::max(end, code_span_end(title, sign));
    written += title.substr(sign, end - sign);
    at = end;
  }
  return written;
}

}  // namespace

std::string readable_title(std::string_view title) {
  std::string flat;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    flat += (byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c;
  }
  return std::string(trim(flat));
}

std::string escape_title(std::string_view raw) {
  const std::string title = readable_title(raw);
  const std::string written = escape_where(title, [&](std::size_t at) {
    const Special kind = special_at(title, at).kind;
    return kind != Special::none && kind != Special::code;
  });
  // A backslash can change what its neighbours look like; where it did, escape all that could ever
  // open something.
  const LineText again = scan_line_text(written + " [id:: x]");
  if (again.title == title && again.fields.size() == 1) return written;
  return escape_where(title, [](std::size_t) { return true; });
}

}  // namespace chela::markdown
