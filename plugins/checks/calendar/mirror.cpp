#include "mirror.h"

#include <charconv>

namespace check_calendar {
namespace {

namespace json = chela::json;

constexpr int kVersion = 1;

std::string hex(std::uint64_t value) {
  char text[17] = {};
  const auto end = std::to_chars(text, text + 16, value, 16).ptr;
  return std::string(text, end);
}

// All marks in one text, because a list of ten thousand values would cost more than their bytes.
std::string join(const std::set<std::uint64_t>& marks) {
  std::string text;
  for (const auto mark : marks) text += hex(mark) + " ";
  return text;
}

std::set<std::uint64_t> split(std::string_view text) {
  std::set<std::uint64_t> marks;
  while (!text.empty()) {
    const auto end = text.find(' ');
    std::uint64_t mark = 0;
    const auto piece = text.substr(0, end);
    const auto read = std::from_chars(piece.data(), piece.data() + piece.size(), mark, 16);
    if (read.ec == std::errc()) marks.insert(mark);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return marks;
}

json::value calendar_to_json(const Calendar& calendar) {
  json::object kept, zones;
  for (const auto& [key, resource] : calendar.kept)
    kept[key] = json::array{resource.tag, resource.text};
  for (const auto& [tzid, text] : calendar.zones) zones[tzid] = text;
  return json::object{{"name", calendar.name},        {"ctag", calendar.ctag},
                      {"token", calendar.sync_token}, {"complete", calendar.is_complete},
                      {"cut", calendar.is_cut},       {"full_at", calendar.full_at},
                      {"as_of", calendar.as_of},      {"dropped", join(calendar.dropped)},
                      {"zones", std::move(zones)},    {"kept", std::move(kept)}};
}

Calendar calendar_from(const json::value& document) {
  Calendar calendar;
  calendar.name = chela::get_string(document, "name");
  calendar.ctag = chela::get_string(document, "ctag");
  calendar.sync_token = chela::get_string(document, "token");
  calendar.is_complete = chela::get_bool(document, "complete");
  calendar.is_cut = chela::get_bool(document, "cut");
  calendar.full_at = chela::get_int(document, "full_at");
  calendar.as_of = chela::get_string(document, "as_of");
  calendar.dropped = split(chela::get_string(document, "dropped"));
  const auto* zones = chela::find(document, "zones");
  if (zones != nullptr && zones->is_object()) {
    for (const auto& [tzid, text] : zones->get_object()) {
      if (text.is_string()) calendar.zones[tzid] = text.get_string();
    }
  }
  const auto* kept = chela::find(document, "kept");
  if (kept == nullptr || !kept->is_object()) return calendar;
  for (const auto& [key, pair] : kept->get_object()) {
    const auto* both = pair.if_array();
    if (both == nullptr || both->size() != 2 || !(*both)[0].is_string() || !(*both)[1].is_string())
      continue;
    calendar.kept[key] = {std::string((*both)[0].get_string()),
                          std::string((*both)[1].get_string())};
  }
  return calendar;
}

}  // namespace

std::uint64_t mark_of(std::string_view key, std::string_view tag) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u; };
  for (const char c : key) mix(c);
  mix('\0');
  for (const char c : tag) mix(c);
  return hash;
}

json::value to_json(const Mirror& mirror) {
  json::object calendars;
  for (const auto& [path, calendar] : mirror.calendars)
    calendars[path] = calendar_to_json(calendar);
  return json::object{{"v", kVersion}, {"calendars", std::move(calendars)}};
}

Mirror mirror_from(const json::value& document) {
  Mirror mirror;
  const auto* calendars = chela::find(document, "calendars");
  if (chela::get_int(document, "v") != kVersion || calendars == nullptr || !calendars->is_object())
    return mirror;
  for (const auto& [path, calendar] : calendars->get_object())
    mirror.calendars[path] = calendar_from(calendar);
  return mirror;
}

std::size_t size_of(const Mirror& mirror) {
  std::size_t size = 0;
  for (const auto& [path, calendar] : mirror.calendars) {
    size += calendar.dropped.size() * 17;
    for (const auto& [key, resource] : calendar.kept)
      size += key.size() + resource.tag.size() + resource.text.size() + 16;
  }
  return size;
}

std::string write_component(const Component& component) {
  std::string text = "BEGIN:" + component.name + "\n";
  for (const auto& property : component.properties) {
    text += property.name;
    for (const auto& [name, value] : property.params) text += ";" + name + "=\"" + value + "\"";
    text += ":" + property.value + "\n";
  }
  for (const auto& child : component.children) text += write_component(child);
  return text + "END:" + component.name + "\n";
}

}  // namespace check_calendar
