// Reads a plugin's metadata out of its ELF note, without running a line of its code.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::plugin {

// A key that the host puts into requests where the plugin wrote {{secret:NAME}}.
struct SecretNeed {
  std::string name;
  std::string description;
  std::vector<std::string> env;  // environment variables that usually hold it
  bool is_optional = false;
  // Values that the service does not want from programs like this one, by how they begin, and why.
  std::vector<std::pair<std::string, std::string>> refused;
};

// What the note says; see sdk/schema/chela.plugin.schema.json.
struct Metadata {
  std::string id;       // "check.git"
  std::string version;  // "0.1.0"
  std::string summary;
  int abi_major = 0;
  int abi_minor_built = 0;
  int abi_minor_needed = 0;
  std::vector<std::string> kinds;     // "chela.check/1"
  std::vector<std::string> services;  // "chela.exec/1"
  bool is_pure = false;               // calls no service that waits: may run inside the host
  json::value config_schema;          // an object schema
  json::value needs;                  // {"exec":["git"],"read":["${config.path}"],"board":"read"}

  std::vector<std::string> answers;  // of checks: "brief", "learn"
  std::vector<SecretNeed> secrets;   // of needs
  std::vector<std::string> speaks;   // of providers: "openai-completions", ..
  bool is_for_any_service = false;   // .. at any address

  std::string kind() const { return kinds.empty() ? "" : kinds.front(); }
  // "check" of "chela.check/1".
  std::string kind_name() const;
};

// The JSON text of note "chela" type 1 in the 64-bit little-endian ELF library behind `fd`. Reads a
// few hundred bytes. invalid_argument: not an ELF library for this machine, truncated; not_found:
// no such note.
Result<std::string> read_note(int fd);

// Checks and takes apart the note's JSON. invalid_argument says what is missing or wrong;
// failed_precondition: the ABI major is not ours or it needs a newer minor.
Result<Metadata> parse_metadata(std::string_view text);

// Both, for a file: the message starts with the path.
Result<Metadata> read_metadata(const std::string& path);

}  // namespace chela::plugin
