// A process of the same user for the hostile library to aim at. Prints where its secret lies, then
// waits.

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <initializer_list>

namespace {
char secret[] = "the secret of the victim";
}

int main() {
  for (const int harmless : {SIGUSR1, SIGIO}) ::signal(harmless, [](int) {});
  std::printf("%lu\n", reinterpret_cast<unsigned long>(secret));
  std::fflush(stdout);
  for (;;) ::pause();
}
