#include "reminder.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "chela/time.h"
#include "task_requests.h"

namespace chela::remindctl {
namespace {

constexpr std::string_view kLead = "chela:";
constexpr std::string_view kUrlLead = "remindctl URL (managed): ";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string joined(const std::vector<std::string_view>& lines) {
  std::string text;
  for (const auto& line : lines) text += (&line == lines.data() ? "" : "\n") + std::string(line);
  return text;
}

std::optional<Mark> parse_mark(std::string_view line) {
  if (!line.starts_with(kLead)) return std::nullopt;
  line.remove_prefix(kLead.size());
  const auto next_word = [&] {
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    return word;
  };
  Mark mark;
  mark.id = next_word();
  if (mark.id.empty() || mark.id.size() > 64 ||
      !std::all_of(mark.id.begin(), mark.id.end(), task_requests::is_key_sign))
    return std::nullopt;
  while (!line.empty()) {
    if (line.starts_with("owner:")) {
      mark.owner = line.substr(6);
      break;
    }
    const auto word = next_word();
    if (word == "cancelled") mark.is_cancelled = true;
    if (word == "due") mark.is_due_ours = true;
    if (word.starts_with("needs:human/")) mark.needs_human_in = word.substr(12);
    if (word.starts_with("priority:")) mark.priority = word.substr(9);
  }
  return mark;
}

}  // namespace

std::optional<Mark> find_mark(std::string_view notes) {
  for (const auto line : lines_of(notes)) {
    if (auto mark = parse_mark(line)) return mark;
  }
  return std::nullopt;
}

std::string mark_line(const Mark& mark) {
  std::string line = std::string(kLead) + mark.id;
  if (mark.is_cancelled) line += " cancelled";
  if (!mark.needs_human_in.empty()) line += " needs:human/" + mark.needs_human_in;
  if (!mark.priority.empty()) line += " priority:" + mark.priority;
  if (mark.is_due_ours) line += " due";
  if (!mark.owner.empty()) line += " owner:" + mark.owner;
  return line;
}

Result<Reminder> read_reminder(const json::value& item) {
  Reminder reminder;
  reminder.id = get_string(item, "id");
  reminder.list_id = get_string(item, "listID");
  if (reminder.id.empty() || reminder.list_id.empty()) {
    return fail(ErrorCode::data_loss, "remindctl: wanted a reminder with id and listID, found " +
                                          json::serialize(item).substr(0, 120));
  }
  const bool is_index = std::all_of(reminder.id.begin(), reminder.id.end(), is_digit);
  if (is_index || reminder.id.size() < 4 || reminder.id.starts_with('-')) {
    return fail(ErrorCode::data_loss,
                "remindctl: the id '" + reminder.id.substr(0, 40) +
                    "' would be read as an index or an option; it cannot be named safely");
  }
  reminder.title = unguarded(get_string(item, "title"));
  reminder.url = get_string(item, "url");
  reminder.notes = without_url_line(get_string(item, "notes"), reminder.url);
  reminder.priority = get_string(item, "priority", "none");
  const bool is_all_day = get_bool(item, "dueDateIsAllDay");
  reminder.due = get_string(item, "dueDate");
  if (is_all_day) reminder.due = day_of(reminder.due);
  reminder.created = get_string(item, "creationDate");
  reminder.updated = get_string(item, "lastModifiedDate");
  reminder.completed = get_string(item, "completionDate");
  reminder.is_completed = get_bool(item, "isCompleted");
  bool is_found = false;
  std::vector<std::string_view> rest;
  for (const auto line : lines_of(reminder.notes)) {
    auto mark = is_found ? std::nullopt : parse_mark(line);
    if (!mark) {
      rest.push_back(line);
      continue;
    }
    is_found = true;
    reminder.mark = std::move(mark);
    if (is_all_day) reminder.mark->is_due_ours = false;
  }
  reminder.text = joined(rest);
  return reminder;
}

Result<Reminder> read_one(const json::value& document) {
  const auto* list = document.if_array();
  if (list == nullptr) return read_reminder(document);
  if (list->size() == 1) return read_reminder(list->front());
  return fail(ErrorCode::data_loss,
              "remindctl: wanted one reminder, found a list of " + std::to_string(list->size()));
}

std::string day_of(const std::string& midnight) {
  int year = 0, hour = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(midnight.c_str(), "%4d-%2u-%2uT%2d:", &year, &month, &day, &hour) != 4 ||
      month < 1 || month > 12)
    return midnight;
  using namespace std::chrono;
  const sys_days date =
      year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day));
  return format_utc(date + hours(hour + 13)).substr(0, 10);
}

std::string without_url_line(std::string_view notes, std::string_view url) {
  if (url.empty()) return std::string(notes);
  const std::string line = std::string(kUrlLead) + std::string(url);
  std::vector<std::string_view> kept;
  for (const auto one : lines_of(notes)) {
    if (one != line) {
      kept.push_back(one);
    } else if (!kept.empty() && kept.back().empty()) {
      kept.pop_back();
    }
  }
  return joined(kept);
}

std::string derived_id(std::string_view eventkit_id) {
  std::uint64_t hash = task_requests::fnv1a(eventkit_id);
  std::string id(6, '0');
  for (char& c : id) {
    c = "0123456789abcdefghjkmnpqrstvwxyz"[hash >> 59];
    hash *= 0x9e3779b97f4a7c15ull;
  }
  return id;
}

std::string guarded(std::string_view value) {
  return (value.starts_with('-') ? " " : "") + std::string(value);
}

std::string unguarded(std::string_view value) {
  return std::string(value.starts_with(" -") ? value.substr(1) : value);
}

std::string capped(std::string_view notes, std::size_t most) {
  const auto lines = lines_of(notes);
  if (lines.size() <= most) return std::string(notes);
  std::vector<std::string_view> kept;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i + most >= lines.size() || lines[i].starts_with("chela-")) kept.push_back(lines[i]);
  }
  return joined(kept);
}

}  // namespace chela::remindctl
