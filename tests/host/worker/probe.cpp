// A worker for tests: takes the options of `chela-worker serve`, locks itself down, opens
// descriptor 4, calls its run_in_worker() if it has one, ends. Prints what lock_down() enforced to
// standard error (one JSON line) where `--report` comes first.

#include "worker/options.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#ifdef CHELA_SANITIZED
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}
#endif

namespace {

void say(const std::string& text) {
  const auto line = text + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(3);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> words(argv + 1, argv + argc);
  const bool wants_report = !words.empty() && words.front() == "--report";
  if (wants_report) words.erase(words.begin());
  const auto request = chela::worker::parse_options(words);
  if (!request) {
    say("options: " + request.error().message);
    return 64;
  }
  ::signal(SIGXFSZ, SIG_IGN);
  const auto enforced = chela::worker::lock_down(*request);
  if (!enforced) {
    say("refused: " + enforced.error().message);
    return 1;
  }
  if (wants_report) say(chela::json::serialize(enforced->to_json()));
  void* library = ::dlopen("/proc/self/fd/4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    say(std::string("dlopen: ") + ::dlerror());
    return 2;
  }
  if (void* function = ::dlsym(library, "run_in_worker")) reinterpret_cast<void (*)()>(function)();
  return 0;
}
