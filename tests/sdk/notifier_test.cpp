// A message as notifiers get it: the document read, the text cut where a service takes no more.
#include <gtest/gtest.h>

#include "chela/notifier.h"

namespace chela {
namespace {

TEST(Message, ReadsTheDocument) {
  const auto document = parse_json(R"({"schema":"chela.notifier.message/1","message_id":"abcdefgh",
    "severity":"crit","title":"crit: disk","made_ms":1790000000000,"test":true,
    "lines":[{"severity":"crit","kind":"opened","check":"system","key":"disk:/","text":"one"},
             {"severity":"info","text":"two"}]})");
  const Message message = Message::from_json(document.value());
  EXPECT_EQ(message.id, "abcdefgh");
  EXPECT_EQ(message.severity, "crit");
  EXPECT_TRUE(message.is_test);
  EXPECT_EQ(message.made.time_since_epoch().count(), 1790000000000);
  ASSERT_EQ(message.lines.size(), 2u);
  EXPECT_EQ(message.lines[0].key, "disk:/");
  EXPECT_EQ(message.text(), "one\ntwo");
}

TEST(Message, CountsTheLinesThatDoNotFit) {
  Message message;
  for (int i = 0; i < 10; ++i) message.lines.push_back({.text = std::string(20, 'x')});
  EXPECT_EQ(message.text(80),
            std::string(20, 'x') + "\n" + std::string(20, 'x') + "\n(and 8 more: chela status)");
  EXPECT_LE(message.text(80).size(), 100u);
}

TEST(Message, CutsALineThatAloneIsTooLong) {
  Message message;
  message.lines.push_back({.text = "aéééé"});
  EXPECT_EQ(message.text(7), "aé...");
}

TEST(Message, CountsTheOthersBehindALineThatIsCut) {
  Message message;
  for (int i = 0; i < 3; ++i) message.lines.push_back({.text = std::string(100, 'x')});
  EXPECT_EQ(message.text(60), std::string(30, 'x') + "...\n(and 2 more: chela status)");
}

TEST(Message, CutsNothingBehindTheEndOfALine) {
  Message message;
  message.lines.push_back({.text = "short"});
  message.lines.push_back({.text = std::string(100, 'x')});
  EXPECT_EQ(message.text(30), "short...");
}

}  // namespace
}  // namespace chela
