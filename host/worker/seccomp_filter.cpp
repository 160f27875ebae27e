#include "worker/seccomp_filter.h"

#include "worker/filter_rules.h"
#include "worker_filters.inc"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

namespace chela::worker {
namespace {

std::vector<sock_filter> code_of(SeccompProfile profile) {
  switch (profile) {
    case SeccompProfile::plugin:
      return {std::begin(plugin_filter), std::end(plugin_filter)};
    case SeccompProfile::program:
      return {std::begin(program_filter), std::end(program_filter)};
    case SeccompProfile::gated_program:
      return {std::begin(gated_program_filter), std::end(gated_program_filter)};
    case SeccompProfile::no_signals:
      return {std::begin(no_signals_filter), std::end(no_signals_filter)};
  }
  return {};
}

}  // namespace

Result<void> load_filter(SeccompProfile profile) {
  auto code = code_of(profile);
  for (auto& line : code) {
    const bool compares = line.code == (BPF_JMP | BPF_JEQ | BPF_K);
    if (compares && line.k == pid_placeholder) line.k = static_cast<std::uint32_t>(::getpid());
  }
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    return fail(ErrorCode::failed_precondition,
                std::string("the kernel refuses a seccomp filter: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace chela::worker
