// Reads one YAML file into a JSON value that remembers where each key and value stood.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::config {

// Both count from 1; a column counts characters, not bytes. 0 = unknown.
struct Position {
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

struct Place {
  Position key;  // for an item of a list and for the whole document: the same as `value`
  Position value;
};

// JSON pointer (RFC 6901) -> place; "" is the whole document.
using Places = std::map<std::string, Place, std::less<>>;

struct Document {
  json::value value;
  Places places;
  std::string file;  // as it is to be named in messages
};

// YAML 1.2, narrowed to what a configuration needs: at most 256 KiB of UTF-8 without control
// characters, one document, core tags, no anchors or aliases, no key twice, at most 16 levels and
// 10,000 nodes (keys included). Plain scalars become JSON types by the core schema, so `no`, `on`
// and `08:00` are strings and 0777 is 777; quoted ones are strings. Numbers that JSON cannot hold
// (.inf, .nan, above 64 bits) are refused. An empty file is {}. Fails with invalid_argument:
// "file:line:column: what; wanted ...; found ...". Cost is linear in the text.
Result<Document> parse_yaml(std::string_view text, const std::string& file);

// "git.yaml:3:8"; the part that is unknown is left out.
std::string where(const std::string& file, Position position);

// `pointer` with one more step, "~" and "/" in `key` escaped.
std::string child_pointer(std::string_view pointer, std::string_view key);

// Where `pointer` stands, or the nearest thing around it that has a place.
Place find_place(const Places& places, std::string_view pointer);

}  // namespace chela::config
