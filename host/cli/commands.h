// What can be typed after `chela`, as plain values, and one function per command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/setup.h"

namespace chela::cli {

// Exit codes, as the README lists them.
enum ExitCode {
  kOk = 0,
  kFailed = 1,   // something could not be done: a check could not run, a task could not be written
  kUsage = 2,    // the command line or a file that a person wrote is wrong
  kRefused = 3,  // a precondition does not hold: another chela is at work, something is not there
};

struct Global {
  app::Where where;
  bool json = false;
};

struct TickCommand {
  bool all = false;
  std::string check;
  bool dry_run = false;
  bool explain = false;
  bool quiet = false;
};
struct EnableCommand {
  std::string plugin;
  std::string id;
  std::string every;
  std::vector<std::string> settings;  // "key=value"
  std::vector<std::string> secrets;   // "name=reference"
  bool yes = false;
};
struct TaskCommand {
  enum class What { list, add, start, block, done, note } what = What::list;
  std::string id;
  std::string text;                 // title, note, reason
  std::string priority;             // add
  std::vector<std::string> states;  // list
  std::string backend;              // list; "" = the source
  bool needs_human = false;         // block, add
};
struct CommandTree;

struct StatusCommand {
  double watch_seconds = 0;  // 0: once
};
struct HeartbeatCommand {
  enum class What { plan, simulate } what = What::plan;
  std::string tick;      // "" = the policy's
  std::string policy;    // "" = the host's
  std::string per_tick;  // "" = the host's, "1", "all"
  int days = 60;
  double jitter_percent = 30;
  unsigned seed = 1;
  bool is_runbook = false;
  bool is_table = false;
};
struct AlertCommand {
  enum class What { list, ack, snooze, resume } what = What::list;
  std::string name;    // "check/key", a task's id, a check's id
  std::string note;    // ack
  std::string length;  // snooze
};
struct SecretCommand {
  std::string reference;
  std::string timeout = "15s";  // of the program that is asked
};

struct NotifyCommand {
  enum class What { list, test } what = What::list;
  std::string id;
  std::string severity = "info";  // test
};
struct BriefCommand {
  std::vector<std::string> send;  // notifiers
};
struct LoginCommand {
  std::string provider;  // google, microsoft
  std::string name;      // "" = the provider's
  std::string client_id;
  std::string client_secret;  // a reference, or ""
  std::string scope;          // "" = mail
  std::string device_url;     // of a service that is not known
  std::string auth_url;
  std::string token_url;
};

int run_notify(const Global& global, const NotifyCommand& command);
int run_brief(const Global& global, const BriefCommand& command);
int run_check_learn(const Global& global, const std::string& id);
int run_login(const Global& global, const LoginCommand& command);

struct AskCommand {
  std::string role;
  std::string model;
  std::string system;
  std::string text;  // "-" = standard input
  std::string effort;
  std::vector<std::string> files;
  std::vector<std::string> images;
  std::int64_t max_tokens = 0;
  bool stream = false;
  bool now = false;  // also who is cooled down
  bool is_subagent = false;
};
struct EmbedCommand {
  std::string model;
  std::int64_t dimensions = 0;
  std::vector<std::string> texts;
};
struct ModelCommand {
  enum class What { list, status, explain, test } what = What::list;
  std::string name;  // explain: a request; test: a model, an alias or a role
  bool offered = false;
  bool quota = false;
};
struct UsageCommand {
  int days = 7;
  std::string by = "day";  // day, role, model
};

int run_ask(const Global& global, const AskCommand& command);
int run_embed(const Global& global, const EmbedCommand& command);
int run_model(const Global& global, const ModelCommand& command);
int run_usage(const Global& global, const UsageCommand& command);

struct ConfigCommand {
  std::string file;     // "" = the one that chela would use
  std::string version;  // "" = told by the file, "2026.2", "2026.9"
  std::string patch;    // a file to write, or ""
};

int run_config_review(const Global& global, const ConfigCommand& command);
int run_completion(const std::string& shell);
int run_complete(const Global& global, const CommandTree& program,
                 const std::vector<std::string>& words);
int run_tick(const Global& global, const TickCommand& command);
int run_daemon_command(const Global& global);
int run_status(const Global& global, const StatusCommand& command);
int run_plugin_list(const Global& global);
int run_plugin_release(const Global& global, const std::string& id);
int run_plugin_info(const Global& global, const std::string& id);
int run_enable(const Global& global, const EnableCommand& command);
int run_disable(const Global& global, const std::string& id);
int run_task(const Global& global, const TaskCommand& command);
struct SelftestCommand {
  std::string backend;
  std::string transcript;  // a file to write, or ""
  std::string against;     // a transcript to compare with, or ""
};

struct MirrorCommand {
  std::string mirror;  // "" = all
  bool is_dry = false;
  bool accepts_removals = false;
};

int run_mirror(const Global& global, const MirrorCommand& command);
int run_selftest(const Global& global, const SelftestCommand& command);
int run_heartbeat(const Global& global, const HeartbeatCommand& command);
int run_alert(const Global& global, const AlertCommand& command);
int run_logs(const Global& global, bool follow, int lines);
int run_secret_test(const Global& global, const SecretCommand& command);
int run_doctor(const Global& global);

// Parses the command line, runs the command and returns the exit code.
int run(int argc, char** argv);

}  // namespace chela::cli
