// What calendars, feeds and mails of strangers cost to read.
#pragma once

#include "measure.h"

namespace chela::bench {

// False where one of them is not read as it should be; it has been printed.
bool bench_checks(Row row);

}  // namespace chela::bench
