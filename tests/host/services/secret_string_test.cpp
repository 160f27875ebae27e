// A secret's memory: it moves only, is in no core file, is locked, and is not a child's.
#include "services/secret_string.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <type_traits>

namespace chela::services {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!std::is_copy_constructible_v<SecretString>);
static_assert(!std::is_copy_assignable_v<SecretString>);
static_assert(std::is_nothrow_move_constructible_v<SecretString>);
static_assert(!std::is_convertible_v<SecretString, std::string>);
static_assert(!std::is_convertible_v<SecretString, std::string_view>);
static_assert(!std::is_constructible_v<std::string, SecretString>);
static_assert(!Printable<SecretString>);

// The line VmFlags of the mapping that holds `address`, as the kernel tells it.
std::string flags_of(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool is_ours = false;
  while (std::getline(maps, line)) {
    unsigned long from = 0, to = 0;
    char dash = 0;
    std::istringstream head(line);
    if (head >> std::hex >> from >> dash >> to && dash == '-') {
      const auto at = reinterpret_cast<unsigned long>(address);
      is_ours = at >= from && at < to;
    }
    if (is_ours && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

TEST(SecretString, HoldsWhatItWasGiven) {
  const auto secret = SecretString::copy_of("hunter2");
  EXPECT_EQ(secret.view(), "hunter2");
  EXPECT_EQ(secret.size(), 7u);
  EXPECT_EQ(secret.with_value([](std::string_view value) { return value.size(); }), 7u);
  EXPECT_TRUE(SecretString().is_empty());
  EXPECT_EQ(SecretString().view(), "");
}

TEST(SecretString, LeavesNothingWhereItMovedFrom) {
  auto first = SecretString::copy_of("one");
  auto second = std::move(first);
  EXPECT_TRUE(first.is_empty());  // NOLINT: what is left of it is what is asked
  EXPECT_EQ(second.view(), "one");
  second = SecretString::copy_of("two");
  EXPECT_EQ(second.view(), "two");
  auto& same = second;
  second = std::move(same);
  EXPECT_EQ(second.view(), "two");
}

TEST(SecretString, IsReadIntoAndCut) {
  auto secret = SecretString::with_room(5000);
  ASSERT_GE(secret.room().size(), 5000u);
  std::fill_n(secret.room().data(), 5000, 'x');
  secret.took(5000);
  EXPECT_EQ(secret.view(), std::string(5000, 'x'));
  const char* cut = secret.view().data() + 3;
  secret.cut_to(3);
  EXPECT_EQ(secret.view(), "xxx");
  EXPECT_EQ(*cut, '\0') << "what was cut is wiped";
  secret.cut_to(100);
  EXPECT_EQ(secret.size(), 3u);
}

TEST(SecretString, IsInNoCoreFileAndLocked) {
  const auto secret = SecretString::copy_of("hunter2");
  const auto flags = flags_of(secret.view().data());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;
  rlimit lock{};
  getrlimit(RLIMIT_MEMLOCK, &lock);
#ifdef CHELA_SANITIZED
  const bool may_lock = false;  // AddressSanitizer makes mlock() do nothing
#else
  const bool may_lock = lock.rlim_cur >= 1u << 20;
#endif
  EXPECT_TRUE(!may_lock || flags.find(" lo ") != std::string::npos) << flags;
}

TEST(SecretString, IsEmptyBytesInAForkedChild) {
  const auto secret = SecretString::copy_of("hunter2");
  const pid_t child = fork();
  if (child == 0) {
    for (const char c : secret.view()) {
      if (c != '\0') _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(secret.view(), "hunter2");
}

TEST(SecretString, IsUnmappedAtItsEnd) {
  const char* where = nullptr;
  {
    const auto secret = SecretString::copy_of("hunter2");
    where = secret.view().data();
    ASSERT_NE(flags_of(where), "");
  }
  unsigned char is_there = 0;
  EXPECT_EQ(mincore(const_cast<char*>(where), 1, &is_there), -1);
}

TEST(SecretString, WipesWhatStoodElsewhere) {
  std::string text = "hunter2";
  wipe(text);
  EXPECT_EQ(text, std::string(7, '\0'));
}

}  // namespace
}  // namespace chela::services
