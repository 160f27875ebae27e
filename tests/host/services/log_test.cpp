#include "services/log.h"

#include <sys/mount.h>

#include <thread>

#include "services/redact.h"
#include "support.h"

namespace chela::services {
namespace {

namespace fs = std::filesystem;

struct StoppedClock final : Clock {
  Timestamp now() const override { return Timestamp(Duration(1795326011123)); }
};
const StoppedClock kClock;

TEST(Log, WritesOneLinePerEvent) {
  const TempFolder folder;
  const auto file = folder.path("logs/chela.log");
  Log log({.file = file}, kClock);
  EXPECT_FALSE(fs::exists(folder.path("logs"))) << "nothing is made before the first line";
  log.event(LogLevel::debug, "too.fine");
  EXPECT_FALSE(fs::exists(folder.path("logs")));
  log.event(LogLevel::info, "check.done",
            {{"id", "check.email"}, {"findings", 2}, {"ms", 381u}, {"share", 0.5}, {"ok", true}});
  log.event(LogLevel::warn, "odd", {{"text", "a \"b\"\n\x1b[31m c=\\d"}, {"none", ""}});
  EXPECT_EQ(content(file),
            "2026-11-22T05:40:11.123Z info check.done id=check.email findings=2 ms=381 share=0.5 "
            "ok=true\n"
            "2026-11-22T05:40:11.123Z warn odd text=\"a \\\"b\\\"  [31m c=\\\\d\" none=\"\"\n");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
}

TEST(Log, RedactsEveryLine) {
  const TempFolder folder;
  Redactor redactor;
  ASSERT_TRUE(redactor.add("", "canary-value"));
  const auto file = folder.path("chela.log");
  Log log({.file = file}, kClock);
  log.event(LogLevel::info, "shape", {{"text", "password=hunter2"}});
  log.set_redact([&redactor](std::string_view line) { return redactor.redact(line); });
  log.event(LogLevel::info, "exact", {{"text", "it is canary-value!"}});
  EXPECT_EQ(content(file).find("hunter2"), std::string::npos);
  EXPECT_EQ(content(file).find("canary-value"), std::string::npos);
}

TEST(Log, RedactsBeforeItCutsATextOrTakesItsLineEndsAway) {
  const TempFolder folder;
  Redactor redactor;
  ASSERT_TRUE(redactor.add("k", "canary \"value\""));
  ASSERT_TRUE(redactor.add("pem", "first-line\nsecond-line"));
  const auto file = folder.path("chela.log");
  Log log({.file = file}, kClock,
          [&redactor](std::string_view line) { return redactor.redact(line); });
  log.event(LogLevel::info, "cut", {{"text", std::string(1995, '.') + "canary \"value\""}});
  log.event(LogLevel::info, "lines", {{"text", "it is first-line\nsecond-line"}});
  EXPECT_EQ(content(file).find("cana"), std::string::npos) << content(file);
  EXPECT_EQ(content(file).find("-line"), std::string::npos) << content(file);
  EXPECT_EQ(log.redacted("it is canary \"value\""), "it is [redacted:k]");
}

TEST(Log, Rotates) {
  const TempFolder folder;
  Log log({.file = folder.path("chela.log"), .max_file_bytes = 2000, .max_files = 3}, kClock);
  for (int i = 0; i < 200; ++i) log.event(LogLevel::info, "line", {{"n", i}});
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    EXPECT_LE(entry.file_size(), 2000u);
    ++files;
  }
  EXPECT_EQ(files, 3u);
  EXPECT_NE(content(folder.path("chela.log")).find("n=199"), std::string::npos);
}

TEST(Log, DropsAndCountsWhatCannotBeWritten) {
  const TempFolder folder;
  folder.write("logs", "a file in the way");
  Log log({.file = folder.path("logs/chela.log")}, kClock);
  log.event(LogLevel::info, "lost");
  log.event(LogLevel::info, "lost");
  EXPECT_EQ(log.dropped(), 2u);
  fs::remove(folder.path("logs"));
  log.event(LogLevel::info, "kept");
  EXPECT_EQ(log.dropped(), 2u);
  EXPECT_EQ(
      content(folder.path("logs/chela.log")),
      "2026-11-22T05:40:11.123Z warn log.dropped lines=2\n2026-11-22T05:40:11.123Z info kept\n");
}

TEST(Log, OutlivesAFullDisk) {
  const TempFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "needs the right to mount";
  {
    Log log({.file = folder.path("chela.log")}, kClock);
    for (int i = 0; i < 2000; ++i)
      log.event(LogLevel::info, "line", {{"text", std::string(100, 'x')}});
    EXPECT_GT(log.dropped(), 500u);
  }
  ::umount2(folder.path().c_str(), MNT_DETACH);
}

TEST(Log, TakesLinesFromManyThreads) {
  const TempFolder folder;
  const auto file = folder.path("chela.log");
  Log log({.file = file}, kClock);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < 100; ++i) log.event(LogLevel::info, "line");
      });
    }
  }
  const auto text = content(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 400);
}

TEST(PluginLog, CutsOffAFloodAndSaysSo) {
  const TempFolder folder;
  const auto file = folder.path("chela.log");
  Log log({.file = file}, kClock);
  {
    PluginLog lines(log, "workspace-git", 3);
    for (int i = 0; i < 10; ++i) lines.write(1, "n " + std::to_string(i));
    lines.write(0, "debug lines do not count while they are off");
  }
  EXPECT_EQ(content(file),
            "2026-11-22T05:40:11.123Z info plugin.log id=workspace-git text=\"n 0\"\n"
            "2026-11-22T05:40:11.123Z info plugin.log id=workspace-git text=\"n 1\"\n"
            "2026-11-22T05:40:11.123Z info plugin.log id=workspace-git text=\"n 2\"\n"
            "2026-11-22T05:40:11.123Z warn plugin.log_dropped id=workspace-git lines=7\n");
}

}  // namespace
}  // namespace chela::services
