// Whatever a plugin's code does: chela lives, the other checks run, one line says who did what and
// what to do, nothing got out of the box.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bad_plugins/bad_desk.h"
#include "chela/abi/check.h"

namespace chela::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

#ifdef CHELA_SANITIZED
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

struct Deed {
  const char* plugin;
  const char* words;  // a regular expression for what the line must say
  bool needs_memory_limit = false;
};

void survives(const Deed& deed) {
  SCOPED_TRACE(deed.plugin);
  if (kIsSanitized && deed.needs_memory_limit) {
    std::printf("skipped under sanitizers, which cannot live with RLIMIT_AS: %s\n", deed.plugin);
    return;
  }
  Victim victim;
  BadDesk desk;
  desk.install("check.good");
  desk.install(deed.plugin);
  desk.enable("good", "check.good");
  desk.enable("bad", deed.plugin,
              "config: {pid: " + std::to_string(victim.pid()) + ", address: \"" + victim.address() +
                  "\"}\n");
  if (std::string(deed.plugin) == "check.bad_throws") desk.enable("bad", deed.plugin);
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_THAT(ticked.ran, UnorderedElementsAre("bad", "good"));
  expect_one_line(ticked, deed.plugin, deed.words);
  expect_nothing_got_out(desk, ticked, victim);
  expect_good_goes_on(desk, ticked);
}

TEST(BadPlugin, ThatMisbehavesInItsConstructorIsSurvived) {
  const Deed deeds[] = {
      {"check.bad_start_end_process", "ended its process during start"},
      {"check.bad_start_crash", "(crashed|ended its process) during start"},
      {"check.bad_start_hang", "did not return from start within 5 s and was killed"},
      {"check.bad_start_read_home", "id_ed25519: Permission denied"},
      {"check.bad_start_open_socket", "socket: Operation not permitted"},
      {"check.bad_start_start_program", "execve /bin/sh: Operation not permitted"},
      {"check.bad_start_fork_on", "fork: Operation not permitted"},
  };
  for (const auto& deed : deeds) survives(deed);
}

TEST(BadPlugin, ThatBreaksDownInItsRunIsSurvived) {
  const Deed deeds[] = {
      {"check.bad_crash", "(crashed|ended its process) during run"},
      {"check.bad_throws", "(crashed|ended its process) during run"},
      {"check.bad_end_process", "ended its process during run"},
      {"check.bad_hang", "did not return from run within 2 s and was killed"},
      {"check.bad_spin", "did not return from run within 2 s and was killed"},
      {"check.bad_take_memory", "crashed during run \\(aborted\\)", true},
  };
  for (const auto& deed : deeds) survives(deed);
}

TEST(BadPlugin, ThatBreaksTheProtocolIsSurvived) {
  const Deed deeds[] = {
      {"check.bad_write_garbage", "wrote garbage into its socket during run"},
      {"check.bad_write_half_a_frame", "wrote garbage into its socket during run"},
      {"check.bad_write_half_a_frame_and_end", "ended its process during run"},
      {"check.bad_drip", "did not return from run within 2 s and was killed"},
      {"check.bad_forge_a_request", "asked for a file: .*not allow"},
      {"check.bad_say_invalid_json", "returned invalid JSON from run"},
      {"check.bad_say_deep_json", "returned invalid JSON from run"},
      {"check.bad_say_invalid_utf8", "returned text that is not UTF-8"},
      {"check.bad_say_wrong_types", "returned a report that is not valid"},
      {"check.bad_say_20_megabytes", "returned more than 8 MB from run"},
      {"check.bad_say_100_megabytes", "(returned more than 8 MB from run|crashed during run)",
       true},
      {"check.bad_flood", "did not return from run within 2 s and was killed"},
  };
  for (const auto& deed : deeds) survives(deed);
}

TEST(BadPlugin, ThatAttacksOthersInItsRunReachesNothing) {
  const Deed deeds[] = {
      {"check.bad_read_home", "id_ed25519: Permission denied"},
      {"check.bad_open_socket", "socket: Operation not permitted"},
      {"check.bad_start_program", "execve /bin/sh: Operation not permitted"},
      {"check.bad_fork_on", "fork: Operation not permitted"},
      {"check.bad_kill_host", "kill: Operation not permitted"},
      {"check.bad_trace_host", "ptrace: Operation not permitted"},
      {"check.bad_read_environment", "environ: (Permission denied|No such file)"},
      {"check.bad_read_memory", "mem: (Permission denied|No such file)"},
  };
  for (const auto& deed : deeds) survives(deed);
}

// survives() looks for the canary in all that is printed and written.
TEST(BadPlugin, ThatTellsASecretIsSurvivedWithoutIt) {
  const Deed deeds[] = {
      {"check.bad_tell_secret", "refused: password=\\[redacted\\]"},
      // A sanitizer's own words come last, and the last line is told.
      {"check.bad_tell_secret_and_crash",
       kIsSanitized ? "during run" : "it printed: refused: Authorization: \\[redacted\\]"},
  };
  for (const auto& deed : deeds) survives(deed);
}

TEST(BadPlugin, ThatFloodsTheLogIsCutOffAndCounted) {
  BadDesk desk;
  desk.install("check.bad_flood_a_little");
  desk.enable("bad", "check.bad_flood_a_little");
  const Ticked ticked = desk.tick({"--all"});
  EXPECT_EQ(ticked.outcome.exit_code, 0) << ticked.outcome.out;
  const std::string log = desk.all_traces({});
  EXPECT_THAT(log, HasSubstr("plugin.log_dropped id=bad lines=4900"));
  std::size_t lines = 0;
  for (auto at = log.find("the same again"); at != std::string::npos;
       at = log.find("the same again", at + 1))
    ++lines;
  EXPECT_LE(lines, 210u) << "100 through the log service, 100 printed";
}

chela_status fail_quietly(const chela_call*, chela_status status, chela_str) {
  return status;
}

// Opens the plugin in this process and runs it once, as no host would.
void run_here(const char* plugin, const std::string& config) {
  void* library = dlopen((std::string(CHELA_BAD_PLUGINS) + "/" + plugin + ".so").c_str(),
                         RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return;
  const auto entry = reinterpret_cast<chela_plugin_v1_fn>(dlsym(library, CHELA_PLUGIN_ENTRY));
  const auto* ops = reinterpret_cast<const chela_check_ops*>(entry()->components->ops);
  const chela_host host{sizeof(chela_host), 1, 0, 0,
                        [](const chela_host*, chela_str) -> const void* { return nullptr; }};
  chela_call call{};
  call.struct_size = sizeof call;
  call.host = &host;
  call.fail = fail_quietly;
  const chela_sink sink{sizeof(chela_sink), 0, [](const chela_sink*, chela_str) {}};
  chela_instance* instance = nullptr;
  ops->base.create(&host, &call, {config.data(), config.size()}, &instance);
  ops->run(instance, &call, {"{}", 2}, &sink);
}

// What it printed.
std::string run_without_box(const char* plugin, const Victim& victim) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_fds[1], 2);
    setenv("CHELA_TEST_TOKEN", kCanary, 1);
    run_here(plugin, "{\"address\":\"" + victim.address() +
                         "\",\"pid\":" + std::to_string(victim.pid()) + "}");
    _exit(0);
  }
  ::close(pipe_fds[1]);
  std::string printed;
  char bytes[4096];
  ssize_t got = 0;
  while ((got = read(pipe_fds[0], bytes, sizeof bytes)) > 0)
    printed.append(bytes, static_cast<std::size_t>(got));
  ::close(pipe_fds[0]);
  waitpid(child, nullptr, 0);
  return printed;
}

// What these tests look at is real: without the box the same libraries reach what they try to
// reach.
TEST(BadPlugin, ReachesEverythingWithoutTheBox) {
  const struct {
    const char* plugin;
    bool shows_canary;
    std::size_t harm;
  } cases[] = {
      {"check.bad_start_read_home", true, 0},      {"check.bad_read_home", true, 0},
      {"check.bad_start_open_socket", false, 3},   {"check.bad_open_socket", false, 3},
      {"check.bad_start_start_program", false, 1}, {"check.bad_start_program", false, 1},
      {"check.bad_read_environment", true, 0},     {"check.bad_read_memory", true, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.plugin);
    Victim victim;
    const std::string printed = run_without_box(c.plugin, victim);
    EXPECT_EQ(printed.find(kCanary) != std::string::npos, c.shows_canary) << printed;
    EXPECT_THAT(victim.harm(), SizeIs(c.harm));
  }
}

}  // namespace
}  // namespace chela::test
