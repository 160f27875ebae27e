// What is remembered of a feed between runs: what was there, what the server called it, how it
// fails. Pure.
#pragma once

#include <chela/json.h>

#include <string>
#include <string_view>
#include <vector>

#include "entries.h"

namespace feed {

struct Memory {
  bool is_known = false;           // it was read once; what was there then is old
  std::vector<std::string> ids{};  // hashes of entries, the newest first
  std::string etag{};
  std::string modified{};
  int failures = 0;         // in a row
  int doubted = 0;          // failures besides, of runs in which none could be read
  std::string trouble{};    // of the last failure
  std::string moved_to{};   // of a redirect: words of the server, made harmless
  bool is_lasting = false;  // the trouble will not pass by itself
};

// A hash of an entry's id, 16 characters.
std::string hash_of(std::string_view id);

// Of an older or damaged state only what is sound.
Memory memory_from(const chela::json::value& value);
chela::json::value to_json(const Memory& memory);

// The entries that were not there before, in the feed's order; each once. They and all others of
// `entries` are remembered then, besides as many older ones as `most` leaves room for.
std::vector<Entry> take_new(Memory& memory, const std::vector<Entry>& entries, std::size_t most);

}  // namespace feed
