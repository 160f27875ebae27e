// Lock-down: what it reports, when it refuses, that ordinary libraries still work inside, and what
// it costs.
#include "worker/lock_down.h"

#include "host/worker/lab.h"
#include "worker/options.h"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace chela::worker::test {
namespace {

using base::Namespaces;

const std::vector<std::string> as_debian_12 = {"--layers", "rlimits,dumpable_off,landlock,seccomp",
                                               "--landlock-abi", "2"};

WorkerResult open_library(const char* library, std::vector<std::string> options,
                          Namespaces namespaces) {
  WorkerRun run;
  run.library = test_program(library);
  run.options = std::move(options);
  run.namespaces = namespaces;
  run.lab_text = "stat key\n/tmp\n";
  return run_worker(run);
}

std::string only_line(const WorkerResult& result) {
  return result.lines.size() == 1 ? result.lines.front() : result.exit.describe();
}

TEST(WellBehaved, WorksUnderAllLayers) {
  EXPECT_EQ(only_line(open_library("libwell_behaved.so", {}, Namespaces::isolated)), "all 31 work");
}

TEST(WellBehaved, WorksOnAnOlderMachine) {
  EXPECT_EQ(only_line(open_library("libwell_behaved.so", as_debian_12, Namespaces::none)),
            "all 31 work");
}

TEST(WellBehavedTwice, AsAnUnprivilegedUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "the tests above ran as one already";
  EXPECT_TRUE(run_again_as_unprivileged("WellBehaved.*:LockDown.*:Launcher.*:Orphan.*").ok());
}

TEST(LockDown, ReportsWhatIsInForce) {
  const auto result = open_library("libhostile.so", {"--report"}, Namespaces::isolated);
  ASSERT_GE(result.lines.size(), 1U);
  const auto report = parse_json(result.lines.front());
  ASSERT_TRUE(report) << result.lines.front();
  const auto* layers = find(*report, "layers");
  ASSERT_NE(layers, nullptr);
  for (const char* layer : {"rlimits", "dumpable_off", "landlock", "seccomp"}) {
    EXPECT_TRUE(get_bool(*layers, layer)) << layer;
  }
  EXPECT_EQ(get_bool(*layers, "mdwe"), ::prctl(66 /* PR_GET_MDWE */, 0, 0, 0, 0) >= 0);
  EXPECT_EQ(get_int(*report, "landlock_abi"), landlock_abi());
  const auto host = base::own_namespace_ids();
  const auto* spaces = find(*report, "namespaces");
  ASSERT_NE(spaces, nullptr);
  const auto differs = [&](const char* name, std::uint64_t id) {
    return get_int(*spaces, name) != static_cast<std::int64_t>(id);
  };
  EXPECT_EQ(differs("user", host.user), result.namespaces.user);
  EXPECT_EQ(differs("net", host.net), result.namespaces.net);
  EXPECT_EQ(differs("ipc", host.ipc), result.namespaces.ipc);
  EXPECT_EQ(differs("pid", host.pid), result.namespaces.pid);
}

TEST(LockDown, RefusesToOpenTheLibraryWhenARequiredLayerIsMissing) {
  const struct {
    const char* name;
    std::vector<std::string> options;
    const char* words;
  } cases[] = {
      {"no Landlock",
       {"--landlock-abi", "0"},
       "not in force: Landlock ; this kernel has no Landlock"},
      {"Landlock off", {"--layers", "seccomp"}, "not in force: Landlock"},
      {"seccomp off", {"--layers", "landlock,rlimits"}, "not in force: seccomp"},
      {"both off", {"--layers", "none"}, "not in force: Landlock seccomp"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto line = only_line(open_library("libhostile.so", c.options, Namespaces::isolated));
    EXPECT_EQ(line.rfind("refused: confinement is required", 0), 0U) << line;
    EXPECT_NE(line.find(c.words), std::string::npos) << line;
  }
}

TEST(LockDown, SaysWhatIsMissingUnderBestEffort) {
  const auto result = open_library(
      "libhostile.so", {"--report", "--landlock-abi", "0", "--confinement", "best-effort"},
      Namespaces::none);
  ASSERT_GE(result.lines.size(), 1U);
  const auto report = parse_json(result.lines.front());
  ASSERT_TRUE(report);
  EXPECT_EQ(get_strings(*report, "missing"),
            std::vector<std::string>{"this kernel has no Landlock"});
  EXPECT_EQ(get_int(*report, "landlock_abi", -1), 0);
}

// Prints the figures of the README. The bound is wide: the machine may be busy.
TEST(LockDown, StartsQuickly) {
#ifdef CHELA_SANITIZED
  GTEST_SKIP() << "the figures would be those of the sanitizer";
#endif
  const struct {
    const char* name;
    std::vector<std::string> options;
    Namespaces namespaces;
  } cases[] = {
      {"no layer", {"--layers", "none", "--confinement", "best-effort"}, Namespaces::none},
      {"namespaces", {"--layers", "none", "--confinement", "best-effort"}, Namespaces::isolated},
      {"all but namespaces", {}, Namespaces::none},
      {"all", {}, Namespaces::isolated},
  };
  for (const auto& c : cases) {
    std::vector<double> times;
    for (int i = 0; i < 50; ++i) {
      const auto start = std::chrono::steady_clock::now();
      EXPECT_EQ(only_line(open_library("libhostile.so", c.options, c.namespaces)).empty(), false);
      times.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
              .count());
    }
    std::nth_element(times.begin(), times.begin() + 25, times.end());
    std::printf("%-20s %5.2f ms (median of 50: spawn, lock down, open, answer, end)\n", c.name,
                times[25]);
    EXPECT_LT(times[25], 100);
  }
}

TEST(Options, AreTakenOrRefusedWithAReason) {
  const auto good =
      parse_options({"--memory-mb", "64", "--cpu-s", "5", "--layers", "landlock,seccomp",
                     "--landlock-abi", "2", "--confinement", "best-effort"});
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->limits.memory_mb, 64);
  EXPECT_EQ(good->limits.cpu_s, 5);
  EXPECT_EQ(good->layers, (Layers{false, false, false, true, true}));
  EXPECT_EQ(good->max_landlock_abi, 2);
  EXPECT_EQ(good->confinement, Confinement::best_effort);
  const struct {
    std::vector<std::string_view> words;
    const char* message;
  } cases[] = {
      {{"--memory-mb"}, "--memory-mb: its value is missing"},
      {{"--memory-mb", "12x"}, "--memory-mb: wanted a whole number from 0, found '12x'"},
      {{"--cpu-s", "-1"}, "--cpu-s: wanted a whole number from 0, found '-1'"},
      {{"--confinement", "maybe"}, "--confinement: wanted require or best-effort, found 'maybe'"},
      {{"--colour", "red"}, "unknown option '--colour'"},
      {{"--layers", "rlimits,walls"},
       "layers: wanted rlimits, dumpable_off, mdwe, landlock, seccomp, all or none, found 'walls'"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.message);
    const auto options = parse_options(c.words);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(options.error().message, c.message);
  }
}

}  // namespace
}  // namespace chela::worker::test
