#include "worker/landlock.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace chela::worker {
namespace {

// Spelled out here because Debian 12's <linux/landlock.h> stops at ABI 2.
// Source: Documentation/userspace-api/landlock.rst of the kernel.
constexpr std::uint64_t fs_execute = 1U << 0;
constexpr std::uint64_t fs_write_file = 1U << 1;
constexpr std::uint64_t fs_read_file = 1U << 2;
constexpr std::uint64_t fs_read_dir = 1U << 3;
constexpr std::uint64_t fs_remove_dir = 1U << 4;
constexpr std::uint64_t fs_remove_file = 1U << 5;
constexpr std::uint64_t fs_make_char = 1U << 6;
constexpr std::uint64_t fs_make_dir = 1U << 7;
constexpr std::uint64_t fs_make_reg = 1U << 8;
constexpr std::uint64_t fs_make_sock = 1U << 9;
constexpr std::uint64_t fs_make_fifo = 1U << 10;
constexpr std::uint64_t fs_make_block = 1U << 11;
constexpr std::uint64_t fs_make_sym = 1U << 12;
constexpr std::uint64_t fs_refer = 1U << 13;      // ABI 2
constexpr std::uint64_t fs_truncate = 1U << 14;   // ABI 3
constexpr std::uint64_t fs_ioctl_dev = 1U << 15;  // ABI 5
constexpr std::uint64_t net_bind_tcp = 1U << 0;   // ABI 4
constexpr std::uint64_t net_connect_tcp = 1U << 1;
constexpr std::uint64_t scope_abstract_unix_socket = 1U << 0;  // ABI 6
constexpr std::uint64_t scope_signal = 1U << 1;
constexpr std::uint64_t fs_abi_1 = (1U << 13) - 1;
constexpr std::uint64_t fs_on_files =
    fs_execute | fs_write_file | fs_read_file | fs_truncate | fs_ioctl_dev;

struct RulesetAttributes {
  std::uint64_t handled_fs;
  std::uint64_t handled_net;  // ABI 4
  std::uint64_t scoped;       // ABI 6
};
struct __attribute__((packed)) PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent_fd;
};
constexpr std::uint32_t create_ruleset_version = 1;
constexpr int rule_path_beneath = 1;
struct NetPort {
  std::uint64_t allowed;
  std::uint64_t port;
};
constexpr int rule_net_port = 2;

std::uint64_t known_fs_rights(int abi) {
  return fs_abi_1 | (abi >= 2 ? fs_refer : 0) | (abi >= 3 ? fs_truncate : 0) |
         (abi >= 5 ? fs_ioctl_dev : 0);
}

std::uint64_t rights_of(PathAccess access) {
  constexpr std::uint64_t reading = fs_read_file | fs_read_dir;
  switch (access) {
    case PathAccess::read:
      return reading;
    case PathAccess::read_and_execute:
      return reading | fs_execute;
    case PathAccess::read_and_write:
      return reading | fs_write_file | fs_remove_dir | fs_remove_file | fs_make_dir | fs_make_reg |
             fs_make_fifo | fs_make_sym | fs_refer | fs_truncate;
  }
  return 0;
}

std::string last_error() {
  return std::strerror(errno);
}

Result<void> add_rule(int ruleset, const PathRule& rule, std::uint64_t handled) {
  const base::UniqueFd path(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
  if (path.get() < 0) {
    if (rule.is_optional) return {};
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::permission_denied,
                "granted path " + rule.path + ": " + last_error());
  }
  struct stat info {};
  if (::fstat(path.get(), &info) != 0) {
    return fail(ErrorCode::internal, "granted path " + rule.path + ": " + last_error());
  }
  auto rights = rights_of(rule.access) & handled;
  if (!S_ISDIR(info.st_mode)) rights &= fs_on_files;
  const PathBeneath beneath{rights, path.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, rule_path_beneath, &beneath, 0) != 0) {
    return fail(ErrorCode::internal, "Landlock rule for " + rule.path + ": " + last_error());
  }
  return {};
}

Result<void> add_port(int ruleset, std::uint16_t port) {
  const NetPort rule{net_connect_tcp, port};
  if (::syscall(SYS_landlock_add_rule, ruleset, rule_net_port, &rule, 0) == 0) return {};
  return fail(ErrorCode::internal,
              "Landlock rule for port " + std::to_string(port) + ": " + last_error());
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, create_ruleset_version);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

Result<void> restrict_paths(const std::vector<PathRule>& rules, int abi,
                            const std::vector<std::uint16_t>& tcp_ports) {
  if (abi < 1) return fail(ErrorCode::failed_precondition, "this kernel has no Landlock");
  RulesetAttributes attributes{};
  attributes.handled_fs = known_fs_rights(abi);
  if (abi >= 4) attributes.handled_net = net_bind_tcp | net_connect_tcp;
  if (abi >= 6) attributes.scoped = scope_abstract_unix_socket | scope_signal;
  const std::size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  const base::UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (ruleset.get() < 0) {
    return fail(ErrorCode::failed_precondition,
                "the kernel refuses a Landlock ruleset: " + last_error());
  }
  for (const auto& rule : rules) CHELA_TRY(add_rule(ruleset.get(), rule, attributes.handled_fs));
  if (abi >= 4) {
    for (const auto port : tcp_ports) CHELA_TRY(add_port(ruleset.get(), port));
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return fail(ErrorCode::failed_precondition, "the kernel refuses Landlock: " + last_error());
  }
  return {};
}

}  // namespace chela::worker
