// Runs a program that prints a secret: a session of its own, no terminal, no core, a deadline, and
// whatever it prints only in wiped memory.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/time.h"
#include "services/secret_op_text.h"
#include "services/secret_string.h"

namespace chela::services {

struct ProgramRequest {
  std::string program;  // absolute path
  std::vector<std::string> argv;
  std::vector<std::string> env;  // the whole environment; wiped once it runs
  Duration timeout{15'000};
};

struct ProgramEnd {
  ProgramFate fate = ProgramFate::exited;
  int exit_code = 0;
  int signal = 0;
  std::string why_not_started;
  SecretString out;  // at most 64 KiB: beyond it the program is killed (too_much)
  SecretString err;  // its first 8 KiB; the rest is read and dropped
};

// Standard input is /dev/null; there is no terminal, so nothing can ask there. At the deadline, at
// too much output, and where the wait is cancelled or destroyed, the program's whole session is
// killed and reaped. What left the session and holds the output open is waited for a quarter of a
// second, then the output counts as it is. Never fails: a failure is a fate. [loop-thread]
boost::asio::awaitable<ProgramEnd> run_secret_program(ProgramRequest request);

}  // namespace chela::services
