// The names of task backends on the command line.
#pragma once

#include <string>

#include "app/setup.h"

namespace chela::cli {

// not_found, with a suggestion, where no task backend `id` is enabled.
Result<void> check_backend(const app::Setup& setup, const std::string& id);

}  // namespace chela::cli
