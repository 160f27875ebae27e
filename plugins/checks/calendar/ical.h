// iCalendar text (RFC 5545): lines unfolded, properties with parameters, components one by one.
#pragma once

#include <chela/result.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace check_calendar {

struct Property {
  std::string name;                                           // upper case
  std::vector<std::pair<std::string, std::string>> params{};  // names in upper case
  std::string value{};                                        // as written

  // "" where there is none.
  std::string_view param(std::string_view name) const;
};

struct Component {
  std::string name;  // VEVENT, VTIMEZONE, STANDARD, ..
  std::vector<Property> properties{};
  std::vector<Component> children{};

  const Property* find(std::string_view property) const;
  std::string_view value(std::string_view property) const;
};

struct CalendarText {
  std::size_t components = 0;
  std::size_t bad_lines = 0;  // passed over
};

// Calls `each` with every component inside VCALENDAR that is an event or a time zone, in order.
// Alarms and other things are passed over, and so are lines that are none. Lines are cut behind
// 64 KiB, components behind 5,000 properties; bytes that are no UTF-8 become U+FFFD, so that all of
// it can be kept and told. data_loss where it is no calendar, or ends before its
// END.
chela::Result<CalendarText> read_calendar(std::string_view text,
                                          const std::function<void(const Component&)>& each);

// The start of `text` that has room, without half a character at its end.
std::string_view cut(std::string_view text, std::size_t most_bytes);

// "\\n" and "\\," as they are meant.
std::string unescape(std::string_view text);
std::string escape(std::string_view text);

}  // namespace check_calendar
