// chela-worker: `serve` opens one plugin inside a locked-down process, `exec` runs one program
// inside one, and `knock` is such a program: it connects and says how that went.

#include "worker/knock.h"
#include "worker/launcher.h"
#include "worker/options.h"
#include "worker/serve.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <vector>

#ifdef CHELA_SANITIZED
// The leak check at exit needs ptrace and /proc/self, which are not there any more.
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}
#endif

namespace chela::worker {
namespace {

constexpr int socket_fd = 3;
constexpr int exit_refused = 1;
constexpr int exit_no_host = 2;
constexpr int exit_usage = 64;
constexpr int exit_aborted = 128 + SIGABRT;

// spawn() asks for the same; here it also holds for a worker that somebody else started. A host
// that ended before this line has closed its end of the socket.
bool is_tied_to_host() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  pollfd socket{socket_fd, POLLIN, 0};
  return ::poll(&socket, 1, 0) >= 0 && (socket.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

// Pid 1 of a namespace ignores signals without a handler, so that abort() went on to a forbidden
// instruction and looked like a segmentation fault. The host reads 134 as an abort.
void set_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  ::signal(SIGABRT, [](int) { ::_exit(exit_aborted); });
}

int serve_locked_down(const std::vector<std::string_view>& words) {
  if (!is_tied_to_host()) return exit_no_host;
  set_signals();
  const auto options = parse_options(words);
  if (!options) {
    refuse(socket_fd, options.error());
    return exit_usage;
  }
  const auto enforced = lock_down(*options);
  if (!enforced) {
    refuse(socket_fd, enforced.error());
    return exit_refused;
  }
  ServeRequest request;
  request.enforced = enforced->to_json();
  return serve(request);
}

int run(const std::vector<std::string_view>& words) {
  if (!words.empty() && words.front() == "serve")
    return serve_locked_down({words.begin() + 1, words.end()});
  if (words.size() == 1 && words.front() == "exec") return launch(socket_fd);
  if (words.size() == 2 && words.front() == "knock") return knock(words[1]);
  std::fputs(
      "chela-worker is started by chela: `chela-worker serve [options]`, `chela-worker exec` or "
      "`chela-worker knock PORT`\n",
      stderr);
  return exit_usage;
}

}  // namespace
}  // namespace chela::worker

int main(int argc, char** argv) try {
  return chela::worker::run({argv + 1, argv + argc});
} catch (const std::exception& e) {
  std::fprintf(stderr, "chela-worker: %s\n", e.what());
  return 70;
}
