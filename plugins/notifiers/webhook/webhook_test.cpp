// notify.webhook against a host that plays Slack, Discord and others: the fixture folders.
#include <chela/testing/fixtures.h>

TEST(WebhookFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 12);
}
