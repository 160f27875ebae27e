// The gates between a manifest and a start, and what each says when it stays shut.
#include "plugin/activation.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace chela::plugin {
namespace {

class ActivationTest : public ::testing::Test {
 protected:
  ActivationTest() {
    path_ = scratch_.write("check.system.so", real_bytes());
    instance_.id = "system";
    instance_.plugin = "check.system";
    instance_.every = std::chrono::hours(1);
    instance_.source.file = "manifests/checks/system.yaml";
    instance_.allow.usage = {"${config.disks}"};
    instance_.allow.exec = {
        {"systemctl", {"unix:/run/dbus/system_bus_socket", "unix:${runtime_dir}/bus"}},
        "journalctl",
        {"timedatectl", {"unix:/run/dbus/system_bus_socket"}}};
    instance_.allow.read = {"/proc/meminfo",    "/proc/vmstat", "/proc/pressure", "/run",
                            "/var/log/journal", "/var/run",     "/etc/machine-id"};
    trust_.self = current_self();
  }

  Result<Activation> activate_now() const {
    const auto registry = Registry::scan({scratch_.folder.string()}, {});
    return activate(
        instance_, registry, trust_,
        {{"workspace", "/srv/ws"}, {"home", "/home/ana"}, {"runtime_dir", "/run/user/1"}});
  }
  std::string refusal() const {
    const auto activation = activate_now();
    EXPECT_FALSE(activation.has_value());
    return activation ? "" : activation.error().message;
  }

  Scratch scratch_;
  std::string path_;
  config::Instance instance_;
  Trust trust_;
};

TEST_F(ActivationTest, FillsInDefaultsAndPlaceholders) {
  const auto activation = activate_now();
  ASSERT_TRUE(activation.has_value()) << activation.error().message;
  EXPECT_TRUE(activation->is_new);
  EXPECT_EQ(json::serialize(activation->config.at("disks")), R"(["/"])");
  EXPECT_EQ(activation->grant.usage, std::vector<std::string>{"/"});
}

TEST_F(ActivationTest, NamesTheLineThatIsMissing) {
  instance_.allow.usage.clear();
  const std::string message = refusal();
  EXPECT_NE(message.find("manifests/checks/system.yaml"), std::string::npos) << message;
  EXPECT_NE(message.find("usage: [\"/\"]"), std::string::npos) << message;
}

TEST_F(ActivationTest, RefusesOtherBytesThanTheApprovedOnes) {
  trust_.lock.plugins["check.system"] = {"0.1.0", std::string(64, '0'), {}, {}};
  EXPECT_NE(refusal().find("has changed since you approved"), std::string::npos);
  trust_.lock.plugins["check.system"].sha256 = seal_library(path_)->sha256;
  const auto activation = activate_now();
  ASSERT_TRUE(activation.has_value()) << activation.error().message;
  EXPECT_FALSE(activation->is_new);
}

TEST_F(ActivationTest, RefusesAnotherHashThanTheManifests) {
  instance_.sha256 = std::string(64, 'f');
  const std::string message = refusal();
  EXPECT_NE(message.find("sha256"), std::string::npos);
  EXPECT_NE(message.find(std::string(64, 'f')), std::string::npos);
}

TEST_F(ActivationTest, RefusesABundledFileThatIsNotTheBundles) {
  Bundle bundle;
  bundle.folder = scratch_.folder.string();
  bundle.sha256_by_id["check.system"] = std::string(64, '0');
  trust_.bundle = bundle;
  const auto registry = Registry::scan({scratch_.folder.string()}, bundle);
  const auto activation =
      activate(instance_, registry, trust_,
               {{"workspace", "/srv/ws"}, {"home", "/h"}, {"runtime_dir", "/run/user/1"}});
  ASSERT_FALSE(activation.has_value());
  EXPECT_NE(activation.error().message.find("install chela again"), std::string::npos);
}

TEST_F(ActivationTest, RefusesTheWrongFolderIsolationAndSettings) {
  instance_.isolation = config::Isolation::host;
  EXPECT_NE(refusal().find("'isolation: host' is for plugins whose note says pure"),
            std::string::npos);
  instance_.isolation = config::Isolation::process;
  instance_.kind = config::Kind::tasks;
  EXPECT_NE(refusal().find("belongs into another folder"), std::string::npos);
  instance_.kind = config::Kind::check;
  instance_.config = json::object{{"diskz", "/"}};
  EXPECT_NE(refusal().find("did you mean 'disks'"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace chela::plugin
