#include "worker/launcher.h"

#include "base/unique_fd.h"
#include "chela/json.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace chela::worker {
namespace {

constexpr int exit_before_start = 126;

Result<void> take_strings(const json::value& job, const char* key, std::vector<std::string>& into) {
  const auto* member = find(job, key);
  if (member == nullptr) return {};
  const auto* list = member->if_array();
  const bool is_list_of_strings =
      list != nullptr && std::all_of(list->begin(), list->end(), [](const auto& item) {
        return item.is_string() && item.get_string().find('\0') == json::string::npos;
      });
  if (!is_list_of_strings) {
    return fail(
        ErrorCode::invalid_argument,
        std::string("job: ") + key + ": wanted a list of texts, found " + json::serialize(*member));
  }
  into = get_strings(job, key);
  return {};
}

Result<void> take_limit(const json::value& limits, const char* key, int& into) {
  const auto* member = find(limits, key);
  if (member == nullptr) return {};
  const auto number = get_int(limits, key, -1);
  if (number < 0 || number > 1'000'000) {
    return fail(ErrorCode::invalid_argument, std::string("job: limits.") + key +
                                                 ": wanted 0 to 1000000, found " +
                                                 json::serialize(*member));
  }
  into = static_cast<int>(number);
  return {};
}

Result<void> take_paths(const json::value& job, const char* key, PathAccess access,
                        std::vector<PathRule>& into) {
  std::vector<std::string> paths;
  CHELA_TRY(take_strings(job, key, paths));
  for (const auto& path : paths) {
    if (path.empty() || path.front() != '/') {
      return fail(ErrorCode::invalid_argument,
                  std::string("job: ") + key + ": wanted absolute paths, found '" + path + "'");
    }
    // A manifest may grant what only some machines have, or what comes and goes; a path that is not
    // there, or that this user does not reach, gives nothing. What a program is to write to is
    // meant to be there.
    into.push_back({path, access, access == PathAccess::read});
  }
  return {};
}

Result<std::string> read_all(int fd) {
  std::string text;
  std::array<char, 16 * 1024> part{};
  while (true) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::internal, std::string("job: ") + std::strerror(errno));
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > max_job_bytes) {
      return fail(ErrorCode::resource_exhausted,
                  "job: more than " + std::to_string(max_job_bytes) + " bytes");
    }
  }
}

bool is_program(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
}

std::vector<std::string> program_folders() {
  std::vector<std::string> folders;
  for (auto rest = program_path; !rest.empty();) {
    const auto folder = rest.substr(0, rest.find(':'));
    folders.emplace_back(folder);
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
  }
  return folders;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (auto& text : strings) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

ErrorCode code_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorCode::not_found;
  if (error == EACCES || error == EPERM) return ErrorCode::permission_denied;
  return ErrorCode::internal;
}

Result<std::string> program_of(const Job& job) {
  if (job.program.empty()) return find_program(job.argv.front());
  if (is_program(job.program)) return job.program;
  return fail(ErrorCode::not_found, "program " + job.program + " is not there");
}

// Becomes the program; returns only where that fails.
Error become(Job& job, const std::string& program) {
  if (::chdir(job.cwd.c_str()) != 0) {
    const int error = errno;
    return {code_of(error), "folder to run in: " + job.cwd + ": " + std::strerror(error)};
  }
  for (const int ignored : {SIGPIPE, SIGXFSZ}) ::signal(ignored, SIG_DFL);
  ::execve(program.c_str(), pointers(job.argv).data(), pointers(job.env).data());
  const int error = errno;
  return {code_of(error), "cannot run " + program + ": " + std::strerror(error)};
}

// The child: behind the gate from its first step on.
Error become_gated(Job& job, const std::string& program, const Enforced& enforced, int to_watcher) {
  const auto listener = install_gate();
  if (!listener) return listener.error();
  if (!send_fd(to_watcher, *listener))
    return {ErrorCode::internal, std::string("gate: ") + std::strerror(errno)};
  ::close(*listener);
  ::close(to_watcher);
  if (const auto loaded = load_program_filter(job.confinement, enforced); !loaded)
    return loaded.error();
  return become(job, program);
}

// The watcher: this process stays beside the program and ends as it did.
[[noreturn]] void watch_over(const Job& job, int from_child, pid_t child, int job_fd) {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const base::UniqueFd listener(receive_fd(from_child));
  int status = 0;
  if (listener.is_open()) {
    status = watch(job.gate, listener.get(), child);
  } else {
    ::waitpid(child, &status, 0);  // it has said itself why it did not come so far
  }
  if (!WIFSIGNALED(status)) ::_exit(WEXITSTATUS(status));
  const auto text = json::serialize(json::object{{"signal", WTERMSIG(status)}});
  [[maybe_unused]] const auto told = ::write(job_fd, text.data(), text.size());
  ::_exit(128 + WTERMSIG(status));
}

Error run(Job& job, int job_fd) {
  const auto program = program_of(job);
  if (!program) return program.error();
  const auto enforced = lock_down(job.confinement);
  if (!enforced) return enforced.error();
  if (!job.gate.is_open()) return become(job, *program);
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return {ErrorCode::resource_exhausted, std::string("gate: ") + std::strerror(errno)};
  const pid_t child = ::fork();
  if (child < 0)
    return {ErrorCode::resource_exhausted, std::string("gate: ") + std::strerror(errno)};
  if (child == 0) {
    ::close(pair[0]);
    return become_gated(job, *program, *enforced, pair[1]);
  }
  ::close(pair[1]);
  watch_over(job, pair[0], child, job_fd);
}

void report(int job_fd, const Error& error) {
  const auto text = json::serialize(
      json::object{{"status", static_cast<int>(error.code)}, {"message", error.message}});
  if (::write(job_fd, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return;
  const auto line = "chela-worker: " + error.message + "\n";
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody is left to tell
}

}  // namespace

Result<Job> parse_job(std::string_view text) {
  CHELA_TRY(const auto document, parse_json(text));
  Job job;
  CHELA_TRY(take_strings(document, "argv", job.argv));
  if (job.argv.empty())
    return fail(ErrorCode::invalid_argument, "job: argv: wanted at least a program");
  CHELA_TRY(take_strings(document, "env", job.env));
  const auto is_path = [](const std::string& entry) { return entry.starts_with("PATH="); };
  if (std::none_of(job.env.begin(), job.env.end(), is_path)) {
    job.env.push_back("PATH=" + std::string(program_path));
  }
  job.cwd = get_string(document, "cwd", "/");
  auto& confinement = job.confinement;
  confinement.profile = Profile::program;
  job.program = get_string(document, "program");
  if (!job.program.empty()) {
    if (job.program.front() != '/')
      return fail(ErrorCode::invalid_argument, "job: program: wanted an absolute path");
    confinement.paths.push_back({job.program, PathAccess::read_and_execute, false});
  }
  if (const auto* net = find(document, "net")) {
    CHELA_TRY(job.gate, parse_net_gate(*net));
    confinement.has_gate = job.gate.is_open();
    confinement.tcp_ports = job.gate.ports();
  }
  if (get_string(document, "confinement", "require") == "best-effort") {
    confinement.confinement = Confinement::best_effort;
  }
  confinement.limits.open_files = 256;
  confinement.limits.processes = 256;
  confinement.limits.counts_others = true;
  confinement.limits.memory_mb = 2048;
  if (const auto* limits = find(document, "limits")) {
    CHELA_TRY(take_limit(*limits, "memory_mb", confinement.limits.memory_mb));
    CHELA_TRY(take_limit(*limits, "cpu_s", confinement.limits.cpu_s));
    CHELA_TRY(take_limit(*limits, "file_mb", confinement.limits.file_mb));
  }
  CHELA_TRY(take_paths(document, "read_paths", PathAccess::read, confinement.paths));
  CHELA_TRY(take_paths(document, "write_paths", PathAccess::read_and_write, confinement.paths));
  return job;
}

Result<std::string> find_program(std::string_view name) {
  const auto slash = name.rfind('/');
  for (const auto& folder : program_folders()) {
    if (slash != std::string_view::npos && name.substr(0, slash) != folder) continue;
    const auto path =
        folder + "/" + std::string(name.substr(slash == std::string_view::npos ? 0 : slash + 1));
    if (is_program(path)) return path;
    if (slash != std::string_view::npos) {
      return fail(ErrorCode::not_found, "program " + std::string(name) + " is not there");
    }
  }
  if (slash != std::string_view::npos) {
    return fail(ErrorCode::permission_denied, "program: wanted a name, or a path directly in " +
                                                  std::string(program_path) + ", found '" +
                                                  std::string(name) + "'");
  }
  return fail(ErrorCode::not_found,
              "program '" + std::string(name) + "' is not in " + std::string(program_path));
}

int launch(int job_fd) {
  ::fcntl(job_fd, F_SETFD, FD_CLOEXEC);
  const auto text = read_all(job_fd);
  auto job = text ? parse_job(*text) : Result<Job>(fail(text.error()));
  report(job_fd, job ? run(*job, job_fd) : job.error());
  return exit_before_start;
}

}  // namespace chela::worker
