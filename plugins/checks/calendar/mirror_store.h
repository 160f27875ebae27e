// Keeps the mirror in chela.state, in pieces of less than 64 KiB.
//
// It is written under the name of the other of two generations, and the cursor says which one
// counts: a run that breaks off leaves the old one as it was, together with the old cursor.
#pragma once

#include <chela/host.h>

#include <string>

#include "mirror.h"

namespace check_calendar {

struct StoredMirror {
  std::string generation{};  // "a" or "b"; "" where nothing is stored
  std::int64_t pieces = 0;
  std::uint64_t hash = 0;  // of the text
};

StoredMirror stored_from(const chela::json::value& cursor);
void put_stored(const StoredMirror& stored, chela::json::object& cursor);

// data_loss where it is not what was written, or cannot be read; not_found where a piece is
// missing.
chela::Result<Mirror> load_mirror(const chela::Host& host, const StoredMirror& stored);
// Returns where it is now; writes nothing where it is there already.
chela::Result<StoredMirror> save_mirror(const chela::Host& host, const Mirror& mirror,
                                        const StoredMirror& before);

}  // namespace check_calendar
