// A command line of remindctl taken apart as Commander 0.2.2 does.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fake_remindctl {

// Ends in the text on stderr and exit code 1.
struct Failure {
  std::string text;
};

struct Words {
  std::map<std::string, std::string> options;
  std::set<std::string> flags;
  std::vector<std::string> positional;
  std::optional<std::string> option(const std::string& name) const {
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional(found->second);
  }
  bool has(const std::string& flag) const { return flags.contains(flag); }
};

// Whether `name` is a command; aliases are not.
bool is_command(const std::string& name);

// The words of a command, whose name is the first. No --opt=value, and what begins with "-" is
// never a value. Throws Failure.
Words parse(const std::vector<std::string>& words);

}  // namespace fake_remindctl
