// Secrets in files: who may have written or may read the file is checked before it is, on the
// descriptor that is read.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "services/secret_outcome.h"

namespace chela::services {

inline constexpr std::size_t max_secret_bytes = 64 * 1024;

// What fstat() says of a file or of a folder above it.
struct FileFacts {
  std::string path;
  mode_t mode = 0;  // with the kind of file
  uid_t owner = 0;
  std::uint64_t size = 0;
};

// What may be asked of a file, by what it is for.
enum class FileUse {
  secret,      // regular, owner self or root, nothing for group and others, at most 64 KiB
  credential,  // the same, but its group may read it: systemd shows an access list there
  program,     // regular, owner self or root, executable, not writable for group and others
};

// Why the file may not be used, in words: "mode 0644, wanted 0600"; nothing where it may.
// `owners` are self, and whoever else counts as self; root (0) always does.
std::optional<std::string> refusal_of(const FileFacts& file, FileUse use,
                                      const std::vector<uid_t>& owners);

// The same for a folder above: owner self or root, and not writable for group and others. Above a
// program a sticky folder will do: nobody can put another file into the place of a good one. Above
// a secret it does only further up, as /tmp above a person's own folder.
std::optional<std::string> folder_refusal_of(const FileFacts& folder, FileUse use,
                                             const std::vector<uid_t>& owners);

// Reads `path`, or of the JSON in it the string at `pointer` ("" = the whole file). Every folder
// from / on is checked; links among them are followed where their owner is self or root, a link in
// the place of the file is refused. Line ends at the end are dropped. Steps go to the result.
SecretRead read_secret_file(const std::string& path, const std::string& pointer, FileUse use,
                            const std::vector<uid_t>& owners);

// Whether the program at `path`, which may not be a link, is fit to be handed a secret or asked for
// one. Nothing is read.
std::optional<SecretFailure> check_program(const std::string& path,
                                           const std::vector<uid_t>& owners);

// What is wrong with a value from anywhere: empty, or no text (NUL, not UTF-8). Line ends at its
// end are dropped first.
std::optional<SecretFailure> judge_value(SecretString& value, const std::string& step);

// The string at `pointer` (RFC 6901) of the JSON text in `document`; parsed in memory like its own.
SecretRead secret_at(const SecretString& document, const std::string& pointer);

}  // namespace chela::services
