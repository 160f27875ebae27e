#include "ical.h"

#include <chela/utf8.h>

#include <algorithm>
#include <optional>

namespace check_calendar {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostLine = 64 * 1024;
constexpr std::size_t kMostProperties = 5000;
constexpr std::size_t kMostChildren = 200;  // of a time zone
constexpr std::size_t kDeepest = 8;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

// Gives out one unfolded line after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  bool next(std::string& line) {
    if (rest_.empty()) return false;
    line.clear();
    do {
      append(line);
      if (!rest_.starts_with(' ') && !rest_.starts_with('\t')) break;
      rest_.remove_prefix(1);
    } while (true);
    // Only now: a fold may lie inside a character.
    if (!chela::is_utf8(line)) line = chela::replace_invalid_utf8(line);
    return true;
  }

 private:
  void append(std::string& line) {
    const auto end = rest_.find('\n');
    auto piece = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    line.append(piece.substr(0, kMostLine - std::min(kMostLine, line.size())));
  }
  std::string_view rest_;
};

// NAME;PARAM=a;OTHER="x:y":value
std::optional<Property> parse_property(std::string_view line) {
  const auto name_end = line.find_first_of(";:");
  if (name_end == std::string_view::npos || name_end == 0) return std::nullopt;
  Property property{upper(line.substr(0, name_end))};
  std::size_t at = name_end;
  while (line[at] == ';') {
    const auto equals = line.find_first_of("=;:", at + 1);
    if (equals == std::string_view::npos) return std::nullopt;
    std::string name = upper(line.substr(at + 1, equals - at - 1));
    std::string value;
    at = equals;
    if (line[at] == '=') {
      bool is_quoted = false;
      for (++at; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '"') {
          is_quoted = !is_quoted;
        } else if (!is_quoted && (c == ';' || c == ':')) {
          break;
        } else {
          value += c;
        }
      }
      if (at == line.size()) return std::nullopt;
    }
    property.params.emplace_back(std::move(name), std::move(value));
  }
  property.value = line.substr(at + 1);
  return property;
}

bool is_wanted(std::string_view name, std::string_view parent) {
  if (parent == "VCALENDAR") return name == "VEVENT" || name == "VTIMEZONE";
  return parent == "VTIMEZONE" && (name == "STANDARD" || name == "DAYLIGHT");
}

// Follows BEGIN and END.
class Reader {
 public:
  explicit Reader(const std::function<void(const Component&)>& each) : each_(each) {}

  void take(std::string_view line) {
    if (line.empty()) return;
    auto property = parse_property(line);
    if (!property) {
      ++result_.bad_lines;
    } else if (property->name == "BEGIN") {
      begin(upper(property->value));
    } else if (property->name == "END") {
      end(upper(property->value));
    } else if (skipped_ == 0 && open_.size() > 1 &&
               open_.back().properties.size() < kMostProperties) {
      open_.back().properties.push_back(*std::move(property));
    }
  }

  bool saw_calendar = false;
  bool is_open() const { return !open_.empty(); }
  const CalendarText& result() const { return result_; }

 private:
  void begin(std::string name) {
    const std::string_view parent = open_.empty() ? std::string_view() : open_.back().name;
    const bool is_calendar = open_.empty() && name == "VCALENDAR";
    if (skipped_ > 0 || (!is_calendar && !is_wanted(name, parent)) || open_.size() >= kDeepest) {
      ++skipped_;
      return;
    }
    saw_calendar = saw_calendar || is_calendar;
    open_.push_back(Component{std::move(name)});
  }

  void end(std::string_view name) {
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    if (open_.empty() || open_.back().name != name) {
      ++result_.bad_lines;
      return;
    }
    Component done = std::move(open_.back());
    open_.pop_back();
    if (open_.size() == 1) {
      ++result_.components;
      each_(done);
    } else if (!open_.empty() && open_.back().children.size() < kMostChildren) {
      open_.back().children.push_back(std::move(done));
    }
  }

  const std::function<void(const Component&)>& each_;
  std::vector<Component> open_;
  std::size_t skipped_ = 0;  // how deep inside something that does not matter
  CalendarText result_;
};

}  // namespace

std::string_view Property::param(std::string_view wanted) const {
  for (const auto& [key, value_of_it] : params) {
    if (key == wanted) return value_of_it;
  }
  return {};
}

const Property* Component::find(std::string_view property) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const Property& one) { return one.name == property; });
  return found == properties.end() ? nullptr : &*found;
}

std::string_view Component::value(std::string_view property) const {
  const auto* found = find(property);
  return found == nullptr ? std::string_view() : found->value;
}

chela::Result<CalendarText> read_calendar(std::string_view text,
                                          const std::function<void(const Component&)>& each) {
  Reader reader(each);
  Lines lines(text);
  for (std::string line; lines.next(line);) reader.take(line);
  if (!reader.saw_calendar)
    return fail(ErrorCode::data_loss, "wanted an iCalendar file, found something else");
  if (reader.is_open())
    return fail(ErrorCode::data_loss, "the calendar is cut short: its END:VCALENDAR is missing");
  return reader.result();
}

std::string_view cut(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  while (most_bytes > 0 && (static_cast<unsigned char>(text[most_bytes]) & 0xc0u) == 0x80u)
    --most_bytes;
  return text.substr(0, most_bytes);
}

std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    ++i;
    plain += text[i] == 'n' || text[i] == 'N' ? '\n' : text[i];
  }
  return plain;
}

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == ',' || c == ';') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else if (c != '\r') {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace check_calendar
