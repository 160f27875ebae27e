// Reads and writes the times of iCalendar: DATE, DATE-TIME, PERIOD, DURATION.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event.h"

namespace check_calendar {

// Of a property with one value; nullopt where it is no time.
std::optional<When> parse_when(const Property& property);
// Of one with several, until `into` holds `most`; what is no time is passed over.
void parse_whens(const Property& property, std::size_t most, std::vector<When>& into);
void parse_extra_starts(const Property& property, std::size_t most, std::vector<ExtraStart>& into);
// "P1DT2H", "PT15M", "P2W", also with a sign. nullopt where it is none or beyond 100 years.
std::optional<Span> parse_span(std::string_view text);

// ";TZID=Europe/Berlin:20261128T093000", what stands behind a property's name.
std::string write_when(const When& when);
std::string write_extra_start(const ExtraStart& extra);
std::string write_span(const Span& span);
// "20261128T093000Z" without zone, for keys.
std::string format_when(const When& when);

}  // namespace check_calendar
