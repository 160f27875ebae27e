#include "journal_lines.h"

#include <chela/json.h>

#include <algorithm>
#include <charconv>

namespace check_system {
namespace {

namespace json = chela::json;

// A text, a list of bytes (where it is not UTF-8), a list of those (where the field is there
// twice), or null (where it is long).
std::string text_of(const json::value* field) {
  if (field == nullptr) return "";
  if (field->is_null()) return "(a message too long to be shown)";
  if (field->is_string()) return std::string(field->get_string());
  if (!field->is_array() || field->get_array().empty()) return "";
  const auto& list = field->get_array();
  if (!list.front().is_number()) return text_of(&list.front());
  std::string text;
  for (const auto& byte : list) {
    const bool is_byte = byte.is_int64() && byte.get_int64() >= 0 && byte.get_int64() <= 255;
    text += is_byte ? static_cast<char>(byte.get_int64()) : '?';
  }
  return text;
}

std::int64_t number_of(const json::value& entry, std::string_view name, std::int64_t otherwise) {
  const std::string text = text_of(chela::find(entry, name));
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return text.empty() || parsed.ec != std::errc() ? otherwise : value;
}

// A message of the manager names the unit that it is about. Sessions and the manager itself are
// many programs: there the program tells more than the unit.
std::string who_of(const json::value& entry) {
  const auto field = [&](std::string_view name) { return text_of(chela::find(entry, name)); };
  for (const char* name : {"UNIT", "USER_UNIT", "_SYSTEMD_USER_UNIT", "_SYSTEMD_UNIT"}) {
    const std::string unit = field(name);
    if (!unit.empty() && !unit.ends_with(".scope") && !unit.starts_with("user@")) return unit;
  }
  for (const char* name : {"SYSLOG_IDENTIFIER", "_COMM", "_SYSTEMD_UNIT"}) {
    if (std::string program = field(name); !program.empty()) return program;
  }
  return "somebody";
}

}  // namespace

bool is_cursor(std::string_view text) {
  return text.starts_with("s=") && text.size() <= 400 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '=' || c == ';';
         });
}

Lines parse_journal(std::string_view text) {
  constexpr std::string_view kCursor = "-- cursor: ";
  Lines lines;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) continue;
    if (line.starts_with(kCursor)) {
      if (is_cursor(line.substr(kCursor.size()))) lines.last_cursor = line.substr(kCursor.size());
      continue;
    }
    const auto document = chela::parse_json(line);
    const std::string cursor = document ? chela::get_string(*document, "__CURSOR") : "";
    if (!is_cursor(cursor)) {
      ++lines.unreadable;
      continue;
    }
    Entry entry{
        cursor, who_of(*document), text_of(chela::find(*document, "MESSAGE")),
        static_cast<int>(std::clamp<std::int64_t>(number_of(*document, "PRIORITY", 3), 0, 7)),
        number_of(*document, "__REALTIME_TIMESTAMP", 0) / 1000};
    lines.last_cursor = cursor;
    lines.entries.push_back(std::move(entry));
  }
  return lines;
}

}  // namespace check_system
