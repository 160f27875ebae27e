#include "memory.h"

#include <algorithm>
#include <set>

namespace feed {
namespace {

namespace json = chela::json;

constexpr std::size_t kMostIds = 1000;
constexpr std::size_t kHeaderBytes = 300;
constexpr int kMostFailures = 1000;

// A header's value that can be sent back as it is.
std::string sound_header(std::string text) {
  const bool is_sound =
      text.size() <= kHeaderBytes &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
      text.find("{{") == std::string::npos;
  return is_sound ? text : "";
}

bool is_hash(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

int count_in(const json::value& value, const char* name) {
  return static_cast<int>(std::clamp<std::int64_t>(chela::get_int(value, name), 0, kMostFailures));
}

}  // namespace

std::string hash_of(std::string_view id) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(hash >> shift) & 15];
  return text;
}

Memory memory_from(const json::value& value) {
  Memory memory;
  memory.is_known = chela::get_bool(value, "known");
  for (auto& id : chela::get_strings(value, "ids")) {
    if (is_hash(id) && memory.ids.size() < kMostIds) memory.ids.push_back(std::move(id));
  }
  memory.etag = sound_header(chela::get_string(value, "etag"));
  memory.modified = sound_header(chela::get_string(value, "modified"));
  memory.failures = count_in(value, "failures");
  memory.doubted = count_in(value, "doubted");
  memory.trouble = chela::get_string(value, "trouble").substr(0, 500);
  memory.moved_to = chela::get_string(value, "moved_to").substr(0, 200);
  memory.is_lasting = chela::get_bool(value, "lasting");
  return memory;
}

json::value to_json(const Memory& memory) {
  json::object out{{"known", memory.is_known},
                   {"ids", json::array(memory.ids.begin(), memory.ids.end())}};
  if (const auto etag = sound_header(memory.etag); !etag.empty()) out["etag"] = etag;
  if (const auto modified = sound_header(memory.modified); !modified.empty())
    out["modified"] = modified;
  if (memory.failures > 0) out["failures"] = memory.failures;
  if (memory.doubted > 0) out["doubted"] = memory.doubted;
  if (memory.failures + memory.doubted > 0) {
    out["trouble"] = memory.trouble;
    if (!memory.moved_to.empty()) out["moved_to"] = memory.moved_to;
    out["lasting"] = memory.is_lasting;
  }
  return out;
}

std::vector<Entry> take_new(Memory& memory, const std::vector<Entry>& entries, std::size_t most) {
  const std::set<std::string> before(memory.ids.begin(), memory.ids.end());
  std::vector<Entry> fresh;
  std::vector<std::string> ids;
  std::set<std::string> listed;
  for (const auto& entry : entries) {
    if (ids.size() == most) break;
    const std::string hash = hash_of(entry.id);
    if (!listed.insert(hash).second) continue;
    ids.push_back(hash);
    if (!before.contains(hash)) fresh.push_back(entry);
  }
  // An entry may be away for a while and come back.
  for (const auto& old : memory.ids) {
    if (ids.size() == most) break;
    if (listed.insert(old).second) ids.push_back(old);
  }
  memory.ids = std::move(ids);
  return fresh;
}

}  // namespace feed
