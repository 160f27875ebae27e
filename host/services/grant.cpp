#include "services/grant.h"

#include <algorithm>

#include "base/text.h"

namespace chela::services {
namespace {

constexpr std::size_t kMaxPathBytes = 4095;

struct Words {
  const char* doing;
  const char* line;
};

Words words_of(Permission permission) {
  switch (permission) {
    case Permission::read:
      return {"reading ", "allow.read"};
    case Permission::write:
      return {"writing ", "allow.write"};
    case Permission::usage:
      return {"asking for the disk usage of ", "allow.usage"};
    case Permission::exec:
      return {"running ", "allow.exec"};
    case Permission::board:
      return {"reading the tasks", "allow.board"};
    case Permission::http:
      return {"a request to ", "allow.http"};
    case Permission::stream:
      return {"a connection to ", "allow.stream"};
    case Permission::sign:
      return {"signing with ", "allow.sign"};
  }
  return {"", ""};
}

bool is_number(std::string_view part) {
  return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<std::string> normal_path(std::string_view path) {
  const auto refuse = [&](const char* wanted) {
    return fail(ErrorCode::invalid_argument,
                "path '" + base::printable(path, 200) + "': wanted " + wanted);
  };
  if (path.empty() || path.front() != '/') return refuse("an absolute path");
  if (path.find('\0') != std::string_view::npos) return refuse("one without NUL bytes");
  if (path.size() > kMaxPathBytes) return refuse("at most 4095 bytes");
  std::string normal;
  while (!path.empty()) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (part == "..") return refuse("one without '..'");
    if (part.empty() || part == ".") continue;
    normal += '/';
    normal += part;
  }
  return normal.empty() ? "/" : normal;
}

bool is_within(std::string_view root, std::string_view path) {
  if (root == "/") return path.starts_with('/');
  return !root.empty() && path.starts_with(root) &&
         (path.size() == root.size() || path[root.size()] == '/');
}

const std::string* covering_root(const std::vector<std::string>& roots, std::string_view path) {
  const std::string* best = nullptr;
  for (const auto& root : roots) {
    if (is_within(root, path) && (best == nullptr || root.size() > best->size())) best = &root;
  }
  return best;
}

bool may_read(const Grant& grant, std::string_view path) {
  return !is_process_folder(path) && covering_root(grant.read, path) != nullptr;
}

bool may_write(const Grant& grant, std::string_view path) {
  return !is_process_folder(path) && covering_root(grant.write, path) != nullptr;
}

bool may_ask_usage(const Grant& grant, std::string_view path) {
  return may_read(grant, path) ||
         (!is_process_folder(path) && covering_root(grant.usage, path) != nullptr);
}

bool may_exec(const Grant& grant, std::string_view program) {
  return std::any_of(grant.exec.begin(), grant.exec.end(),
                     [&](const ExecGrant& one) { return one.program == program; });
}

bool may_fetch(const Grant& grant, std::string_view method, const base::Origin& origin,
               std::string_view path) {
  const auto covers = [&](const base::HttpGrant& one) {
    return base::covers(one, method, origin, path);
  };
  const auto names = [&](const base::HttpGrant& one) { return base::covers_server(one, origin); };
  const auto& needs = grant.http_needs;
  return std::any_of(grant.http.begin(), grant.http.end(), covers) &&
         (std::none_of(needs.begin(), needs.end(), names) ||
          std::any_of(needs.begin(), needs.end(), covers));
}

std::vector<std::string> granted_net(const Grant& grant, std::string_view program) {
  std::vector<std::string> targets;
  for (const auto& one : grant.exec) {
    if (one.program == program) targets.insert(targets.end(), one.net.begin(), one.net.end());
  }
  return targets;
}

bool is_process_folder(std::string_view path) {
  constexpr std::string_view proc = "/proc/";
  if (!path.starts_with(proc)) return false;
  const auto rest = path.substr(proc.size());
  const auto part = rest.substr(0, rest.find('/'));
  return part == "self" || part == "thread-self" || is_number(part);
}

Error refusal(Permission permission, std::string_view instance, std::string_view subject) {
  const auto [doing, line] = words_of(permission);
  const std::string shown = base::printable(subject, 400);
  const std::string manifest = " in the manifest of '" + std::string(instance) + "'";
  std::string message = std::string("permission denied: ") + doing;
  if (permission == Permission::board) {
    message += " is not allowed; to allow it set " + std::string(line) + " to \"read\"" + manifest;
  } else if (permission < Permission::exec && is_process_folder(subject)) {
    message += shown + " is never allowed: it is the inside of a process, and no grant covers it";
  } else {
    message += shown + " is not allowed; to allow it add \"" + shown + "\" to " + line + manifest;
  }
  return Error{ErrorCode::permission_denied, std::move(message)};
}

Error link_refusal(Permission permission, std::string_view instance, std::string_view path,
                   std::string_view target) {
  Error error = refusal(permission, instance, target);
  error.message += " (" + base::printable(path, 400) + " is or passes a symbolic link to it)";
  return error;
}

}  // namespace chela::services
