// The other side: one .ics file behind an address (RFC 7986's "subscription"), fetched only where
// it has changed.
#pragma once

#include <chela/host.h>

#include "intake.h"
#include "settings.h"

namespace check_calendar {

// Brings `calendar` up to date; `ctag` holds its ETag, `sync_token` its Last-Modified.
chela::Result<void> fetch_feed(chela::Host& host, const Settings& settings,
                               const IntakeRules& rules, ZoneBook& zones, Calendar& calendar,
                               Notes& notes);

}  // namespace check_calendar
