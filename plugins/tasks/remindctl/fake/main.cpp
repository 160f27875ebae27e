// `remindctl` for tests: a contract fake derived from the v0.3.3 sources, not tested with
// Reminders. Keeps its reminders in $REMINDCTL_FAKE_STATE, or beside itself in <its own
// path>.state.json.
#include <cstdlib>
#include <exception>
#include <iostream>

#include "commands.h"

int main(int argc, char** argv) try {
  const char* state = std::getenv("REMINDCTL_FAKE_STATE");
  const std::string file = state != nullptr ? state : std::string(argv[0]) + ".state.json";
  return fake_remindctl::run({argv + 1, argv + argc}, file);
} catch (const std::exception& error) {
  std::cerr << "fake remindctl: " << error.what() << "\n";
  return 70;  // never one of remindctl's own
}
