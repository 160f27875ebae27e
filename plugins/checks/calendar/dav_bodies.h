// The XML that CalDAV requests carry.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "civil.h"

namespace check_calendar {

std::string propfind_body();
std::string etags_body();
// An empty token asks for everything.
std::string sync_body(const std::string& token);
// `files`: href and ETag.
std::string multiget_body(const std::vector<std::pair<std::string, std::string>>& files);
std::string range_body(Instant from, Instant to);

}  // namespace check_calendar
