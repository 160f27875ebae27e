#include "worker/launcher.h"

#include "chela/json.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
    into.push_back({path, access});
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

Error run(Job& job) {
  const auto program = find_program(job.argv.front());
  if (!program) return program.error();
  const auto enforced = lock_down(job.confinement);
  if (!enforced) return enforced.error();
  if (::chdir(job.cwd.c_str()) != 0) {
    const int error = errno;
    return {code_of(error), "folder to run in: " + job.cwd + ": " + std::strerror(error)};
  }
  for (const int ignored : {SIGPIPE, SIGXFSZ}) ::signal(ignored, SIG_DFL);
  ::execve(program->c_str(), pointers(job.argv).data(), pointers(job.env).data());
  const int error = errno;
  return {code_of(error), "cannot run " + *program + ": " + std::strerror(error)};
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
  confinement.allow_network = get_bool(document, "allow_network", false);
  if (get_string(document, "confinement", "require") == "best-effort") {
    confinement.confinement = Confinement::best_effort;
  }
  confinement.limits.open_files = 256;
  confinement.limits.processes = 256;
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
  report(job_fd, job ? run(*job) : job.error());
  return exit_before_start;
}

}  // namespace chela::worker
