// Turns calendar text from outside into what the mirror keeps.
#pragma once

#include <string>
#include <vector>

#include "mirror.h"
#include "series.h"

namespace check_calendar {

struct IntakeRules {
  Instant now = 0;
  std::vector<std::string> own_addresses{};
};

// What one run met that a person should know of.
struct Notes {
  std::set<std::string> declined{};  // keys of what the person declined: no news
  std::size_t unreadable = 0;        // events and files that make no sense
  std::string example{};             // why, of the first
  struct GivenUp {
    std::string summary{};
    bool is_hidden = false;  // nothing of it is told; else what is known of it is
  };
  std::map<std::string, GivenUp> not_expanded{};  // by UID: a rule that is not followed
  // A UID that different events of one calendar bear, and two of their names.
  std::map<std::string, std::pair<std::string, std::string>> shared_uids{};
  std::size_t pending = 0;               // files that were not fetched yet
  bool has_too_many = false;             // more takes place than the agenda holds
  std::int64_t steps_left = 10'000'000;  // for rules on their way in, see is_ahead()
};

// One file of a server.
void take_file(Calendar& calendar, const std::string& href, const std::string& etag,
               std::string_view text, const IntakeRules& rules, ZoneBook& zones, Notes& notes);

// A whole feed in place of what `calendar` held. data_loss where it is no calendar or is cut short;
// then nothing is changed.
chela::Result<void> take_feed(Calendar& calendar, std::string_view text, const IntakeRules& rules,
                              ZoneBook& zones, Notes& notes);

// Drops the events that lie farthest ahead until the mirror fits.
void fit(Mirror& mirror, std::size_t most_bytes, ZoneBook& zones);

// The series behind a kept text.
Series series_from(const std::string& text);

}  // namespace check_calendar
