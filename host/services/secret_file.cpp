#include "services/secret_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>

#include "base/text.h"
#include "base/unique_fd.h"
#include "chela/utf8.h"

namespace chela::services {
namespace {

using base::UniqueFd;

constexpr int kMaxLinks = 40;  // as the kernel has it
constexpr const char* kOpen = "open the file";

std::string octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

bool is_owner(uid_t owner, const std::vector<uid_t>& owners) {
  return owner == 0 || std::find(owners.begin(), owners.end(), owner) != owners.end();
}

std::string foreign_owner(uid_t owner) {
  return "it belongs to user " + std::to_string(owner) + ", wanted you or root";
}

FileFacts facts_of(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return {path, 0, 0, 0};
  return {path, info.st_mode, info.st_uid, static_cast<std::uint64_t>(info.st_size)};
}

std::string link_target(int fd) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(fd, "", target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

void push_parts(std::deque<std::string>& parts, std::string_view path) {
  std::vector<std::string> list;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") list.emplace_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  parts.insert(parts.begin(), list.begin(), list.end());
}

SecretFailure system_failure(int error, const std::string& path) {
  const std::string shown = base::printable(path, 300);
  if (error == ENOENT || error == ENOTDIR) {
    return {SecretCause::not_found, kOpen, "there is no " + shown,
            "put the secret there, in a file of mode 0600"};
  }
  const bool is_scarce = error == EMFILE || error == ENFILE || error == ENOMEM;
  return {is_scarce ? SecretCause::no_resources : SecretCause::unreadable, kOpen,
          shown + ": " + std::strerror(error),
          is_scarce ? "try again later" : "make it readable for you"};
}

SecretFailure unsafe(const std::string& path, const std::string& why, const std::string& remedy) {
  return {SecretCause::unsafe_file, kOpen, base::printable(path, 300) + ": " + why, remedy};
}

std::string remedy_for(const FileFacts& file, FileUse use) {
  const std::string path = base::printable(file.path, 300);
  if (!S_ISREG(file.mode)) return "name the file itself";
  return (use == FileUse::program ? "chmod go-w " : "chmod 600 ") + path +
         " (and chown it, where it is not yours)";
}

// Walks from / to the parent of the last part, judging each folder, and opens the last part as
// O_PATH. `parts` are consumed; links to folders put theirs in front.
struct Walk {
  FileUse use;
  const std::vector<uid_t>& owners;
  UniqueFd at = {};        // the folder that was reached, then the file
  std::string where = "";  // its path

  std::optional<SecretFailure> enter_root() {
    at = UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    where = "/";
    return at.is_open() ? std::nullopt : std::optional(system_failure(errno, "/"));
  }

  // Further up a sticky folder will do for a secret as well: nobody can put another folder into the
  // place of one that is judged next.
  std::optional<SecretFailure> judge_folder(bool holds_the_file) {
    const FileUse as = holds_the_file ? use : FileUse::program;
    const auto why = folder_refusal_of(facts_of(at.get(), where), as, owners);
    if (!why) return std::nullopt;
    // What everybody may write by design, such as /tmp, is not for a person to change.
    struct stat facts {};
    const bool is_shared = ::fstat(at.get(), &facts) == 0 && (facts.st_mode & S_ISVTX) != 0;
    return unsafe(where, *why,
                  is_shared ? "move the file into a folder of your own"
                            : "chmod go-w " + base::printable(where, 300));
  }

  std::optional<SecretFailure> go(const std::string& path) {
    std::deque<std::string> parts;
    push_parts(parts, path);
    if (auto failure = enter_root()) return failure;
    for (int links = 0; !parts.empty();) {
      if (auto failure = judge_folder(parts.size() == 1)) return failure;
      const std::string part = std::move(parts.front());
      parts.pop_front();
      const std::string next = (where == "/" ? "" : where) + "/" + part;
      UniqueFd fd(::openat(at.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!fd.is_open()) return system_failure(errno, next);
      const auto facts = facts_of(fd.get(), next);
      if (S_ISLNK(facts.mode) && !parts.empty()) {
        if (!is_owner(facts.owner, owners)) {
          return unsafe(next, "a link; " + foreign_owner(facts.owner), "name the real path");
        }
        if (++links > kMaxLinks) return system_failure(ELOOP, next);
        const std::string target = link_target(fd.get());
        push_parts(parts, target);
        if (!target.starts_with('/')) continue;
        if (auto failure = enter_root()) return failure;
        continue;
      }
      if (!parts.empty() && !S_ISDIR(facts.mode)) return system_failure(ENOTDIR, path);
      at = std::move(fd);
      where = next;
      if (part == "..") where = canonical_path();
    }
    return std::nullopt;
  }

  // ".." comes from a link's target only.
  std::string canonical_path() const {
    const std::string self = "/proc/self/fd/" + std::to_string(at.get());
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(self.c_str(), target.data(), target.size());
    return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : where;
  }
};

// The checked file, as O_PATH; its facts stand in `facts`.
std::optional<SecretFailure> open_checked(const std::string& path, FileUse use,
                                          const std::vector<uid_t>& owners, UniqueFd& file,
                                          FileFacts& facts) {
  Walk walk{use, owners, {}};
  if (auto failure = walk.go(path)) return failure;
  facts = facts_of(walk.at.get(), path);
  if (const auto why = refusal_of(facts, use, owners)) {
    return unsafe(path, *why, remedy_for(facts, use));
  }
  file = std::move(walk.at);
  return std::nullopt;
}

std::optional<SecretFailure> read_all(int path_fd, const std::string& path, SecretString& value) {
  const std::string self = "/proc/self/fd/" + std::to_string(path_fd);
  const UniqueFd file(::open(self.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return system_failure(errno, path);
  value = SecretString::with_room(max_secret_bytes + 1);
  while (value.size() <= max_secret_bytes) {
    const auto room = value.room();
    const ssize_t count =
        ::read(file.get(), room.data(), std::min(room.size(), max_secret_bytes + 1 - value.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(errno, path);
    if (count == 0) return std::nullopt;
    value.took(static_cast<std::size_t>(count));
  }
  return SecretFailure{SecretCause::too_large, "read the file",
                       base::printable(path, 300) + " is larger than 64 KiB",
                       "a secret is shorter; name another file"};
}

SecretRead failed(SecretFailure failure, std::vector<SecretStep> steps) {
  SecretRead read;
  steps.push_back({failure.step, failure.message, false});
  read.failure = std::move(failure);
  read.steps = std::move(steps);
  return read;
}

}  // namespace

std::optional<std::string> refusal_of(const FileFacts& file, FileUse use,
                                      const std::vector<uid_t>& owners) {
  if (S_ISLNK(file.mode)) return "it is a symbolic link, wanted a regular file";
  if (S_ISDIR(file.mode)) return "it is a folder, wanted a regular file";
  if (!S_ISREG(file.mode)) return "it is no regular file";
  if (!is_owner(file.owner, owners)) return foreign_owner(file.owner);
  switch (use) {
    case FileUse::secret:
      if ((file.mode & 077) != 0) return "mode " + octal(file.mode) + ", wanted 0600";
      break;
    case FileUse::credential:
      if ((file.mode & 037) != 0) return "mode " + octal(file.mode) + ", wanted 0400 or 0440";
      break;
    case FileUse::program:
      if ((file.mode & 022) != 0) return "mode " + octal(file.mode) + ": others may write it";
      if ((file.mode & 0111) == 0) return "mode " + octal(file.mode) + ": it is not executable";
      return std::nullopt;
  }
  if (file.size > max_secret_bytes) {
    return "it has " + std::to_string(file.size) + " bytes, wanted at most 64 KiB";
  }
  return std::nullopt;
}

std::optional<std::string> folder_refusal_of(const FileFacts& folder, FileUse use,
                                             const std::vector<uid_t>& owners) {
  if (!S_ISDIR(folder.mode)) return "it is no folder";
  if (!is_owner(folder.owner, owners))
    return "a folder above the file: " + foreign_owner(folder.owner);
  if ((folder.mode & 022) == 0) return std::nullopt;
  if (use == FileUse::program && (folder.mode & S_ISVTX) != 0) return std::nullopt;
  return "a folder above the file has mode " + octal(folder.mode) + ": others may write it";
}

SecretRead read_secret_file(const std::string& path, const std::string& pointer, FileUse use,
                            const std::vector<uid_t>& owners) {
  SecretRead read;
  UniqueFd file;
  FileFacts facts;
  if (auto failure = open_checked(path, use, owners, file, facts)) {
    return failed(std::move(*failure), {});
  }
  read.steps.push_back({kOpen, base::printable(path, 300) + ", mode " + octal(facts.mode)});
  if (auto failure = read_all(file.get(), path, read.value)) {
    return failed(std::move(*failure), std::move(read.steps));
  }
  read.steps.push_back({"read the file", std::to_string(read.value.size()) + " bytes"});
  if (!pointer.empty()) {
    SecretRead inner = secret_at(read.value, pointer);
    inner.steps.insert(inner.steps.begin(), read.steps.begin(), read.steps.end());
    if (inner.failure) return inner;
    read = std::move(inner);
  }
  if (auto failure = judge_value(read.value, "look at the value")) {
    return failed(std::move(*failure), std::move(read.steps));
  }
  return read;
}

std::optional<SecretFailure> check_program(const std::string& path,
                                           const std::vector<uid_t>& owners) {
  UniqueFd file;
  FileFacts facts;
  auto failure = open_checked(path, FileUse::program, owners, file, facts);
  if (failure) failure->step = "look at the program";
  if (failure && failure->cause == SecretCause::not_found)
    failure->remedy = "install it, or name another program";
  return failure;
}

std::optional<SecretFailure> judge_value(SecretString& value, const std::string& step) {
  std::size_t size = value.size();
  while (size > 0 && (value.view()[size - 1] == '\n' || value.view()[size - 1] == '\r')) --size;
  value.cut_to(size);
  if (value.is_empty()) {
    return SecretFailure{SecretCause::empty, step, "the value is empty", "put the secret there"};
  }
  if (value.view().find('\0') != std::string_view::npos || !is_utf8(value.view())) {
    return SecretFailure{SecretCause::not_text, step,
                         describe_value(value.size()) + " that is no text",
                         "a key or a token is text; name another file or field"};
  }
  return std::nullopt;
}

SecretRead secret_at(const SecretString& document, const std::string& pointer) {
  const std::string step = "find " + base::printable(pointer, 200);
  // Whatever the parser keeps lies in `arena`; only a document that fans out far beyond its own
  // length needs ordinary memory, too.
  SecretString arena = SecretString::with_room(32 * 1024 + 24 * document.size());
  SecretString stack = SecretString::with_room(16 * 1024 + 4 * document.size());
  const auto resource_in = [](SecretString& secret) {
    return json::monotonic_resource(reinterpret_cast<unsigned char*>(secret.room().data()),
                                    secret.room().size());
  };
  auto memory = resource_in(arena);
  auto stack_memory = resource_in(stack);
  json::parser parser(&stack_memory);
  parser.reset(&memory);
  json::error_code error;
  parser.write(document.view(), error);
  if (error) {
    return failed({SecretCause::bad_json, step, "the file is not JSON: " + error.message(),
                   "mend the file, or leave out what follows #"},
                  {});
  }
  const json::value value = parser.release();
  const json::value* found = value.find_pointer(pointer, error);
  if (found == nullptr) {
    return failed({SecretCause::not_found,
                   step,
                   "the file has nothing there",
                   "compare what follows # with the file",
                   {}},
                  {});
  }
  if (!found->is_string()) {
    return failed({SecretCause::bad_json,
                   step,
                   "wanted a string there, found something else",
                   "let what follows # lead to one string",
                   {}},
                  {});
  }
  SecretRead read;
  const auto& text = found->get_string();
  read.value = SecretString::copy_of({text.data(), text.size()});
  read.steps.push_back({step, "a string"});
  return read;
}

}  // namespace chela::services
