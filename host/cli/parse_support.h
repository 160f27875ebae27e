// What the files of the command line share: the typed values, and what most commands take.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/openclaw_commands.h"

namespace CLI {
class App;
}

namespace chela::cli {

// What was typed; the chosen command is `action`.
struct Typed {
  Global global;
  TickCommand tick;
  EnableCommand enable;
  TaskCommand task;
  MirrorCommand mirror;
  AlertCommand alert;
  StatusCommand status;
  std::string shell;
  std::vector<std::string> words;
  HeartbeatCommand heartbeat;
  SelftestCommand selftest;
  AskCommand ask;
  EmbedCommand embed;
  ModelCommand model;
  UsageCommand usage;
  OpenClawUsageCommand openclaw_usage;
  InitCommand init;
  SecretCommand secret;
  NotifyCommand notify;
  BriefCommand brief;
  LoginCommand login;
  ConfigCommand config;
  std::string id;
  bool follow = false;
  int lines = 50;
  std::function<int()> action;
};

// --workspace and --manifests.
void add_folders(CLI::App& app, Typed& typed);
// The same and --openclaw.
void add_where(CLI::App& app, Typed& typed);

// A command with its examples; the second kind has all of add_where.
CLI::App* add_bare_command(CLI::App& app, const std::string& name, const std::string& description,
                           const std::string& examples);
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& examples, Typed& typed);
void add_json(CLI::App* command, Typed& typed);

// parse_people.cpp
void add_notify(CLI::App& app, Typed& typed);
void add_brief(CLI::App& app, Typed& typed);
void add_checks(CLI::App& app, Typed& typed);
void add_login(CLI::App& secret, Typed& typed);

// parse_models.cpp
void add_asking(CLI::App& app, Typed& typed);
void add_models(CLI::App& app, Typed& typed);
void add_secrets(CLI::App& app, Typed& typed);
void add_config(CLI::App& app, Typed& typed);
void add_init(CLI::App& app, Typed& typed);

}  // namespace chela::cli
