#include "tool_ids.h"

#include <algorithm>
#include <cstdint>

namespace chela::anthropic {
namespace {

constexpr std::size_t kMaxId = 64;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string plain(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !is_plain(c); }, '_');
  return out;
}

// FNV-1a, 64 bits.
std::string hash_of(std::string_view text, std::size_t times) {
  std::uint64_t hash = 0xcbf29ce484222325u + times;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  std::string out;
  for (int i = 0; i < 12; ++i, hash >>= 4) out += "0123456789abcdef"[hash & 15];
  return out;
}

}  // namespace

std::string ToolIds::call(const std::string& id) {
  const bool is_good =
      !id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), is_plain);
  std::size_t times = uses_[id]++;
  const auto rewritten = [&] { return plain(id, kMaxId - 13) + "_" + hash_of(id, times); };
  std::string wire = is_good && times == 0 ? id : rewritten();
  for (; given_.contains(wire); wire = rewritten()) ++times;
  given_.insert(wire);
  latest_[id] = wire;
  return wire;
}

std::string ToolIds::result(const std::string& id) const {
  const auto found = latest_.find(id);
  return found == latest_.end() ? plain(id, kMaxId) : found->second;
}

std::string tool_name(std::string_view name) {
  return plain(name, 128);
}

}  // namespace chela::anthropic
