// Where a secret is: one line of text such as op://vault/item/field, read and printed. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::services {

enum class SecretSource { op, env, file, cred, exec };

// "1Password", "environment", "file", "service credential", "program".
const char* name_of(SecretSource source);

// Whether reading it takes no other program, and so neither time nor money.
constexpr bool is_local(SecretSource source) {
  return source == SecretSource::env || source == SecretSource::file ||
         source == SecretSource::cred;
}

// One of
//   op://vault/item[/section]/field   1Password, as `op read` takes it
//   env:NAME                          a variable of the environment
//   file:/path[#pointer], file:~/..   a file, or one string of a JSON file: #/a/0/b or #a.0.b
//   cred:NAME                         a credential that systemd loaded (LoadCredential=)
//   exec:/program ARG..               what a program prints; quotes and backslashes as in a shell
//                                     that does nothing else
struct SecretRef {
  SecretSource source = SecretSource::env;
  std::string key;   // the same secret has the same key; may hold arguments that are not for print
  std::string name;  // op: the whole reference; env, cred: the name; file: absolute path
  std::string pointer;            // file: "" = the whole file; else "/a/0/b"
  std::vector<std::string> argv;  // exec
  friend bool operator==(const SecretRef&, const SecretRef&) = default;
};

// For people and logs: the reference, of a program's arguments only how many there are.
std::string to_string(const SecretRef& ref);

// `home` is what "~" means, absolute. invalid_argument says which forms there are; a text that may
// be a key itself is not repeated in it.
Result<SecretRef> parse_secret_ref(std::string_view text, const std::string& home);

// OpenClaw's {"source":"env|file|exec","provider":"..","id":".."}, with its `secrets.providers`
// ({} or null where there are none). env and file are mapped, honouring `allowlist`, `path` and
// `mode`; of exec only ids that are op:// references, which are then read by `op` itself.
// invalid_argument for anything else, with what to write instead.
Result<SecretRef> secret_ref_of_openclaw(const json::value& value, const json::value& providers,
                                         const std::string& home);

// Whether a text has the looks of a key rather than of a name: a vendor's prefix, or a long run of
// mixed letters and digits.
bool looks_like_a_key(std::string_view text);

}  // namespace chela::services
