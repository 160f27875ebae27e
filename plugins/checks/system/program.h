// Runs one of the system's programs, and says why where nothing came of it.
#pragma once

#include <chela/check.h>

#include <string>
#include <vector>

namespace check_system {

struct Answer {
  std::string out;
  std::string err;  // its first line
  int exit_code = 0;
  bool is_truncated = false;  // `out` is only its head
};

// Every exit code is an answer. Fails where the program is not there, is not allowed, took too long
// or was ended by a signal; the message begins with the program's name.
chela::Result<Answer> ask(chela::Host& host, chela::ExecRequest request);

// The same, but only exit code 0 will do.
chela::Result<Answer> ask_well(chela::Host& host, chela::ExecRequest request);

}  // namespace check_system
