// The settings of the check, read and refused once.
#pragma once

#include <chela/config.h>

#include <string>
#include <vector>

#include "civil.h"

namespace check_calendar {

struct Settings {
  enum class Protocol { caldav, ics };
  enum class Login { none, basic, bearer };
  std::string url;
  Protocol protocol = Protocol::caldav;
  Login login = Login::none;
  std::string user;
  std::vector<std::string> calendars;  // names or paths; empty = all
  std::vector<std::string> addresses;  // of the person, lower case
  std::vector<std::string> hosts;      // further servers, see is_at()
  std::string timezone = "local";
  std::int64_t soon = 30 * kMinute;           // seconds
  std::int64_t horizon = 48 * kHour;          // seconds
  std::int64_t day_start_before = 8 * kHour;  // seconds of the day; 0 = off
  std::int64_t evening_from = 18 * kHour;     // seconds of the day
  bool reports_new = true;
  bool reports_conflicts = true;
  chela::Duration timeout = std::chrono::seconds(20);  // of one request

  // What the host puts into the header `authorization`; "" where nobody logs in.
  std::string authorization() const;
  // The host puts it in; nothing of it may be told.
  bool has_secret_address() const;
  // Changes when another account, another choice of calendars or another person is meant.
  std::string fingerprint() const;
};

// invalid_argument says which setting, what was found and what is wanted.
chela::Result<Settings> read_settings(const chela::Config& config);

}  // namespace check_calendar
