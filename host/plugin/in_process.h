// `isolation: host`: a pure plugin inside the host's own process. It gets the log and the clock,
// nothing that waits.
#pragma once

#include <memory>

#include "plugin/activation.h"
#include "plugin/instance.h"
#include "services/clock.h"
#include "services/log.h"

namespace chela::plugin {

// Opens the sealed library in this process, for good (it is never unloaded). A deadline cannot be
// enforced here, only told to the plugin. `activation`, `clock` and `log` must outlive the
// instance. [loop-thread]
Result<std::unique_ptr<Instance>> open_in_process(const Activation& activation,
                                                  const services::Clock& clock, services::Log& log);

}  // namespace chela::plugin
