#include "sse.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace chela::sse {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

Events read(const std::vector<std::string_view>& pieces, bool* has_partial = nullptr) {
  Reader reader;
  Events events;
  for (const auto piece : pieces) {
    EXPECT_TRUE(reader.feed(piece, [&](const Event& event) {
      events.emplace_back(std::string(event.name), std::string(event.data));
    }));
  }
  if (has_partial != nullptr) *has_partial = reader.has_partial();
  return events;
}

TEST(Sse, ReadsWhatTheStandardDescribes) {
  const struct {
    const char* name;
    std::string_view bytes;
    Events events;
    bool has_partial;
  } cases[] = {
      {"one", "data: a\n\n", {{"", "a"}}, false},
      {"named", "event: ping\ndata: {}\n\n", {{"ping", "{}"}}, false},
      {"two data lines", "data: a\ndata: b\n\n", {{"", "a\nb"}}, false},
      {"no blank after the colon", "data:a\n\n", {{"", "a"}}, false},
      {"only one blank goes", "data:  a\n\n", {{"", " a"}}, false},
      {"carriage returns",
       "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
       {{"", "a"}, {"", "b"}, {"", "c"}},
       false},
      {"comments", ": PROCESSING\n\ndata: a\n\n", {{"", "a"}}, false},
      {"a name without data is nothing", "event: ping\n\ndata: a\n\n", {{"", "a"}}, false},
      {"empty data is an event", "data:\n\n", {{"", ""}}, false},
      {"byte order mark",
       "\xef\xbb\xbf"
       "data: a\n\n",
       {{"", "a"}},
       false},
      {"other fields", "id: 7\nretry: 3\nfoo: b\ndata: a\n\n", {{"", "a"}}, false},
      {"cut before the blank line", "data: a\n", {}, true},
      {"cut inside a line", "data: a\n\ndata: b", {{"", "a"}}, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    bool has_partial = false;
    EXPECT_EQ(read({c.bytes}, &has_partial), c.events);
    EXPECT_EQ(has_partial, c.has_partial);
  }
}

TEST(Sse, DoesNotCareWhereTheBytesAreCut) {
  std::mt19937 random(7);
  const std::string_view alphabet[] = {"data: ", "event: x", "\n", "\r",  "\r\n",
                                       "a",      ":",        " ",  "\n\n"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto left = random() % 40; left > 0; --left)
      text += alphabet[random() % std::size(alphabet)];
    std::vector<std::string_view> pieces;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t size = 1 + random() % 5;
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
    }
    ASSERT_EQ(read(pieces), read({text})) << text;
  }
}

TEST(Sse, StopsAtAnEventWithoutEnd) {
  Reader reader;
  const std::string piece(1u << 20, 'a');
  bool goes_on = true;
  int fed = 0;
  for (; goes_on && fed < 100; ++fed) goes_on = reader.feed(piece, [](const Event&) { FAIL(); });
  EXPECT_FALSE(goes_on);
  EXPECT_EQ(fed, 17);
}

}  // namespace
}  // namespace chela::sse
