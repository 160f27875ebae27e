#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "services/clock.h"
#include "services/hash.h"
#include "support.h"

namespace chela::services {
namespace {

TEST(SystemClock, TellsTheTimeOfThisMachine) {
  const SystemClock clock;
  const auto before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  const auto now = clock.now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

// Vectors of FIPS 180-2, appendix B.
TEST(Sha256, GivesTheStandardsDigests) {
  const struct {
    const char* name;
    std::string text;
    const char* digest;
  } cases[] = {
      {"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"a million", std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  const TempFolder folder;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(sha256(c.text), c.digest);
    const base::UniqueFd fd(::open(folder.write("x", c.text).c_str(), O_RDONLY | O_CLOEXEC));
    ::lseek(fd.get(), 1, SEEK_SET);
    const auto of_file = sha256_of_fd(fd.get());
    ASSERT_TRUE(of_file);
    EXPECT_EQ(*of_file, c.digest);
    EXPECT_EQ(::lseek(fd.get(), 0, SEEK_CUR), 1);
  }
}

TEST(Sha256, RefusesPipesAndWhatIsTooLong) {
  const TempFolder folder;
  const base::UniqueFd file(::open(folder.write("x", "12345").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(sha256_of_fd(file.get(), 5));
  EXPECT_EQ(sha256_of_fd(file.get(), 4).error().code, ErrorCode::resource_exhausted);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::UniqueFd a(ends[0]), b(ends[1]);
  EXPECT_EQ(sha256_of_fd(a.get()).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace chela::services
