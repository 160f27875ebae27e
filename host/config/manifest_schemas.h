// The texts of sdk/schema/chela.manifest.*.schema.json, put into the program when it is built.
#pragma once

#include <string_view>

namespace chela::config {

extern const std::string_view kInstanceSchemaText;
extern const std::string_view kHostSchemaText;

}  // namespace chela::config
