#include "config/manifest.h"

#include <gtest/gtest.h>

#include "config/schema.h"

namespace chela::config {
namespace {

using namespace std::chrono_literals;

Result<Instance> parse(const std::string& yaml, Kind kind = Kind::check) {
  CHELA_TRY(const auto document, parse_yaml(yaml, "x.yaml"));
  return parse_instance(document, kind);
}

Result<HostConfig> parse_host_text(const std::string& yaml) {
  CHELA_TRY(const auto document, parse_yaml(yaml, "host.yaml"));
  return parse_host(document);
}

TEST(Manifest, ReadsEveryKey) {
  const auto instance = parse(
      "id: workspace-git\n"
      "plugin: check.git\n"
      "enabled: true\n"
      "every: 1h30m\n"
      "window: {from: \"22:00\", to: \"06:30\", timezone: UTC}\n"
      "priority: -3\n"
      "isolation: host\n"
      "deadline: 2m\n"
      "alerts: {failures: 3, successes: 2, remind: 12h, remind_crit: off, flapping: false}\n"
      "needs: [net, vpn]\n"
      "allow:\n"
      "  exec: [git, /opt/x/check, {program: ssh, net: [\"mac.local:22\", \"unix:/run/a\"]}]\n"
      "  read: [\"${workspace}\"]\n"
      "  write: [/tmp/x]\n"
      "  usage: [/]\n"
      "  board: read\n"
      "sha256: " +
      std::string(64, 'a') +
      "\n"
      "config: {path: x, deep: {list: [1, 2]}}\n");
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_EQ(instance->id, "workspace-git");
  EXPECT_EQ(instance->plugin, "check.git");
  EXPECT_EQ(instance->kind, Kind::check);
  EXPECT_TRUE(instance->is_enabled);
  EXPECT_EQ(instance->every, Duration(90min));
  EXPECT_EQ(instance->window, (Window{22h, 390min, "UTC"}));
  EXPECT_EQ(instance->priority, -3);
  EXPECT_EQ(instance->isolation, Isolation::host);
  EXPECT_EQ(instance->deadline, Duration(2min));
  EXPECT_EQ(instance->alerts, (AlertSettings{3, 2, Duration(12h), std::nullopt, false}));
  EXPECT_EQ(instance->needs, (std::vector<std::string>{"net", "vpn"}));
  EXPECT_EQ(instance->allow,
            (Grant{{"git", "/opt/x/check", {"ssh", {"mac.local:22", "unix:/run/a"}}},
                   {"${workspace}"},
                   {"/tmp/x"},
                   {"/"},
                   true}));
  EXPECT_EQ(instance->sha256, std::string(64, 'a'));
  EXPECT_EQ(json::serialize(instance->config), R"({"path":"x","deep":{"list":[1,2]}})");
  EXPECT_FALSE(instance->is_builtin);
  EXPECT_EQ(instance->source.file, "x.yaml");
  EXPECT_TRUE(instance->source.places.contains("/config/deep/list/1"));
}

TEST(Manifest, HasDefaults) {
  const auto instance =
      parse("id: a\nplugin: check.a\nevery: 24h\nwindow: {from: \"08:00\", to: \"24:00\"}\n");
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_TRUE(instance->is_enabled);
  EXPECT_EQ(instance->window, (Window{8h, 24h, "local"}));
  EXPECT_EQ(instance->priority, 0);
  EXPECT_EQ(instance->isolation, Isolation::process);
  EXPECT_EQ(instance->deadline, Duration(30s));
  EXPECT_EQ(instance->allow, Grant{});
  EXPECT_EQ(instance->config, json::object());
  EXPECT_FALSE(instance->sha256);
}

TEST(Manifest, SwitchesOffWithAnIdAlone) {
  const auto instance = parse("id: system\nenabled: false\n");
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_FALSE(instance->is_enabled);
  EXPECT_TRUE(instance->plugin.empty());
}

TEST(Manifest, KnowsItsKinds) {
  const struct {
    Kind kind;
    const char* folder;
    const char* plugin;
  } cases[] = {{Kind::check, "checks", "check.a"},
               {Kind::tasks, "tasks", "tasks.a"},
               {Kind::notifier, "notifiers", "notify.a"},
               {Kind::provider, "providers", "provider.a"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.folder);
    EXPECT_EQ(folder_of(c.kind), c.folder);
    EXPECT_EQ(kind_of_folder(c.folder), c.kind);
    const std::string every = c.kind == Kind::check ? "every: 1h\n" : "";
    const auto instance = parse("id: a\nplugin: " + std::string(c.plugin) + "\n" + every, c.kind);
    ASSERT_TRUE(instance) << instance.error().message;
    EXPECT_EQ(instance->every.has_value(), c.kind == Kind::check);
  }
  EXPECT_FALSE(kind_of_folder("check"));
}

TEST(Manifest, SaysWhereWhatWantedAndFound) {
  const std::string good =
      "id: a\nplugin: check.a\nevery: 1h\n";  // three lines, so additions start in line 4
  const struct {
    const char* name;
    std::string yaml;
    const char* says;
  } cases[] = {
      {"empty", "", "x.yaml:1:1: the key 'id' is missing; wanted a string; found nothing"},
      {"a list", "- a\n", "wrong type; wanted an object; found a list with 1 items"},
      {"unknown key", "id: a\nplugin: check.a\nevry: 1h\n",
       "x.yaml:3:1: unknown key 'evry'; did you mean 'every'?"},
      {"unknown key and no guess", good + "colour: red\n",
       "x.yaml:4:1: unknown key 'colour'; wanted one of: id, plugin"},
      {"two mistakes, first", good + "colour: red\npriority: high\n",
       "x.yaml:4:1: unknown key 'colour'"},
      {"two mistakes, second", good + "colour: red\npriority: high\n",
       "\nx.yaml:5:11: 'priority': wrong type"},
      {"id of the wrong type", "id: 5\nplugin: check.a\nevery: 1h\n",
       "x.yaml:1:5: 'id': wrong type; wanted a string (put it in quotes); found 5"},
      {"id in upper case", "id: Git\nplugin: check.a\nevery: 1h\n",
       "x.yaml:1:5: 'id': not an id; wanted lower-case letters, digits and dashes, such as "
       "workspace-git; found 'Git'"},
      {"id with a leading dash", "id: -a\nplugin: check.a\nevery: 1h\n", "not an id"},
      {"id with a path", "id: ../x\nplugin: check.a\nevery: 1h\n", "not an id"},
      {"empty id", "id: \"\"\nplugin: check.a\nevery: 1h\n", "'id': too few characters"},
      {"long id", "id: " + std::string(65, 'a') + "\nplugin: check.a\nevery: 1h\n",
       "'id': too many characters"},
      {"no plugin", "id: a\nevery: 1h\n",
       "the key 'plugin' is missing; wanted the plugin's id, such as check.name"},
      {"plugin of another kind", "id: a\nplugin: tasks.markdown\nevery: 1h\n",
       "x.yaml:2:9: 'plugin': not a plugin for the folder checks; wanted an id like check.name; "
       "found 'tasks.markdown'"},
      {"plugin as a path", "id: a\nplugin: check./../x\nevery: 1h\n", "'plugin': not a plugin"},
      {"no every", "id: a\nplugin: check.a\n",
       "the key 'every' is missing; wanted how often this check is to run, such as every: 24h"},
      {"every as a number", "id: a\nplugin: check.a\nevery: 30\n",
       "x.yaml:3:8: 'every': wrong type; wanted a duration like 30m, 4h, 1h30m or 2d; found 30"},
      {"every as words", "id: a\nplugin: check.a\nevery: 1 day\n",
       "'every': not a duration; wanted a duration like 30m"},
      {"every of nothing", "id: a\nplugin: check.a\nevery: 0s\n",
       "'every': too short; wanted at least 1s; found '0s'"},
      {"every of years", "id: a\nplugin: check.a\nevery: 1000d\n",
       "'every': too long; wanted at most 366d"},
      {"window without end", good + "window: {from: \"08:00\"}\n", "the key 'to' is missing"},
      {"window with a number", good + "window: {from: 8, to: \"22:00\"}\n",
       "x.yaml:4:16: 'window.from': wrong type; wanted a string (put it in quotes); found 8"},
      {"window at 24 from", good + "window: {from: \"24:00\", to: \"22:00\"}\n",
       "'window.from': not a time of day; wanted 00:00 to 23:59; found '24:00'"},
      {"window at 24:01", good + "window: {from: \"08:00\", to: \"24:01\"}\n",
       "'window.to': not a time of day"},
      {"window at 8 o'clock", good + "window: {from: \"8:00\", to: \"22:00\"}\n",
       "not a time of day"},
      {"window at 12:60", good + "window: {from: \"12:60\", to: \"22:00\"}\n", "not a time of day"},
      {"window of nothing", good + "window: {from: \"08:00\", to: \"08:00\"}\n",
       "the window starts where it ends"},
      {"window with an odd key", good + "window: {from: \"08:00\", to: \"09:00\", tz: UTC}\n",
       "unknown key 'tz'"},
      {"window in no zone",
       good + "window: {from: \"08:00\", to: \"09:00\", timezone: \"Mars Base\"}\n",
       "'window.timezone': not a timezone; wanted 'local' or a zone like Europe/Berlin"},
      {"enabled as yes", good + "enabled: yes\n",
       "x.yaml:4:10: 'enabled': wrong type; wanted a boolean; found the string \"yes\""},
      {"priority too high", good + "priority: 101\n",
       "'priority': too large; wanted at most 100; found 101"},
      {"isolation", good + "isolation: hos\n", "wanted process | host (did you mean 'host'?)"},
      {"isolation thread", good + "isolation: thread\n", "wanted process | host"},
      {"deadline too long", good + "deadline: 2h\n",
       "'deadline': too long; wanted at most 1h; found '2h'"},
      {"deadline too short", good + "deadline: 500ms\n",
       "'deadline': too short; wanted at least 1s"},
      {"alerts with an odd key", good + "alerts: {failure: 3}\n",
       "x.yaml:4:10: unknown key 'failure'; did you mean 'failures'?"},
      {"no failure at all", good + "alerts: {failures: 0}\n",
       "'alerts.failures': too small; wanted at least 1; found 0"},
      {"a reminder that is no time", good + "alerts: {remind: daily}\n",
       "'alerts.remind': not an interval for reminders; wanted off, or a duration of at least 1m "
       "such as 24h; found 'daily'"},
      {"a reminder each second", good + "alerts: {remind_crit: 1s}\n",
       "'alerts.remind_crit': not an interval for reminders"},
      {"needs as a word", good + "needs: net\n", "'needs': wrong type; wanted a list"},
      {"a check with a role", good + "role: source\n",
       "x.yaml:4:7: 'role': only task backends have a role"},
      {"a role that is none", good + "role: mirro\n",
       "wanted source | mirror (did you mean 'mirror'?)"},
      {"allow as a list", good + "allow: [git]\n", "'allow': wrong type; wanted an object"},
      {"allow sockets", good + "allow: {sockets: [x]}\n",
       "x.yaml:4:9: unknown key 'sockets'; wanted one of: exec, read, write, usage, board, http, "
       "stream, sign"},
      {"allow http to what is no address", good + "allow: {http: [x]}\n",
       "x.yaml:4:16: 'allow.http.0': not something that requests can go to; wanted https://host, "
       "http://host:port or https://*.example.org; found 'x'"},
      {"allow http by a method in lower case",
       good + "allow: {http: [{url: 'https://a.example', methods: [get]}]}\n",
       "wanted methods in upper case, such as GET; found 'https://a.example (get)'"},
      {"allow http with an odd key",
       good + "allow: {http: [{url: 'https://a.example', method: [GET]}]}\n",
       "unknown key 'method'; did you mean 'methods'?"},
      {"allow a stream to what is no mail server",
       good + "allow: {stream: ['https://a.example']}\n",
       "'allow.stream.0': not a mail server; wanted imaps://host:port, or imap, smtps, smtp; found "
       "'https://a.example'"},
      {"a check with caps", good + "caps: {concurrent: 1}\n",
       "'caps': only providers have it; wanted no such key in checks"},
      {"a check that notifies", good + "notify: {severity: warn}\n",
       "'notify': only notifiers have it; wanted no such key in checks"},
      {"exec as a text", good + "allow: {exec: git}\n",
       "'allow.exec': wrong type; wanted a list, [like, this]; found the string \"git\""},
      {"exec as a path with dots", good + "allow: {exec: [/usr/../tmp/git]}\n",
       "x.yaml:4:16: 'allow.exec.0': not a program; wanted a bare name such as git, or an absolute "
       "path without '.', '..' and '//'; found '/usr/../tmp/git'"},
      {"exec as a relative path", good + "allow: {exec: [bin/git]}\n",
       "'allow.exec.0': not a program"},
      {"exec with an option", good + "allow: {exec: [git, --help]}\n",
       "'allow.exec.1': not a program"},
      {"exec with a blank", good + "allow: {exec: [\"git status\"]}\n", "not a program"},
      {"exec with an odd key", good + "allow: {exec: [{program: ssh, nett: [\"a:1\"]}]}\n",
       "unknown key 'nett'; did you mean 'net'?"},
      {"exec without a program", good + "allow: {exec: [{net: [\"a:1\"]}]}\n",
       "the key 'program' is missing"},
      {"net without a port", good + "allow: {exec: [{program: ssh, net: [mac.local]}]}\n",
       "'allow.exec.0.net': not something to connect to; wanted host:port such as mac.local:22 or "
       "[::1]:80, or unix:/path; found 'mac.local'"},
      {"relative read", good + "allow: {read: [src]}\n",
       "x.yaml:4:16: 'allow.read.0': not a path; wanted an absolute path, or one that starts with "
       "~/ or ${workspace}; found the string \"src\""},
      {"read of nothing", good + "allow: {read: [null]}\n", "'allow.read.0': wrong type"},
      {"board write", good + "allow: {board: write}\n",
       "'allow.board': not one of the choices; wanted read; found the string \"write\""},
      {"sha256 too short", good + "sha256: abc\n",
       "'sha256': not a sha256; wanted 64 lower-case hex digits; found 'abc'"},
      {"config as a list", good + "config: [1]\n", "'config': wrong type; wanted an object"},
      {"colour codes in an id", "id: \"a\\u0085\\u009b31m\"\nplugin: check.a\nevery: 1h\n",
       "not an id"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto instance = parse(c.yaml);
    ASSERT_FALSE(instance);
    EXPECT_EQ(instance.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(instance.error().message.starts_with("x.yaml:")) << instance.error().message;
    EXPECT_NE(instance.error().message.find(c.says), std::string::npos) << instance.error().message;
    EXPECT_EQ(instance.error().message.find('\xc2'), std::string::npos) << instance.error().message;
  }
}

TEST(Manifest, RefusesTheClockOutsideOfChecks) {
  for (const auto kind : {Kind::notifier, Kind::provider}) {
    SCOPED_TRACE(folder_of(kind));
    const auto plugin = "plugin: " + std::string(to_string(kind)) + ".a\n";
    const auto every = parse("id: a\n" + plugin + "every: 1h\n", kind);
    ASSERT_FALSE(every);
    EXPECT_NE(every.error().message.find("'every': only checks run by the clock"),
              std::string::npos)
        << every.error().message;
    EXPECT_FALSE(parse("id: a\n" + plugin + "window: {from: \"08:00\", to: \"09:00\"}\n", kind));
  }
}

TEST(Manifest, JudgesIds) {
  for (const char* id : {"a", "0", "git", "workspace-git", "a1-b2", "a--b", "a-"}) {
    EXPECT_TRUE(is_instance_id(id)) << id;
  }
  for (const char* id : {"", "-a", "A", "a_b", "a.b", "a b", "a/b", "\xC3\xBC", "a\n"}) {
    EXPECT_FALSE(is_instance_id(id)) << id;
  }
  EXPECT_TRUE(is_instance_id(std::string(64, 'a')));
  EXPECT_FALSE(is_instance_id(std::string(65, 'a')));
}

TEST(HostManifest, HasDefaultsForEverything) {
  const auto host = parse_host_text("");
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_FALSE(host->workspace);
  EXPECT_FALSE(host->timezone);
  EXPECT_EQ(host->policy, Policy::overdue);
  EXPECT_EQ(host->per_tick, PerTick::one);
  EXPECT_TRUE(host->plugin_path.empty());
  EXPECT_EQ(host->confinement, Confinement::require);
  EXPECT_EQ(host->limits, (Limits{256, 8}));
}

TEST(HostManifest, ReadsEveryKey) {
  const auto host = parse_host_text(
      "workspace: ~/w\ntimezone: UTC\npolicy: round-robin\nper_tick: all\nplugin_path: [/a, "
      "\"${workspace}/p\"]\n"
      "confinement: report\nlimits: {memory_mb: 512}\n");
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_EQ(host->workspace, "~/w");
  EXPECT_EQ(host->timezone, "UTC");
  EXPECT_EQ(host->policy, Policy::round_robin);
  EXPECT_EQ(host->per_tick, PerTick::all);
  EXPECT_EQ(host->confinement, Confinement::report);
  EXPECT_EQ(host->limits, (Limits{512, 8}));
  const auto expanded = expand_host(*host, {{"home", "/home/me"}});
  ASSERT_TRUE(expanded) << expanded.error().message;
  EXPECT_EQ(expanded->workspace, "/home/me/w");
  EXPECT_EQ(expanded->plugin_path, (std::vector<std::string>{"/a", "/home/me/w/p"}));
  EXPECT_EQ(parse_host_text("policy: absolute\nper_tick: 1\n")->policy, Policy::absolute);
}

TEST(HostManifest, SaysWhatIsWrong) {
  const struct {
    const char* yaml;
    const char* says;
  } cases[] = {
      {"polcy: overdue\n", "host.yaml:1:1: unknown key 'polcy'; did you mean 'policy'?"},
      {"policy: overdu\n",
       "host.yaml:1:9: 'policy': not one of the choices; wanted overdue | absolute | round-robin "
       "(did you mean 'overdue'?)"},
      {"per_tick: 2\n", "'per_tick': not one of the choices; wanted 1 | all; found 2"},
      {"per_tick: \"1\"\n", "'per_tick': not one of the choices"},
      {"workspace: w\n", "'workspace': not a path"},
      {"workspace: ~\n", "'workspace': wrong type; wanted an absolute path"},
      {"timezone: Mars Base\n", "'timezone': not a timezone"},
      {"plugin_path: /a\n", "'plugin_path': wrong type; wanted a list"},
      {"confinement: none\n", "'confinement': not one of the choices"},
      {"ping: https://h/x\n", "'ping': wrong type; wanted an object"},
      {"ping: {every: 5m}\n", "the key 'url' is missing"},
      {"ping: {url: ftp://h/x}\n",
       "'ping.url': not a URL to ping; wanted https://..., without blanks; found something else "
       "(not "
       "shown)"},
      {"ping: {url: https://h/x, every: 1s}\n",
       "'ping.every': not an interval for pings; wanted 30s to 24h; found '1s'"},
      {"limits: {memory_mb: 8}\n", "'limits.memory_mb': too small; wanted at least 32; found 8"},
      {"limits: {memory_mb: 256M}\n",
       "'limits.memory_mb': wrong type; wanted an integer; found the string \"256M\""},
      {"limits: {cpu: 1}\n", "host.yaml:1:10: unknown key 'cpu'"},
      {"version: 1\n", "unknown key 'version'"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    const auto host = parse_host_text(c.yaml);
    ASSERT_FALSE(host);
    EXPECT_NE(host.error().message.find(c.says), std::string::npos) << host.error().message;
  }
  const auto expanded = expand_host(
      HostConfig{
          .workspace = "${nope}", .timezone = {}, .ping = {}, .plugin_path = {}, .limits = {}},
      {});
  ASSERT_FALSE(expanded);
  EXPECT_TRUE(expanded.error().message.starts_with("host.yaml: workspace: unknown variable"))
      << expanded.error().message;
}

TEST(Manifest, HasSchemasThatKeepToTheirOwnSubset) {
  ASSERT_TRUE(instance_schema().is_object());
  ASSERT_TRUE(host_schema().is_object());
  const auto instance = check_schema(instance_schema());
  EXPECT_TRUE(instance) << instance.error().message;
  const auto host = check_schema(host_schema());
  EXPECT_TRUE(host) << host.error().message;
}

// A key that is in the schema but without a description cannot be explained to its author.
void expect_descriptions(const json::value& schema, const std::string& at) {
  const auto* properties = find(schema, "properties");
  if (properties == nullptr) return;
  for (const auto& property : properties->get_object()) {
    const auto name = at + "/" + std::string(property.key());
    EXPECT_FALSE(get_string(property.value(), "description").empty()) << name;
    expect_descriptions(property.value(), name);
  }
}

TEST(Manifest, DescribesEveryKey) {
  expect_descriptions(instance_schema(), "instance");
  expect_descriptions(host_schema(), "host");
}

TEST(Manifest, DescribesAGrantForPeople) {
  EXPECT_EQ(describe_grant({}), "asks for nothing");
  EXPECT_EQ(describe_grant({{"git", "rg"}, {"${workspace}"}, {"/t"}, {"/"}, true}),
            "runs git, rg; reads ${workspace}; writes /t; asks how full these are: /; reads the "
            "task board");
}

TEST(Manifest, OfAProviderHasKeysAndCaps) {
  const auto document = parse_yaml(
      "id: one\nplugin: provider.one\nallow: {http: ['https://a.example']}\n"
      "secrets: {api_key: [env:A, 'op://v/i/f']}\n"
      "caps: {concurrent: 4, per_key: {requests_per_minute: 40}}\n",
      "x.yaml");
  ASSERT_TRUE(document);
  const auto instance = parse_instance(*document, Kind::provider);
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_EQ(instance->secrets.at("api_key"), (std::vector<std::string>{"env:A", "op://v/i/f"}));
  EXPECT_EQ(instance->caps.all.concurrent, 4);
  EXPECT_EQ(instance->caps.per_key.requests_per_minute, 40);
  EXPECT_EQ(instance->allow.http, std::vector<HttpGrant>{"https://a.example"});
}

TEST(Manifest, NeverShowsAKeyThatStandsWhereAReferenceBelongs) {
  for (const char* secret : {"sk-abcdefghijklmnop", "https:secretsecret", "[]"}) {
    const auto document = parse_yaml(
        std::string("id: one\nplugin: provider.one\nsecrets: {api_key: ") + secret + "}\n",
        "x.yaml");
    ASSERT_TRUE(document);
    const auto instance = parse_instance(*document, Kind::provider);
    ASSERT_FALSE(instance) << secret;
    EXPECT_NE(instance.error().message.find("x.yaml:3"), std::string::npos)
        << instance.error().message;
    EXPECT_EQ(instance.error().message.find("abcdefgh"), std::string::npos);
    EXPECT_EQ(instance.error().message.find("secretsecret"), std::string::npos);
  }
}

TEST(HostManifest, ReadsRolesAndBudgets) {
  const auto document = parse_yaml(
      "models:\n  roles: {coordinator: [a/x, b/y], heartbeat: a/z}\n"
      "  budgets:\n    - {per: day, usd: 2.5, tokens: 1000}\n    - {per: month, usd: '20', role: "
      "r, provider: a}\n"
      "  at_limit: cheapest\n  retry_time: 5s\n  max_concurrent: 2\n",
      "host.yaml");
  ASSERT_TRUE(document);
  const auto host = parse_host(*document);
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_EQ(host->models.roles.at("coordinator"), (std::vector<std::string>{"a/x", "b/y"}));
  EXPECT_EQ(host->models.roles.at("heartbeat"), std::vector<std::string>{"a/z"});
  ASSERT_EQ(host->models.budgets->size(), 2u);
  EXPECT_EQ((*host->models.budgets)[0], (BudgetConfig{false, "", "", "2.5", 1000}));
  EXPECT_EQ((*host->models.budgets)[1], (BudgetConfig{true, "r", "a", "20", std::nullopt}));
  EXPECT_TRUE(host->models.takes_cheapest_at_limit);
  EXPECT_EQ(host->models.retry_time, std::chrono::seconds(5));
  EXPECT_EQ(host->models.max_concurrent, 2);
}

TEST(HostManifest, SaysWhatIsWrongWithABudget) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"models: {budgets: [{per: day}]}", "a budget of nothing; wanted usd, tokens or both"},
      {"models: {budgets: [{per: day, usd: -1}]}", "not an amount of money"},
      {"models: {budgets: [{per: day, usd: abc}]}", "not an amount of money"},
      {"models: {budgets: [{per: year, usd: 1}]}", "models.budgets.0.per"},
      {"models: {budgets: [{usd: 1}]}", "'per' is missing"},
      {"models: {roles: {coordinator: []}}", "a chain without a model"},
      {"models: {first_token: 0s}", "not a sensible time"},
      {"models: {rolls: {}}", "did you mean 'roles'?"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto document = parse_yaml(c.text, "host.yaml");
    ASSERT_TRUE(document);
    const auto host = parse_host(*document);
    ASSERT_FALSE(host);
    EXPECT_NE(host.error().message.find(c.says), std::string::npos) << host.error().message;
  }
}

TEST(Manifest, ReadsWhatANotifierIsTold) {
  const auto instance = parse(
      "id: phone\nplugin: notify.ntfy\n"
      "notify:\n  severity: warn\n  checks: [disk, mail-*]\n  except: [git]\n"
      "  recovered: false\n  quiet: {from: '22:00', to: '07:00', timezone: UTC}\n"
      "  quiet_except: nothing\n  digest: 5m\n"
      "secrets: {token: 'oauth:google'}\n",
      Kind::notifier);
  ASSERT_TRUE(instance) << instance.error().message;
  const NotifySettings& settings = instance->notify;
  EXPECT_EQ(settings.severity, Level::warn);
  EXPECT_EQ(settings.checks, (std::vector<std::string>{"disk", "mail-*"}));
  EXPECT_EQ(settings.except, std::vector<std::string>{"git"});
  EXPECT_FALSE(settings.wants_recovered);
  EXPECT_EQ(settings.quiet, (Window{22h, 7h, "UTC"}));
  EXPECT_FALSE(settings.quiet_except);
  EXPECT_EQ(settings.digest, Duration(5min));
  EXPECT_EQ(instance->secrets.at("token"), std::vector<std::string>{"oauth:google"});

  const auto plain = parse("id: phone\nplugin: notify.ntfy\n", Kind::notifier);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->notify, NotifySettings());
  EXPECT_EQ(plain->notify.quiet_except, Level::crit);
  const auto same = parse(
      "id: phone\nplugin: notify.ntfy\nnotify: {quiet: {from: '22:00', to: "
      "'22:00'}}\n",
      Kind::notifier);
  ASSERT_FALSE(same);
  EXPECT_NE(same.error().message.find("'notify.quiet': the window starts where it ends"),
            std::string::npos)
      << same.error().message;
}

TEST(Manifest, FillsInWhereRequestsAndStreamsGo) {
  Grant grant;
  grant.http = {HttpGrant("${config.url}", {"GET"}, {"${config.path}/wake"}),
                HttpGrant("${config.targets.*.url}"), HttpGrant("${config.none}"),
                HttpGrant("${config.secret}"), HttpGrant("${config.feed}")};
  grant.stream = {"imaps://${config.host}:${config.port}"};
  const json::value config =
      parse_json(
          R"({"url":"https://a.example","path":"/hooks","none":"","feed":"webcal://c.example",
        "secret":"{{secret:address}}","host":"mail.example.org","port":1993,
        "targets":[{"url":"https://b.example/x"},{"url":"http://127.0.0.1:80"}]})")
          .value();
  const auto full = expand_grant(grant, {}, config);
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->http, (std::vector<HttpGrant>{
                            HttpGrant("https://a.example", {"GET"}, {"/hooks/wake"}),
                            "https://b.example/x", "http://127.0.0.1:80", "https://c.example"}));
  EXPECT_EQ(full->stream, std::vector<std::string>{"imaps://mail.example.org:1993"});
  grant.http = {HttpGrant("${config.host}")};
  EXPECT_NE(expand_grant(grant, {}, config).error().message.find("allow.http: 'mail.example.org'"),
            std::string::npos);
  EXPECT_EQ(
      missing_http({HttpGrant("https://a.example", {"GET"}, {"/v1/*"}), "https://b.example"},
                   {HttpGrant("https://b.example")}),
      std::vector<std::string>{"{url: \"https://a.example\", methods: [GET], paths: [\"/v1/*\"]}"});
}

}  // namespace
}  // namespace chela::config
