// Reads NAME=VALUE lines as OpenClaw's .env holds them.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace chela::app {

// "export NAME=VALUE" and quotes as dotenv knows them: inside double quotes \n and \" are escapes,
// inside single quotes nothing is, outside a value ends at " #". Lines that are none of this are
// passed over.
std::map<std::string, std::string> parse_env(std::string_view text);

// Empty where the file is not there or cannot be read (at most 1 MiB).
std::map<std::string, std::string> read_env_file(const std::string& path);

}  // namespace chela::app
