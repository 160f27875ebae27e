// notify.stdout hands its lines to the host: the fixture folders, and the cap.
#include <chela/testing/fixtures.h>

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(StdoutFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 5);
}

TEST(Stdout, CountsWhatIsTooMuch) {
  FakeHost host;
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host);
  ASSERT_TRUE(plugin) << plugin.error().message;
  json::array lines;
  for (int i = 0; i < 100; ++i)
    lines.push_back(json::object{{"severity", "warn"}, {"text", std::string(5000, 'x')}});
  ASSERT_TRUE((*plugin)->call("send", chela::testing::message_of(json::object{{"lines", lines}})));
  std::size_t bytes = 0;
  for (const auto& event : host.events) bytes += event.second.size();
  EXPECT_LT(bytes, 40'000u);
  ASSERT_FALSE(host.events.empty());
  EXPECT_EQ(
      chela::get_string(*chela::parse_json(host.events.back().second), "text"),
      "(and " + std::to_string(101 - host.events.size()) + " more: chela status) (0d3k8s2m5xqa)");
}

TEST(Stdout, GivesWholeDocumentsHoweverMuchThereIs) {
  for (const int count : {1, 100, 3000}) {
    SCOPED_TRACE(count);
    FakeHost host;
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                     json::object{{"form", "json"}});
    ASSERT_TRUE(plugin) << plugin.error().message;
    json::array lines;
    for (int i = 0; i < count; ++i)
      lines.push_back(json::object{{"severity", "warn"}, {"text", "\"" + std::string(300, 'x')}});
    ASSERT_TRUE(
        (*plugin)->call("send", chela::testing::message_of(json::object{{"lines", lines}})));
    ASSERT_EQ(host.events.size(), 1u);
    const std::string text = chela::get_string(*chela::parse_json(host.events[0].second), "text");
    EXPECT_LE(text.size(), 32u << 10);
    const auto document = chela::parse_json(text);
    ASSERT_TRUE(document) << text;
    const auto kept = document->at("lines").as_array().size();
    EXPECT_GE(kept, count == 1 ? 1u : 30u);
    EXPECT_EQ(chela::get_int(*document, "more"), count - static_cast<int>(kept));
  }
}
