// Opening the file behind the store: its schema, and what happens to a damaged one.
#pragma once

#include <filesystem>
#include <string>

#include "base/time.h"
#include "services/sqlite.h"

namespace chela::models {

struct OpenedFile {
  services::Database database;
  std::string note;  // what happened to a damaged file, "" where nothing did
};

// See Store::open. failed_precondition: it is another program's, or of a newer chela.
Result<OpenedFile> open_store_file(const std::filesystem::path& file, Timestamp now);

// Who this process is, "4711:1234567": pid and start time, so that a pid that came round again is
// told apart. "" where /proc cannot be read.
std::string process_stamp(long pid);
bool is_alive(const std::string& stamp);

}  // namespace chela::models
