// Nobody's edit is lost: races against people who save in three ways, and kills in the middle of a
// replacement.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "base/process.h"
#include "services/hash.h"
#include "support.h"

namespace chela::services {
namespace {

constexpr int kSaves = 500;  // of each person
constexpr Duration kQuiet{15};

base::Child start(const std::vector<std::string>& words) {
  base::SpawnRequest request;
  request.program = CHELA_SAVER;
  request.argv = {CHELA_SAVER};
  request.argv.insert(request.argv.end(), words.begin(), words.end());
  request.fds = {{2, 2}};
  auto child = base::spawn(request);
  if (!child) {
    std::fprintf(stderr, "%s\n", child.error().message.c_str());
    std::abort();
  }
  return std::move(*child);
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

boost::asio::awaitable<void> pause(Duration length) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
  boost::system::error_code error;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
}

struct Race {
  std::string mode;
  std::string file;
  base::Child human;
  std::optional<base::Exit> human_exit;
  std::vector<std::string>
      mine;  // as a task ledger: what chela wrote is written again where it has gone
  int saved = 0;
  int aborted = 0;
  int put_back = 0;
  int unexpected = 0;
};

// chela's side: wait for rest, add a line, replace; until the person has done all saves and every
// line stands there.
boost::asio::awaitable<void> run(const Files& files, const Caller& caller, Race& race) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> think(1, 20);
  while (true) {
    if (!race.human_exit) race.human_exit = race.human.reap();
    const bool is_last = race.human_exit.has_value();
    auto file = co_await files.read(caller, race.file, 0, kQuiet, in(Duration(5000)));
    if (!file) {
      race.unexpected += file.error().code != ErrorCode::deadline_exceeded;
      if (is_last) co_return;
      continue;
    }
    std::string text = file->bytes;
    const auto there = lines_of(text);
    bool is_complete = true;
    for (const auto& line : race.mine) {
      if (there.contains(line)) continue;
      text += line + "\n";
      ++race.put_back;
      is_complete = false;
    }
    if (is_last && is_complete) co_return;
    const std::string line = "- chela " + std::to_string(race.mine.size());
    if (!is_last) text += line + "\n";
    auto done = co_await files.replace(caller, race.file, file->version, std::move(text),
                                       in(Duration(5000)));
    if (done && !is_last) race.mine.push_back(line);
    race.saved += done.has_value();
    if (!done) (done.error().code == ErrorCode::aborted ? race.aborted : race.unexpected) += 1;
    if (!done && done.error().code != ErrorCode::aborted)
      std::fprintf(stderr, "%s\n", done.error().message.c_str());
    co_await pause(Duration(think(random)));
  }
}

int missing(const Race& race) {
  const auto there = lines_of(content(race.file));
  int count = 0;
  for (int i = 0; i < kSaves; ++i) count += !there.contains("- human " + std::to_string(i));
  for (const auto& line : race.mine) count += !there.contains(line);
  return count;
}

void run_races(const FilesSettings& settings) {
  const TempFolder folder;
  const Files files(settings);
  const Caller caller = caller_for(folder.path());
  std::vector<Race> races;
  for (const std::string mode : {"rename", "truncate", "in_place"}) {
    const auto file = folder.write(mode + "/TASKS.md", "# Tasks\n");
    auto human = start({"human", mode, file, std::to_string(kSaves), "11"});
    races.push_back(Race{mode, file, std::move(human), {}, {}, 0, 0, 0, 0});
  }
  boost::asio::io_context loop;
  for (auto& race : races)
    boost::asio::co_spawn(loop, run(files, caller, race), boost::asio::detached);
  loop.run();
  for (const auto& race : races) {
    SCOPED_TRACE(race.mode);
    const int lost = missing(race);
    std::printf("%-8s person saved %d, chela %d (aborted %d, put back %d); lost %d\n",
                race.mode.c_str(), kSaves, race.saved, race.aborted, race.put_back, lost);
    ASSERT_TRUE(race.human_exit.has_value());
    EXPECT_TRUE(race.human_exit->ok()) << race.human_exit->describe();
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(race.unexpected, 0);
    EXPECT_GT(race.saved, 50);
    int left = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path(race.mode))) {
      left += entry.path().filename() != "TASKS.md" && entry.path().filename() != ".TASKS.md.lock";
    }
    EXPECT_EQ(left, 0) << "files left over or kept as conflicts";
  }
}

TEST(Replace, LosesNoLineAgainstPeopleWhoSave) {
  run_races(FilesSettings{});
}

// Measurements, not promises: without leases people who keep a file open do lose lines (README.md
// of the room).
TEST(Replace, DISABLED_WithoutLeases) {
  FilesSettings settings;
  settings.use_leases = false;
  settings.quiet_before_swap = kQuiet;
  run_races(settings);
}

TEST(Replace, DISABLED_WithoutLeasesAndExchange) {
  FilesSettings settings;
  settings.use_leases = settings.use_exchange = false;
  settings.quiet_before_swap = kQuiet;
  run_races(settings);
}

TEST(Replace, LeavesTheOldOrTheNewFileWhenKilled) {
  const TempFolder folder;
  const auto file = folder.write("TASKS.md", [] {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "version 0\n";
    return text;
  }());
  std::mt19937 random(3);
  std::uniform_int_distribution<int> span(5000, 60000);
  std::set<std::string> versions;
  for (int i = 0; i < 200; ++i) {
    auto child = start({"chela", file});
    std::this_thread::sleep_for(std::chrono::microseconds(span(random)));
    child.kill();
    EXPECT_EQ(child.wait().signal, 9);
    const auto text = content(file);
    const auto lines = lines_of(text);
    ASSERT_EQ(lines.size(), 1u) << "a mixture after kill " << i;
    ASSERT_EQ(text.size(), (lines.begin()->size() + 1) * 2000) << "a torn file after kill " << i;
    versions.insert(*lines.begin());
  }
  int left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const auto name = entry.path().filename().string();
    left += name.starts_with(".chela-");
    EXPECT_FALSE(name.find("conflict") != std::string::npos) << name;
  }
  std::printf("200 kills: %zu versions seen, %d files left over before the next replacement\n",
              versions.size(), left);
  EXPECT_GT(versions.size(), 1u);
  EXPECT_LE(left, 2) << "the next replacement sweeps what the last one left";

  const Files files;
  const Caller caller = caller_for(folder.path());
  const auto old = read_now(files, caller, file);
  ASSERT_TRUE(old);
  ASSERT_TRUE(await(files.replace(caller, file, old->version, "new\n", in(Duration(1000)))));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".chela-swap-")) << entry.path();
  }
}

}  // namespace
}  // namespace chela::services
