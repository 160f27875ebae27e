// The sha256 of plugins/bundled.lock as it was when this program was linked.
#pragma once

#include <string_view>

namespace chela::app {

extern const std::string_view kBundledLockSha256;

}  // namespace chela::app
