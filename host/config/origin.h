// Where each value of an openclaw.json was written: which file and which bytes of it, also after
// includes were merged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml.h"

namespace chela::config {

// One value and what is inside it; the same shape as the JSON value that it belongs to.
struct Origin {
  int file = -1;            // index into Origins::files; -1: written nowhere
  std::uint32_t key = 0;    // byte of its key; for items and the whole document: of the value
  std::uint32_t begin = 0;  // the value's bytes: [begin, end)
  std::uint32_t end = 0;
  std::map<std::string, Origin, std::less<>> members;
  std::vector<Origin> items;
};

struct SourceText {
  std::filesystem::path path;
  std::string text;  // may hold secrets
};

struct Origins {
  Origin root;
  std::vector<SourceText> files;  // the file itself first, then its includes as they were met
};

// What JSON pointer (RFC 6901) `pointer` leads to, or nullptr.
const Origin* find_origin(const Origin& root, std::string_view pointer);

// A JSON pointer's steps, "~1" and "~0" undone.
std::vector<std::string> pointer_steps(std::string_view pointer);

// The place of a byte of `text`.
Position position_of(std::string_view text, std::size_t offset);

struct FilePosition {
  std::filesystem::path file;  // empty where nothing is known
  Position position;
};
// Where `pointer`'s key stands, or that of the nearest thing around it.
FilePosition find_position(const Origins& origins, std::string_view pointer);

}  // namespace chela::config
