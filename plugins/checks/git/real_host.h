// A FakeHost whose exec really runs programs and whose files are the real ones, and a repository to
// play with.
#pragma once

#include <chela/testing/opened_plugin.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace check_git::test {

namespace json = chela::json;

struct Ran {
  int exit_code = -1;
  std::string out, err;
};

// Runs argv in `cwd` with exactly `env`, no shell; its input is empty.
inline Ran run_program(const std::vector<std::string>& argv, const std::string& cwd,
                       const std::vector<std::string>& env) {
  const auto pointers = [](const std::vector<std::string>& words) {
    std::vector<char*> list;
    for (const auto& word : words) list.push_back(const_cast<char*>(word.c_str()));
    list.push_back(nullptr);
    return list;
  };
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawn_file_actions_addchdir_np(&actions, cwd.c_str());
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0].c_str(), &actions, nullptr, pointers(argv).data(),
                                  pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  Ran ran;
  pollfd fds[] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string* texts[] = {&ran.out, &ran.err};
  for (int open = failed == 0 ? 2 : 0; open > 0;) {
    if (poll(fds, 2, 20'000) <= 0) break;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[65536];
      const auto size = read(fds[i].fd, buffer, sizeof buffer);
      if (size > 0) {
        texts[i]->append(buffer, static_cast<std::size_t>(size));
      } else {
        fds[i].fd = -1;
        --open;
      }
    }
  }
  close(out[0]);
  close(err[0]);
  int status = 0;
  if (failed == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)) {
    ran.exit_code = WEXITSTATUS(status);
  }
  return ran;
}

class RealHost : public chela::testing::FakeHost {
 public:
  RealHost() {
    fake_service_ = service;
    service = &RealHost::find_service;
    now = std::chrono::time_point_cast<chela::Duration>(std::chrono::system_clock::now());
  }
  int programs_run = 0;
  int stats = 0;

 private:
  static RealHost& of(const chela_host* host) {
    return *const_cast<RealHost*>(static_cast<const RealHost*>(host));
  }
  static void put(const chela_sink* sink, const json::value& document) {
    sink->put(sink, chela::internal::str(json::serialize(document)));
  }
  static chela_status exec_run(const chela_call* call, chela_str request, const chela_sink* out,
                               const chela_sink* err, const chela_sink* info, const chela_sink*) {
    ++of(call->host).programs_run;
    const json::value document = *chela::parse_json(chela::internal::view(request));
    std::vector<std::string> env{std::string("PATH=") + getenv("PATH"), "HOME=/nonexistent"};
    for (const auto& [name, value] : document.at("env").as_object()) {
      env.push_back(std::string(name) + "=" + std::string(value.as_string()));
    }
    auto ran = run_program(chela::get_strings(document, "argv"),
                           chela::get_string(document, "cwd", "/"), env);
    const auto cap = static_cast<std::size_t>(chela::get_int(document, "max_output_bytes"));
    const bool is_truncated = ran.out.size() > cap;
    ran.out.resize(std::min(ran.out.size(), cap));
    out->put(out, chela::internal::str(ran.out));
    err->put(err, chela::internal::str(ran.err));
    put(info, json::object{{"exit_code", ran.exit_code}, {"truncated", is_truncated}});
    return CHELA_OK;
  }
  static chela_status files_stat(const chela_call* call, chela_str path, const chela_sink* info,
                                 const chela_sink* error) {
    ++of(call->host).stats;
    struct stat found {};
    const std::string name(chela::internal::view(path));
    if (lstat(name.c_str(), &found) != 0) {
      error->put(error, chela::internal::str(name + ": not there"));
      return CHELA_NOT_FOUND;
    }
    put(info, json::object{{"type", S_ISDIR(found.st_mode) ? "directory" : "file"},
                           {"size", found.st_size},
                           {"modified_ms",
                            found.st_mtim.tv_sec * 1000 + found.st_mtim.tv_nsec / 1'000'000}});
    return CHELA_OK;
  }
  static chela_status files_list(const chela_call*, chela_str path, const chela_sink* info,
                                 const chela_sink* error) {
    json::array entries;
    std::error_code failed;
    const std::string name(chela::internal::view(path));
    for (const auto& entry : std::filesystem::directory_iterator(name, failed)) {
      entries.push_back(json::object{{"name", entry.path().filename().string()}});
    }
    if (failed) {
      error->put(error, chela::internal::str(name + ": " + failed.message()));
      return CHELA_NOT_FOUND;
    }
    put(info, json::object{{"entries", entries}});
    return CHELA_OK;
  }
  static const void* find_service(const chela_host* self, chela_str id) {
    static const chela_exec_v1 exec_table{sizeof(chela_exec_v1), 0, &exec_run};
    const auto name = chela::internal::view(id);
    if (name == CHELA_SERVICE_EXEC) return &exec_table;
    const void* fake = of(self).fake_service_(self, id);
    if (name != CHELA_SERVICE_FILES) return fake;
    static chela_files_v1 files_table = *static_cast<const chela_files_v1*>(fake);
    files_table.stat = &files_stat;
    files_table.list = &files_list;
    return &files_table;
  }
  const void* (*fake_service_)(const chela_host*, chela_str) = nullptr;
};

// Repositories in a temporary folder that is also HOME; `git` is the real one with a fixed
// identity.
class GitFolder {
 public:
  GitFolder() {
    char name[] = "/tmp/chela-git-XXXXXX";
    root_ = mkdtemp(name);
    environment_ = {std::string("PATH=") + getenv("PATH"),
                    "HOME=" + root_,
                    "LC_ALL=C",
                    "GIT_CONFIG_GLOBAL=" + root_ + "/gitconfig",
                    "GIT_CONFIG_NOSYSTEM=1",
                    "GIT_EDITOR=true",
                    "GIT_AUTHOR_NAME=Ana",
                    "GIT_AUTHOR_EMAIL=ana@example.org",
                    "GIT_COMMITTER_NAME=Ana",
                    "GIT_COMMITTER_EMAIL=ana@example.org"};
    git(root_, {"config", "--global", "init.defaultBranch", "main"});
    git(root_, {"config", "--global", "protocol.file.allow", "always"});
    git(root_, {"config", "--global", "advice.detachedHead", "false"});
  }
  ~GitFolder() { std::filesystem::remove_all(root_); }
  GitFolder(const GitFolder&) = delete;
  GitFolder& operator=(const GitFolder&) = delete;

  std::string path(const std::string& name) const { return root_ + "/" + name; }

  // Runs git in `folder` (absolute); one that fails fails the test, unless its exit code is
  // `wanted`.
  std::string git(const std::string& folder, std::vector<std::string> words, int wanted = 0) const {
    words.insert(words.begin(), "git");
    const Ran ran = run_program(words, folder, environment_);
    EXPECT_EQ(ran.exit_code, wanted) << "git " << words[1] << ": " << ran.out << ran.err;
    return ran.out;
  }

  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

  void commit(const std::string& folder, const std::string& file, const std::string& text) const {
    write(folder + "/" + file, text);
    git(folder, {"add", "-A"});
    git(folder, {"commit", "-qm", "change " + file});
  }

  // A repository `name` with one commit of a.txt.
  std::string make(const std::string& name, std::vector<std::string> init_words = {}) const {
    const std::string folder = path(name);
    std::filesystem::create_directories(folder);
    init_words.insert(init_words.begin(), {"init", "-q"});
    git(folder, init_words);
    commit(folder, "a.txt", "one\n");
    return folder;
  }

  // The same with a bare remote beside it, to which main was pushed.
  std::string make_with_remote(const std::string& name) const {
    const std::string folder = make(name);
    git(root_, {"init", "-q", "--bare", path(name + ".git")});
    git(folder, {"remote", "add", "origin", path(name + ".git")});
    git(folder, {"push", "-q", "-u", "origin", "main"});
    return folder;
  }

 private:
  std::string root_;
  std::vector<std::string> environment_;
};

}  // namespace check_git::test
