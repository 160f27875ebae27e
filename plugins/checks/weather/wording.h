// Figures and times as a person reads them at the place. Pure.
#pragma once

#include <chela/duration.h>

#include <string>

namespace weather {

// One decimal, none where it is 0: "3", "-0.5".
std::string figure(double value);

// "14:00", "tomorrow 02:00", "Wed 09:00", in the place's own time.
std::string clock_time(chela::Timestamp time, chela::Timestamp now, chela::Duration utc_offset);

}  // namespace weather
