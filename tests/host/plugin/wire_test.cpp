// Frames: whole ones come out as they went in, whatever the pieces; anything else is refused before
// it costs memory.
#include "plugin/wire.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace chela::plugin {
namespace {

std::string with_header(std::uint32_t total, std::uint32_t envelope, std::string_view rest) {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &total, 4);
  std::memcpy(bytes.data() + 4, &envelope, 4);
  return bytes + std::string(rest);
}

TEST(Wire, GivesBackWhatWasEncodedHoweverItIsCut) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string stream;
    std::vector<std::string> tails;
    for (int i = 0; i < 5; ++i) {
      std::string tail(random() % 3000, '\0');
      for (char& c : tail) c = static_cast<char>(random());
      stream += encode_frame(static_cast<std::uint64_t>(i), {{"type", "call"}, {"n", i}}, tail);
      tails.push_back(std::move(tail));
    }
    FrameReader reader(1 << 20);
    std::size_t got = 0;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t piece = std::min<std::size_t>(1 + random() % 700, stream.size() - at);
      reader.put(std::string_view(stream).substr(at, piece));
      at += piece;
      for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
        ASSERT_LT(got, tails.size());
        EXPECT_EQ((*frame)->id, got);
        EXPECT_EQ((*frame)->type(), "call");
        EXPECT_EQ(get_int((*frame)->head, "n"), static_cast<std::int64_t>(got));
        EXPECT_EQ((*frame)->tail, tails[got]);
        ++got;
      }
    }
    EXPECT_EQ(got, tails.size());
    EXPECT_FALSE(reader.has_partial());
  }
}

TEST(Wire, WaitsForTheRestOfAFrame) {
  const std::string bytes = encode_frame(1, {{"type", "ready"}}, "tail");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    FrameReader reader(1 << 20);
    reader.put(std::string_view(bytes).substr(0, size));
    const auto frame = reader.next();
    ASSERT_TRUE(frame.has_value()) << size;
    EXPECT_FALSE(frame->has_value()) << size;
  }
}

TEST(Wire, RefusesWhatIsNoFrame) {
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"shorter than its own header", with_header(11, 0, "")},
      {"envelope longer than the frame", with_header(14, 100, "{}")},
      {"envelope is not JSON", with_header(14, 2, "xx")},
      {"envelope is no object", with_header(14, 2, "[]")},
      {"no type", with_header(14, 2, "{}")},
      {"type is a number", with_header(22, 10, R"({"type":1})")},
      {"text", "Segmentation fault (core dumped)\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    FrameReader reader(1'000'000);
    reader.put(c.bytes);
    const auto frame = reader.next();
    ASSERT_FALSE(frame.has_value());
    EXPECT_EQ(frame.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Wire, RefusesAFrameThatIsTooLongBeforeItIsRead) {
  FrameReader reader(1'000'000);
  reader.put(with_header(2'000'000, 2, "{}"));
  EXPECT_EQ(reader.next().error().code, ErrorCode::resource_exhausted);
}

TEST(Wire, JudgesATooLongFrameTheSameHoweverItsBytesCome) {
  for (const bool is_sound : {true, false}) {
    SCOPED_TRACE(is_sound ? "too long" : "garbage");
    const std::string bytes = with_header(2'000'000, is_sound ? 2 : 0xffffffff, "{}");
    FrameReader reader(1'000'000);
    for (std::size_t i = 0; i < 7; ++i) {
      reader.put(bytes.substr(i, 1));
      const auto frame = reader.next();
      ASSERT_TRUE(frame.has_value()) << "byte " << i;
      EXPECT_FALSE(frame->has_value());
    }
    reader.put(bytes.substr(7, 1));
    EXPECT_EQ(reader.next().error().code,
              is_sound ? ErrorCode::resource_exhausted : ErrorCode::invalid_argument);
  }
}

TEST(Wire, SurvivesRandomBytes) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (bytes.size() > 4) bytes[1] = bytes[2] = bytes[3] = 0;  // lengths that are accepted
    FrameReader reader(4096);
    reader.put(bytes);
    for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
      EXPECT_LE((*frame)->tail.size(), bytes.size());
    }
  }
}

}  // namespace
}  // namespace chela::plugin
