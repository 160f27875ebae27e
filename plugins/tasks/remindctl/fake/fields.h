// Dates as remindctl reads them, and the line in the notes in which it repeats a reminder's url.
#pragma once

#include <optional>
#include <string>

namespace fake_remindctl {

struct Date {
  std::string text;  // UTC, as it is printed
  bool is_all_day = false;
};

// "2026-11-25" is the Mac's midnight of that day, all day; RFC 3339 with any offset is a time.
// nullopt where it is neither (remindctl knows more forms; a backend uses these two).
std::optional<Date> read_date(const std::string& text, int zone_minutes);

// "remindctl URL (managed): https://example.com"
std::string url_line(const std::string& url);

// `notes` without that line; what it put between its line and the notes goes as well.
std::string without_url_line(const std::string& notes, const std::string& url);

}  // namespace fake_remindctl
