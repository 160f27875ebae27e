#include "worker/limits.h"

#include "base/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

namespace chela::worker {
namespace {

#ifdef CHELA_SANITIZED
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

Result<void> set_limit(decltype(RLIMIT_AS) which, const char* name, rlim_t value) {
  rlimit present{};
  if (::getrlimit(which, &present) == 0) value = std::min(value, present.rlim_max);
  const rlimit wanted{value, value};
  if (::setrlimit(which, &wanted) == 0) return {};
  return fail(ErrorCode::internal, std::string(name) + ": " + std::strerror(errno));
}

// A map of exactly one id is what spawn() writes; a container's map covers a range.
bool is_in_own_user_namespace() {
  std::ifstream map("/proc/self/uid_map");
  unsigned long inside = 0;
  unsigned long outside = 0;
  unsigned long count = 0;
  return map >> inside >> outside >> count && count == 1 && !(map >> inside);
}

}  // namespace

Result<LimitsInForce> set_limits(const Limits& limits) {
  constexpr rlim_t mega = 1024 * 1024;
  const auto amount = [](int value) { return static_cast<rlim_t>(std::max(value, 0)); };
  const bool is_nobody = ::getuid() == base::nobody.uid;
  const LimitsInForce in_force{.memory = !is_sanitized,
                               .processes = is_in_own_user_namespace() ||
                                            base::is_unprivileged_identity(::getuid()) ||
                                            (limits.counts_others && is_nobody)};
  if (in_force.memory)
    CHELA_TRY(set_limit(RLIMIT_AS, "RLIMIT_AS", amount(limits.memory_mb) * mega));
  if (in_force.processes) {
    CHELA_TRY(set_limit(RLIMIT_NPROC, "RLIMIT_NPROC", amount(limits.processes)));
  }
  // The soft CPU limit equals the hard one: SIGXCPU would be ignored by pid 1 of a namespace,
  // SIGKILL is not.
  CHELA_TRY(set_limit(RLIMIT_CPU, "RLIMIT_CPU", amount(limits.cpu_s)));
  CHELA_TRY(set_limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", amount(limits.file_mb) * mega));
  CHELA_TRY(set_limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", amount(limits.open_files)));
  CHELA_TRY(set_limit(RLIMIT_CORE, "RLIMIT_CORE", 0));
  return in_force;
}

}  // namespace chela::worker
