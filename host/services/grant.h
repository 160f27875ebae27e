// What one instance's manifest allows it to reach, and the sentence that tells a person which line
// is missing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_grant.h"
#include "chela/result.h"

namespace chela::services {

// One program that may be run.
struct ExecGrant {
  std::string program;           // a bare name, or an absolute path
  std::vector<std::string> net;  // what it may connect to, see base/net_target.h; none: no socket

  ExecGrant(const char* name) : program(name) {}
  ExecGrant(std::string name, std::vector<std::string> targets = {})
      : program(std::move(name)), net(std::move(targets)) {}
};

// Texts that may be signed with one secret, see sign_text.h.
struct SignGrant {
  std::string key;
  std::vector<std::string> texts;
};

// `allow:` of a manifest after expansion. Paths are absolute and normal (see normal_path); a path
// grants itself and, where it is a folder, everything below it.
struct Grant {
  std::vector<ExecGrant> exec{};
  std::vector<std::string> read{};
  std::vector<std::string> write{};  // does not include reading
  std::vector<std::string> usage{};  // disk usage of the file system that holds the path
  bool board_read = false;
  std::vector<base::HttpGrant> http{};
  // What the plugin itself says that it needs: of a server that is named here, nothing beyond.
  std::vector<base::HttpGrant> http_needs{};
  std::vector<std::string> stream{};  // mail servers, as base::to_string writes them
  std::vector<SignGrant> sign{};
};

// Who asks. Services borrow it for the length of a call: it must outlive what they return.
struct Caller {
  std::string instance;  // id of the manifest, e.g. "workspace-git"
  Grant grant;
  std::map<std::string, std::vector<std::string>> secrets{};  // name -> references, the first first
};

// `path` without doubled and trailing slashes and without "." parts.
// Fails with invalid_argument for a relative path, a ".." part, a NUL byte, more than 4095 bytes.
Result<std::string> normal_path(std::string_view path);

// Whether normal `path` is `root` or lies below it.
bool is_within(std::string_view root, std::string_view path);

// The longest entry of `roots` that covers `path`, or nullptr.
const std::string* covering_root(const std::vector<std::string>& roots, std::string_view path);

// All take normal paths and look at names only: what a link leads to is the service's matter.
bool may_read(const Grant& grant, std::string_view path);
bool may_write(const Grant& grant, std::string_view path);
bool may_ask_usage(const Grant& grant, std::string_view path);  // `usage` or `read` covers it
bool may_exec(const Grant& grant, std::string_view program);
bool may_fetch(const Grant& grant, std::string_view method, const base::Origin& origin,
               std::string_view path);

// What `program` may connect to, of all its entries together.
std::vector<std::string> granted_net(const Grant& grant, std::string_view program);

// /proc/self, /proc/thread-self, /proc/<number> and all below: no grant covers them, not even "/".
bool is_process_folder(std::string_view path);

enum class Permission { read, write, usage, exec, board, http, stream, sign };

// permission_denied: "permission denied: reading /etc/passwd is not allowed; to allow it add
// "/etc/passwd" to allow.read in the manifest of 'workspace-git'".
//   subject  the path, the program's name, the address or the secret's name; not used for `board`
Error refusal(Permission permission, std::string_view instance, std::string_view subject);

// The same where `path` is or passes a link: names the target, which is what must be granted.
Error link_refusal(Permission permission, std::string_view instance, std::string_view path,
                   std::string_view target);

}  // namespace chela::services
