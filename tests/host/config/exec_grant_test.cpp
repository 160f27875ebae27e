// What a program may connect to: read, filled in, compared.
#include "config/exec_grant.h"

#include <gtest/gtest.h>

#include "base/net_target.h"

namespace chela::config {
namespace {

TEST(NetTarget, Table) {
  const struct {
    const char* name;
    const char* text;
    const char* host;  // null: refused
    int port;
    const char* path;
  } cases[] = {
      {"a name", "mac.local:22", "mac.local", 22, ""},
      {"IPv4", "127.0.0.1:5666", "127.0.0.1", 5666, ""},
      {"IPv6", "[fe80::1]:80", "fe80::1", 80, ""},
      {"a path", "unix:/run/dbus/system_bus_socket", "", 0, "/run/dbus/system_bus_socket"},
      {"no port", "mac.local", nullptr, 0, ""},
      {"port 0", "mac.local:0", nullptr, 0, ""},
      {"port too high", "mac.local:65536", nullptr, 0, ""},
      {"a word for a port", "mac.local:ssh", nullptr, 0, ""},
      {"IPv6 without brackets", "fe80::1:80", nullptr, 0, ""},
      {"brackets around a name", "[mac]:80", nullptr, 0, ""},
      {"an option", "-o:80", nullptr, 0, ""},
      {"a URL", "https://mac.local:22", nullptr, 0, ""},
      {"a relative path", "unix:run/x", nullptr, 0, ""},
      {"a path with dots", "unix:/run/../x", nullptr, 0, ""},
      {"a folder", "unix:/run/", nullptr, 0, ""},
      {"an abstract one", "unix:@x", nullptr, 0, ""},
      {"nothing", "", nullptr, 0, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto target = base::parse_net_target(c.text);
    EXPECT_EQ(target.has_value(), c.host != nullptr);
    if (!target || c.host == nullptr) continue;
    EXPECT_EQ(target->host, c.host);
    EXPECT_EQ(target->port, c.port);
    EXPECT_EQ(target->path, c.path);
  }
  EXPECT_FALSE(base::parse_net_target("unix:/" + std::string(107, 'a'))) << "too long for a socket";
}

TEST(ExecGrant, FillsInProgramsAndListsOfTargets) {
  const json::value config{
      {"command", {"ssh", "mac"}}, {"servers", {"a:1", "[::1]:2"}}, {"port", "3"}};
  const auto variables = with_config({{"home", "/home/me"}}, config);
  const auto expanded = expand_exec(
      {{"${config.command.0}", {"${config.servers}", "b:${config.port}"}}, {"${home}/bin/check"}},
      variables, config);
  ASSERT_TRUE(expanded) << expanded.error().message;
  EXPECT_EQ(*expanded,
            (std::vector<ExecGrant>{{"ssh", {"a:1", "[::1]:2", "b:3"}}, {"/home/me/bin/check"}}));
}

TEST(ExecGrant, RefusesWhatAPlaceholderMayNotBecome) {
  const json::value config{{"program", "-rf"}, {"target", "a"}};
  const auto variables = with_config({}, config);
  const auto program = expand_exec({{"${config.program}"}}, variables, config);
  ASSERT_FALSE(program);
  EXPECT_NE(program.error().message.find("allow.exec: -rf: wanted a bare name"), std::string::npos);
  const auto target = expand_exec({{"ssh", {"${config.target}"}}}, variables, config);
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().message.find("allow.exec: ssh: net: wanted host:port"),
            std::string::npos);
  EXPECT_FALSE(expand_exec({{"${config.nope}"}}, variables, config));
}

TEST(ExecGrant, FindsWhatIsMissing) {
  const std::vector<ExecGrant> allowed{"git", {"ssh", {"a:1"}}, {"ssh", {"b:2"}}};
  const auto missing = [&](std::vector<ExecGrant> needs) {
    std::string text;
    for (const auto& one : missing_exec(needs, allowed)) text += describe(one) + "; ";
    return text;
  };
  EXPECT_EQ(missing({"git", "ssh", {"ssh", {"a:1", "b:2"}}}), "");
  EXPECT_EQ(missing({"hg"}), "hg; ");
  EXPECT_EQ(missing({{"ssh", {"a:1", "c:3"}}}), "ssh (which may connect to c:3); ");
  EXPECT_EQ(missing({{"git", {"a:1"}}}), "git (which may connect to a:1); ");
}

}  // namespace
}  // namespace chela::config
