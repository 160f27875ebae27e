// A lock: one holder, a message that names it, and no trace of a holder that crashed.
#include "base/file_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

namespace chela::base {
namespace {

namespace fs = std::filesystem;

class FileLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "chela-lock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = name + "/run.lock";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(FileLockTest, RefusesASecondHolderAndNamesTheFirst) {
  const auto first = FileLock::try_lock(path_);
  ASSERT_TRUE(first) << first.error().message;
  const auto second = FileLock::try_lock(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(second.error().message, path_ + " is locked by process " + std::to_string(::getpid()));
}

TEST_F(FileLockTest, IsFreeAgainWhenTheHolderLetsGo) {
  {
    auto first = FileLock::try_lock(path_);
    ASSERT_TRUE(first);
    const FileLock moved = std::move(*first);
    EXPECT_FALSE(FileLock::try_lock(path_)) << "moving it must not let go";
  }
  EXPECT_TRUE(FileLock::try_lock(path_));
}

TEST_F(FileLockTest, IsFreeAgainAfterTheHolderWasKilled) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto held = FileLock::try_lock(path_);
    static_cast<void>(!::write(ready[1], held ? "y" : "n", 1));
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto refused = FileLock::try_lock(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, path_ + " is locked by process " + std::to_string(pid));
  ::kill(pid, SIGKILL);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_TRUE(fs::exists(path_));
  const auto after = FileLock::try_lock(path_);
  EXPECT_TRUE(after) << after.error().message;
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FileLockTest, DoesNotRepeatForeignTextFromTheFile) {
  const auto held = FileLock::try_lock(path_);
  ASSERT_TRUE(held);
  std::ofstream(path_) << "\x1b[2J rm -rf";
  EXPECT_EQ(FileLock::try_lock(path_).error().message, path_ + " is locked by another process");
}

TEST_F(FileLockTest, SaysWhyItCannotLock) {
  fs::create_symlink(folder_ + "/elsewhere", path_);
  EXPECT_EQ(FileLock::try_lock(path_).error().code, ErrorCode::unavailable) << "follows no link";
  EXPECT_FALSE(fs::exists(folder_ + "/elsewhere"));
  const auto missing = FileLock::try_lock(folder_ + "/none/run.lock");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace chela::base
