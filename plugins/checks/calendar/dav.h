// The CalDAV side: finds the calendars, and brings the mirror up to date with as little traffic as
// the server allows (RFC 4791, 6578, 6764).
#pragma once

#include <chela/host.h>

#include "address.h"
#include "dav_answer.h"
#include "intake.h"
#include "settings.h"

namespace check_calendar {

// Where the calendars were found; kept in the cursor.
struct DavPlace {
  std::string url{};                     // of the home, or of one calendar
  bool is_home = true;                   // false: `url` is a calendar itself
  std::vector<std::string> addresses{};  // of the person, as the server says
};

class Dav {
 public:
  Dav(chela::Host& host, const Settings& settings) : host_(host), settings_(settings) {}

  // From settings.url to the calendars.
  chela::Result<DavPlace> discover();
  // All calendars with events that `settings.calendars` names; not_found where there is none.
  chela::Result<std::vector<DavItem>> list(const DavPlace& place);
  // The same, and an empty list is no error.
  chela::Result<std::vector<DavItem>> list_named(const DavPlace& place);
  // Those of `settings.calendars` that name none of `listed`.
  std::vector<std::string> missing_names(const std::vector<DavItem>& listed) const;
  // Brings `calendar` up to date with what `listed` is about.
  chela::Result<void> sync(const DavPlace& place, const DavItem& listed, const IntakeRules& rules,
                           ZoneBook& zones, Calendar& calendar, Notes& notes);

 private:
  using Files = std::vector<std::pair<std::string, std::string>>;  // href, ETag
  struct Changes {
    Files changed{};
    std::vector<std::string> gone{};
    std::string token{};
    bool is_whole = false;  // everything there is stands in `changed`
  };
  chela::Result<DavPlace> search();
  // Whether a request may be sent there: on the server of settings.url, or one of settings.hosts.
  chela::Result<void> may_ask(const Address& address);
  chela::Result<chela::FetchReply> ask(const char* method, const Address& address,
                                       const char* depth, const std::string& body);
  chela::Result<DavAnswer> find_properties(const Address& address, const char* depth);
  chela::Result<DavPlace> discover_at(const Address& address);
  chela::Result<DavPlace> look_into_principal(const Address& address);
  chela::Result<std::optional<Changes>> changes_by_token(const Address& address,
                                                         const std::string& token);
  chela::Result<std::optional<Changes>> changes_by_etags(const Address& address);
  chela::Result<void> take_range(const Address& address, const IntakeRules& rules, ZoneBook& zones,
                                 Calendar& calendar, Notes& notes);
  static bool is_unchanged(const DavItem& listed, const Calendar& calendar);
  static Files apply(const Changes& changes, Instant now, Calendar& calendar);
  static Files take_files(const DavAnswer& answer, const Files& batch, const IntakeRules& rules,
                          ZoneBook& zones, Calendar& calendar, Notes& notes);
  // How many of `wanted` the server left out.
  chela::Result<std::size_t> fetch(const Address& address, Files wanted, const IntakeRules& rules,
                                   ZoneBook& zones, Calendar& calendar, Notes& notes);

  chela::Host& host_;
  const Settings& settings_;
  std::size_t fetched_ = 0;                // files in this run
  std::optional<chela::Error> refused_{};  // where the server led first, and nobody allowed it
};

bool is_redirect(int status);
// What a link or redirect of a server means. data_loss where it is no address.
chela::Result<Address> follow(const Address& base, std::string_view href);
// What a status that is no success means, for a person.
chela::Error explain_status(const chela::FetchReply& reply, const std::string& what);

}  // namespace check_calendar
