// Opens a plugin's library and takes its descriptor; the only place that uses Boost.DLL.
#pragma once

#include <string>

#include "chela/abi/kinds.h"
#include "chela/result.h"

namespace chela::plugin {

struct ExpectedPlugin {
  std::string id;
  std::string version;
  std::string kind;  // "chela.check/1"
};

// Opens the library behind descriptor `fd` (rtld_now | rtld_local) and returns its component of
// `expected.kind`. The constructors of the library run here. The library is never closed and `fd`
// must stay open as long as the process lives: glibc takes /proc/self/fd/N for the same library
// whenever the name is the same. Fails with failed_precondition when the entry is missing, the
// descriptor is not the one that the note promised or needs a newer host, or the kind's table is
// incomplete; with unavailable when the dynamic linker refuses it.
Result<const chela_component*> load_component(int fd, const ExpectedPlugin& expected);

// The same for a descriptor that is already there; pure.
Result<const chela_component*> choose_component(const chela_plugin* plugin,
                                                const ExpectedPlugin& expected);

}  // namespace chela::plugin
