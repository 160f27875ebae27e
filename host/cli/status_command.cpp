// `chela status`, once or again and again.
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/status_view.h"

namespace chela::cli {
namespace {

volatile sig_atomic_t has_to_end = 0;

heartbeat::Glyphs glyphs_here() {
  setlocale(LC_CTYPE, "");
  return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? heartbeat::Glyphs::unicode
                                                         : heartbeat::Glyphs::ascii;
}

// Everything is read anew each time: manifests, ledger and daemon may have changed.
Result<std::vector<std::string>> page(const Global& global, heartbeat::Glyphs glyphs) {
  CHELA_TRY(auto session, open_session(global));
  const Timestamp now = session->clock.now();
  StatusView view;
  CHELA_TRY(look(*session->engine, now, view));
  return status_lines(view, now, glyphs);
}

std::size_t terminal_rows() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 ? size.ws_row : 24;
}

void draw(const std::vector<std::string>& lines) {
  const std::size_t rows = terminal_rows() - 1;
  std::string screen = "\x1b[H";
  for (std::size_t i = 0; i < std::min(rows, lines.size()); ++i) {
    const bool is_cut = i + 1 == rows && lines.size() > rows;
    screen += is_cut ? "+" + std::to_string(lines.size() - i) + " more lines" : lines[i];
    screen += "\x1b[K\n";
  }
  screen += "\x1b[J";
  std::fputs(screen.c_str(), stdout);
  std::fflush(stdout);
}

// Until a signal; the terminal is then as it was.
int watch(const Global& global, double seconds, heartbeat::Glyphs glyphs) {
  if (isatty(STDOUT_FILENO) == 0) {
    return report({ErrorCode::invalid_argument,
                   "--watch redraws a terminal, and this is none; use chela status --json from "
                   "programs"});
  }
  struct sigaction action {};
  action.sa_handler = [](int) { has_to_end = 1; };
  sigset_t ours, before;
  sigemptyset(&ours);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
    sigaddset(&ours, signal);
  }
  // Blocked but for the wait below, so that none is missed in between.
  sigprocmask(SIG_BLOCK, &ours, &before);
  std::fputs("\x1b[?1049h\x1b[?25l", stdout);
  Result<void> ended;
  timespec pause{};
  pause.tv_sec = static_cast<time_t>(seconds);
  pause.tv_nsec = static_cast<long>((seconds - static_cast<double>(pause.tv_sec)) * 1e9);
  while (has_to_end == 0) {
    const auto lines = page(global, glyphs);
    if (!lines) {
      ended = fail(lines.error());
      break;
    }
    draw(*lines);
    pselect(0, nullptr, nullptr, nullptr, &pause, &before);
  }
  std::fputs("\x1b[?25h\x1b[?1049l", stdout);
  std::fflush(stdout);
  return ended ? kOk : report(ended.error());
}

}  // namespace

int run_status(const Global& global, const StatusCommand& command) {
  const auto glyphs = glyphs_here();
  if (command.watch_seconds > 0) return watch(global, command.watch_seconds, glyphs);
  if (!global.json) {
    const auto lines = page(global, glyphs);
    if (!lines) return report(lines.error());
    for (const auto& line : *lines) std::printf("%s\n", line.c_str());
    return kOk;
  }
  auto session = open_session(global);
  if (!session) return report(session.error());
  StatusView view;
  if (const auto looked = look(*(*session)->engine, (*session)->clock.now(), view); !looked)
    return report(looked.error());
  print_json(to_json(view));
  return kOk;
}

}  // namespace chela::cli
