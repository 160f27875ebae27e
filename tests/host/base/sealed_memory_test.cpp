// A file in memory is sealed, also where the kernel was busy with its pages at first.
#include "base/sealed_memory.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace chela::base {
namespace {

bool write_text(int file) {
  return write(file, "text", 4) == 4;
}

// A page that somebody may write stands for one that the kernel holds: both are EBUSY.
void* held_page(int file) {
  return mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

TEST(SealedMemory, CannotBeChanged) {
  const auto file = sealed_memory("test", write_text);
  ASSERT_TRUE(file.is_open());
  std::string text(8, '\0');
  EXPECT_EQ(pread(file.get(), text.data(), text.size(), 0), 4);
  EXPECT_EQ(text.substr(0, 4), "text");
  EXPECT_EQ(pwrite(file.get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(file.get(), 0), -1);
  EXPECT_EQ(held_page(file.get()), MAP_FAILED);
}

TEST(SealedMemory, IsCopiedAnewWhereThePagesAreHeld) {
  std::vector<void*> held;
  const auto file = sealed_memory("test", [&](int empty) {
    if (!write_text(empty)) return false;
    if (held.size() < 2) held.push_back(held_page(empty));
    return true;
  });
  EXPECT_TRUE(file.is_open());
  EXPECT_EQ(held.size(), 2u);
  for (void* page : held) munmap(page, 4);
}

TEST(SealedMemory, GivesUpWhereTheyAlwaysAre) {
  std::vector<void*> held;
  const auto file = sealed_memory("test", [&](int empty) {
    held.push_back(write_text(empty) ? held_page(empty) : nullptr);
    return true;
  });
  EXPECT_FALSE(file.is_open());
  EXPECT_EQ(errno, EBUSY);
  EXPECT_EQ(held.size(), 8u);
  for (void* page : held) munmap(page, 4);
}

TEST(SealedMemory, SaysWhyItCannotBeFilled) {
  int calls = 0;
  const auto file = sealed_memory("test", [&](int) {
    ++calls;
    errno = EIO;
    return false;
  });
  EXPECT_FALSE(file.is_open());
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace chela::base
