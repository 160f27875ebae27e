// A host for tests: starts the program that its arguments name (after "plain" or "isolated"), hands
// on descriptors 4 and 5, prints the child's process id and waits to be killed.

#include "base/process.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

int main(int argc, char** argv) {
  using namespace chela::base;
  SpawnRequest request;
  if (std::string_view(argv[1]) == "isolated") request.namespaces = Namespaces::isolated;
  request.program = argv[2];
  request.argv.assign(argv + 2, argv + argc);
  request.fds = {{3, 3}, {4, 4}, {5, 5}};
  if (::geteuid() == 0)
    request.identity = unprivileged_identity(static_cast<std::size_t>(::getpid()));
  auto child = spawn(request);
  if (!child) {
    std::fprintf(stderr, "%s\n", child.error().message.c_str());
    return 1;
  }
  std::printf("%d\n", child->pid());
  std::fflush(stdout);
  for (;;) ::pause();
}
