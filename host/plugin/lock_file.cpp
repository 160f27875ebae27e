#include "plugin/lock_file.h"

#include "base/durable_file.h"

namespace chela::plugin {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr std::size_t kMaxLockFileBytes = 4 * 1024 * 1024;

}  // namespace

const LockEntry* LockFile::entry(std::string_view id) const {
  const auto found = plugins.find(id);
  return found == plugins.end() ? nullptr : &found->second;
}

Result<LockFile> parse_lock_file(std::string_view text, const std::string& file) {
  const auto refuse = [&](std::string what) {
    return fail(ErrorCode::invalid_argument,
                file + ": " + std::move(what) + "; remove the file to approve your plugins again");
  };
  const auto document = parse_json(text);
  if (!document) return refuse(document.error().message);
  const auto version = get_int(*document, "version", 0);
  if (version > kFormatVersion) {
    return fail(ErrorCode::failed_precondition, file + ": written by a newer chela (format " +
                                                    std::to_string(version) +
                                                    ", this one knows 1); update chela");
  }
  const auto* plugins = find(*document, "plugins");
  if (version < 1 || plugins == nullptr || !plugins->is_object())
    return refuse("wanted 'version' and 'plugins'");
  LockFile lock;
  for (const auto& [id, value] : plugins->get_object()) {
    LockEntry entry;
    entry.version = get_string(value, "version");
    entry.sha256 = get_string(value, "sha256");
    if (entry.sha256.size() != 64) return refuse("plugin " + std::string(id) + " has no sha256");
    if (const auto* needs = find(value, "needs")) entry.needs = *needs;
    entry.approved_at = base::parse_utc(get_string(value, "approved_at")).value_or(Timestamp{});
    lock.plugins[std::string(id)] = std::move(entry);
  }
  return lock;
}

std::string to_text(const LockFile& lock) {
  std::string text = "{\n  \"version\": 1,\n  \"plugins\": {";
  const char* separator = "\n";
  for (const auto& [id, entry] : lock.plugins) {
    const json::object value{{"version", entry.version},
                             {"sha256", entry.sha256},
                             {"needs", entry.needs},
                             {"approved_at", base::format_utc(entry.approved_at)}};
    text += separator;
    text += "    " + json::serialize(json::string(id)) + ": " + json::serialize(value);
    separator = ",\n";
  }
  text += "\n  }\n}\n";
  return text;
}

Result<LockFile> read_lock_file(const std::string& path) {
  const auto text = base::read_file(path, kMaxLockFileBytes);
  if (!text && text.error().code == ErrorCode::not_found) return LockFile{};
  if (!text) return fail(text.error());
  return parse_lock_file(*text, path);
}

Result<void> write_lock_file(const std::string& path, const LockFile& lock) {
  return base::write_durably(path, to_text(lock), 0600);
}

}  // namespace chela::plugin
