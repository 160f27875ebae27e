// The commands of remindctl 0.3.3 that a task backend uses, with its texts and exit codes.
#pragma once

#include <string>
#include <vector>

namespace fake_remindctl {

// Runs one command line (without the program's name); prints as remindctl does and returns its exit
// code, which is 0 or 1.
int run(const std::vector<std::string>& words, const std::string& store_file);

}  // namespace fake_remindctl
