// What a CalDAV server says in a multistatus answer (RFC 4918, 4791, 6578), as plain values.
#pragma once

#include <chela/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace check_calendar {

struct DavItem {
  std::string href{};
  int status = 200;  // of the resource; 404: it is gone
  std::string etag{}, ctag{}, sync_token{}, name{}, data{};
  bool is_calendar = false;
  bool takes_events = true;              // false: only tasks or journals
  bool can_sync = false;                 // says that it knows sync-collection
  std::string principal{};               // current-user-principal
  std::vector<std::string> homes{};      // calendar-home-set
  std::vector<std::string> addresses{};  // calendar-user-address-set, lower case, without mailto:
};

struct DavAnswer {
  std::vector<DavItem> items{};
  std::string sync_token{};
  bool is_cut = false;  // 507: the server has more than it says here
};

// data_loss where it is none.
chela::Result<DavAnswer> parse_dav_answer(std::string_view text);

}  // namespace check_calendar
