// plugins.lock: which bytes of which plugin the person has approved, with which permissions.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "chela/json.h"

namespace chela::plugin {

struct LockEntry {
  std::string version;
  std::string sha256;
  json::value needs;  // as the plugin asked when it was approved
  Timestamp approved_at{};
};

// {"version":1,"plugins":{"check.git":{"version":"0.1.0","sha256":"..","needs":{..},"approved_at":".."}}}
struct LockFile {
  std::map<std::string, LockEntry, std::less<>> plugins;  // by plugin id

  const LockEntry* entry(std::string_view id) const;
};

// Pure. invalid_argument names `file` and what is broken; failed_precondition for a newer version
// of the format.
Result<LockFile> parse_lock_file(std::string_view text, const std::string& file);
std::string to_text(const LockFile& lock);

// An absent file is an empty lock.
Result<LockFile> read_lock_file(const std::string& path);
// Durable, mode 0600.
Result<void> write_lock_file(const std::string& path, const LockFile& lock);

}  // namespace chela::plugin
