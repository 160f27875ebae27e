// What an engine has to do beside its checks is due by one look at the clock, also where the clock
// goes on between two.
#include <gtest/gtest.h>

#include <filesystem>

#include "app/engine.h"
#include "host/config/temp_folder.h"

namespace chela::app {
namespace {

// A millisecond later at each look.
class RestlessClock final : public services::Clock {
 public:
  Timestamp now() const override { return now_ += std::chrono::milliseconds(1); }

 private:
  mutable Timestamp now_{std::chrono::hours(500'000)};
};

class EngineDue : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Engine>> open() {
    app::Setup setup;
    setup.paths.state_dir.path = folder_.path() / "state";
    setup.workspace.path = folder_.path();
    setup.timezone = "UTC";
    setup.host.ping = config::Ping{"http://127.0.0.1:1/", std::chrono::minutes(5)};
    config::Instance mirror;
    mirror.id = "kept";
    mirror.plugin = "tasks.github";
    mirror.kind = config::Kind::tasks;
    mirror.role = config::TaskRole::mirror;
    setup.instances.push_back(std::move(mirror));
    std::filesystem::create_directories(setup.workspace_state_dir());
    return Engine::open(std::move(setup), clock_, {});
  }

  RestlessClock clock_;
  config::TempFolder folder_;
};

TEST_F(EngineDue, ThePingThatWasNeverSentIsDueNow) {
  auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_TRUE((*engine)->ping_request(true, clock_.now()));
  (*engine)->record_ping({});
  const Timestamp sent = clock_.now();
  EXPECT_FALSE((*engine)->ping_request(true, sent + std::chrono::minutes(4)));
  EXPECT_TRUE((*engine)->ping_request(true, sent + std::chrono::minutes(5)));
}

TEST_F(EngineDue, AMirrorWhoseSourceHasChangedIsDueNow) {
  auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  (*engine)->want_mirrors();
  const Timestamp now = clock_.now();
  EXPECT_LE((*engine)->next_mirror(now), now);
}

}  // namespace
}  // namespace chela::app
