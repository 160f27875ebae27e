// `chela logs [-f]`: the end of the host's log, and what comes after it.
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>

#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace chela::cli {
namespace {

// Prints whole lines from `in` on to the end; remembers nothing but the stream's place.
void print_rest(std::ifstream& in) {
  std::string line;
  in.clear();
  while (true) {
    const auto before = in.tellg();
    if (!std::getline(in, line)) break;
    if (in.eof()) {  // a line that is being written
      in.clear();
      in.seekg(before);
      break;
    }
    std::printf("%s\n", line.c_str());
  }
  std::fflush(stdout);
}

// Follows the file by name: after a rotation the new file is read from its start.
int follow(const std::string& path, std::ifstream in) {
  const base::UniqueFd watch(inotify_init1(IN_CLOEXEC));
  const std::string folder = path.substr(0, path.find_last_of('/'));
  inotify_add_watch(watch.get(), folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  struct stat known {};
  stat(path.c_str(), &known);
  char events[4096];
  while (read(watch.get(), events, sizeof events) > 0 || errno == EINTR) {
    print_rest(in);
    struct stat current {};
    if (stat(path.c_str(), &current) == 0 && current.st_ino != known.st_ino) {
      known = current;
      in = std::ifstream(path, std::ios::binary);
      print_rest(in);
    }
  }
  return kOk;
}

}  // namespace

int run_logs(const Global& global, bool follow_on, int lines) {
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  const std::string path = (setup->paths.state_dir.path / "logs/chela.log").string();
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return report(
        {ErrorCode::not_found, path + ": " + std::strerror(errno) + " (nothing was logged yet)"});
  std::deque<std::string> last;
  std::string line;
  while (std::getline(in, line)) {
    last.push_back(line);
    if (last.size() > static_cast<std::size_t>(lines)) last.pop_front();
  }
  for (const auto& one : last) std::printf("%s\n", one.c_str());
  std::fflush(stdout);
  in.clear();
  return follow_on ? follow(path, std::move(in)) : kOk;
}

}  // namespace chela::cli
