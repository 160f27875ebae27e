// The program `chela`.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "cli/commands.h"

int main(int argc, char** argv) try {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), not the end
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file size limit
  return chela::cli::run(argc, argv);
} catch (const std::exception& e) {
  std::fprintf(stderr, "chela: unexpected: %s\n", e.what());
  return chela::cli::kFailed;
}
