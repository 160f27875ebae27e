// The command line: CLI11 fills plain values, the commands do the rest.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "base/text.h"
#include "cli/completion.h"
#include "cli/output.h"
#include "cli/parse_support.h"

namespace chela::cli {

void add_folders(CLI::App& app, Typed& typed) {
  app.add_option("--workspace", typed.global.where.workspace, "The folder that chela looks after")
      ->type_name("DIR");
  app.add_option("--manifests", typed.global.where.manifests,
                 "The folder with host.yaml and the manifests")
      ->type_name("DIR");
}

void add_where(CLI::App& app, Typed& typed) {
  add_folders(app, typed);
  app.add_option("--openclaw", typed.global.where.openclaw, "An openclaw.json to read")
      ->type_name("FILE");
}

CLI::App* add_bare_command(CLI::App& app, const std::string& name, const std::string& description,
                           const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer("Examples:\n" + examples);
  return command;
}

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& examples, Typed& typed) {
  CLI::App* command = add_bare_command(app, name, description, examples);
  add_where(*command, typed);
  return command;
}

void add_json(CLI::App* command, Typed& typed) {
  command->add_flag("--json", typed.global.json, "Print one JSON document instead of text");
}

namespace {

void add_tick(CLI::App& app, Typed& typed) {
  auto* tick =
      add_command(app, "tick", "Beat once: run what is due, write tasks, print what is new",
                  "  chela tick                     run what is due\n"
                  "  chela tick --all               run every check now\n"
                  "  chela tick --check system      run one check now\n"
                  "  chela tick --dry-run --explain say what would run, and why\n",
                  typed);
  auto* all = tick->add_flag("--all", typed.tick.all, "Run every check, due or not");
  tick->add_option("--check", typed.tick.check, "Run this check, due or not")
      ->type_name("ID")
      ->excludes(all);
  tick->add_flag("--dry-run", typed.tick.dry_run, "Say what would run, run nothing");
  tick->add_flag("--explain", typed.tick.explain, "Say for each check when it is due and why");
  tick->add_flag("--quiet", typed.tick.quiet, "Print nothing when there is nothing to say");
  add_json(tick, typed);
  tick->callback([&] { typed.action = [&] { return run_tick(typed.global, typed.tick); }; });

  auto* run = add_command(app, "run", "Keep the heartbeat going until SIGTERM (in the foreground)",
                          "  chela run --workspace ~/agent\n", typed);
  run->callback([&] { typed.action = [&] { return run_daemon_command(typed.global); }; });
}

void add_reading(CLI::App& app, Typed& typed) {
  auto* status =
      add_command(app, "status", "Checks, alerts, tasks, quarantines at a glance",
                  "  chela status\n  chela status --watch\n  chela status --json\n", typed);
  add_json(status, typed);
  status
      ->add_option("--watch", typed.status.watch_seconds,
                   "Redraw it again and again, every 2 seconds where none are given")
      ->type_name("SECONDS")
      ->expected(0, 1)
      ->default_str("2")
      ->check(CLI::Range(0.2, 3600.0));
  status->callback([&] { typed.action = [&] { return run_status(typed.global, typed.status); }; });

  auto* doctor =
      add_command(app, "doctor", "What was found where, what confines plugins here, what to mend",
                  "  chela doctor\n", typed);
  add_json(doctor, typed);
  doctor->callback([&] { typed.action = [&] { return run_doctor(typed.global); }; });

  auto* logs = add_command(app, "logs", "The end of the host's log",
                           "  chela logs\n  chela logs -f\n", typed);
  logs->add_flag("-f,--follow", typed.follow, "Go on printing what is added");
  logs->add_option("-n,--lines", typed.lines, "How many lines from the end")
      ->check(CLI::Range(0, 100000));
  logs->callback(
      [&] { typed.action = [&] { return run_logs(typed.global, typed.follow, typed.lines); }; });
}

void add_heartbeat(CLI::App& app, Typed& typed) {
  using What = HeartbeatCommand::What;
  auto* heartbeat =
      add_command(app, "heartbeat", "The schedule: what it asks for, what it comes to",
                  "  chela heartbeat plan --tick 30m\n  chela heartbeat simulate\n", typed);
  heartbeat->require_subcommand(1);
  const auto add = [&, heartbeat](const std::string& name, What what,
                                  const std::string& description, const std::string& examples) {
    auto* command = add_command(*heartbeat, name, description, examples, typed);
    command->add_option("--tick", typed.heartbeat.tick, "The time between two ticks (default: 5m)")
        ->type_name("DURATION");
    command->add_option("--policy", typed.heartbeat.policy, "Which due check goes first")
        ->check(CLI::IsMember({"overdue", "absolute", "round-robin"}));
    command->add_option("--per-tick", typed.heartbeat.per_tick, "How many checks one tick runs")
        ->check(CLI::IsMember({"1", "all"}));
    command
        ->add_option("--jitter", typed.heartbeat.jitter_percent,
                     "How late a tick may come, in percent of it")
        ->check(CLI::Range(0.0, 100.0));
    command->add_option("--seed", typed.heartbeat.seed, "Another course of the same luck");
    add_json(command, typed);
    command->callback([&typed, what] {
      typed.heartbeat.what = what;
      typed.action = [&typed] { return run_heartbeat(typed.global, typed.heartbeat); };
    });
    return command;
  };
  add("plan", What::plan,
      "Load per hour and the gap to expect of each check; exit code 1 where it cannot be kept",
      "  chela heartbeat plan\n  chela heartbeat plan --tick 30m --per-tick all\n");
  auto* simulate = add("simulate", What::simulate, "The real scheduler on a virtual clock",
                       "  chela heartbeat simulate --days 60 --tick 10m\n"
                       "  chela heartbeat simulate --runbook --table\n");
  simulate->add_option("--days", typed.heartbeat.days, "How long")->check(CLI::Range(1, 3650));
  simulate->add_flag("--runbook", typed.heartbeat.is_runbook,
                     "The checks of the OpenClaw runbook instead of yours");
  simulate->add_flag("--table", typed.heartbeat.is_table,
                     "Several ticks and policies side by side, some as others do it");
}

void add_alerts(CLI::App& app, Typed& typed) {
  using What = AlertCommand::What;
  auto* alert = add_command(app, "alert", "Open alerts: list, acknowledge, snooze",
                            "  chela alert list\n  chela alert ack k3f9q2\n"
                            "  chela alert snooze system 2h\n",
                            typed);
  alert->require_subcommand(1);
  const auto add = [&, alert](const std::string& name, What what, const std::string& description,
                              const std::string& example) {
    auto* command = add_command(*alert, name, description, example, typed);
    command->callback([&typed, what] {
      typed.alert.what = what;
      typed.action = [&typed] { return run_alert(typed.global, typed.alert); };
    });
    if (what != What::list) {
      command
          ->add_option("name", typed.alert.name,
                       "An alert (check/key), its task's id, or all of a check by its id")
          ->required();
    }
    return command;
  };
  add_json(add("list", What::list, "Every open alert, since when, and its task",
               "  chela alert list --json\n"),
           typed);
  add("ack", What::ack, "You know: no reminders until its severity changes",
      "  chela alert ack system/disk:/ --note \"new disk ordered\"\n")
      ->add_option("--note", typed.alert.note, "Why, for whoever looks next");
  add("snooze", What::snooze, "Not now: nothing is said until then, then what is still there",
      "  chela alert snooze k3f9q2 90m\n  chela alert snooze system 2h\n")
      ->add_option("length", typed.alert.length, "How long, such as 90m, 2h, 3d")
      ->required();
  add("resume", What::resume, "Takes back what was acknowledged or snoozed",
      "  chela alert resume system\n");
}

void add_plugins(CLI::App& app, Typed& typed) {
  auto* plugin = add_command(app, "plugin", "Plugins that are there",
                             "  chela plugin list\n  chela plugin info check.git\n", typed);
  plugin->require_subcommand(1);
  auto* list = add_command(*plugin, "list", "Every plugin in the plugin path, enabled or not",
                           "  chela plugin list --json\n", typed);
  add_json(list, typed);
  list->callback([&] { typed.action = [&] { return run_plugin_list(typed.global); }; });
  auto* info = add_command(*plugin, "info", "One plugin: what it does, asks for, and can be set to",
                           "  chela plugin info check.git\n", typed);
  info->add_option("plugin", typed.id, "The plugin's id")->required();
  add_json(info, typed);
  info->callback([&] { typed.action = [&] { return run_plugin_info(typed.global, typed.id); }; });

  auto* release = add_command(*plugin, "release",
                              "Lift a plugin's quarantine now: it runs again when it is due",
                              "  chela plugin release check.git\n", typed);
  release->add_option("plugin", typed.id, "The plugin's id")->required();
  add_json(release, typed);
  release->callback(
      [&] { typed.action = [&] { return run_plugin_release(typed.global, typed.id); }; });

  auto* enable = add_command(app, "enable",
                             "Turn a plugin on: shows what it asks for, then writes its manifest",
                             "  chela enable check.git --id notes --set path=/home/me/notes\n"
                             "  chela enable check.disk_free --every 30m --yes\n",
                             typed);
  enable->add_option("plugin", typed.enable.plugin, "The plugin's id")->required();
  enable->add_option("--id", typed.enable.id,
                     "The instance's name (default: the last part of the plugin's id)");
  enable->add_option("--set", typed.enable.settings, "A setting of the plugin")
      ->type_name("KEY=VALUE");
  enable->add_option("--secret", typed.enable.secrets, "Where one of its keys is: env:, op://, ..")
      ->type_name("NAME=REF");
  enable->add_option("--every", typed.enable.every, "How often a check runs (default: 1h)")
      ->type_name("DURATION");
  enable->add_flag("--yes", typed.enable.yes, "Allow what it asks for without a question");
  enable->callback([&] { typed.action = [&] { return run_enable(typed.global, typed.enable); }; });

  auto* disable = add_command(app, "disable", "Turn an instance off; its manifest is kept",
                              "  chela disable notes\n", typed);
  disable->add_option("id", typed.id, "The instance's id")->required();
  disable->callback([&] { typed.action = [&] { return run_disable(typed.global, typed.id); }; });
}

void add_selftest(CLI::App& task, Typed& typed) {
  auto* command = add_command(
      task, "selftest",
      "Walk a task backend through every operation on a task of its own, which is removed again",
      "  chela task selftest --backend reminders --transcript mac.json\n"
      "  chela task selftest --backend reminders --against fake.json\n",
      typed);
  command->add_option("--backend", typed.selftest.backend, "The instance of kind tasks")
      ->type_name("ID")
      ->required();
  command
      ->add_option("--transcript", typed.selftest.transcript,
                   "Keep what the programs behind it were asked and said (mode 0600)")
      ->type_name("FILE");
  command
      ->add_option("--against", typed.selftest.against,
                   "Compare with another transcript; ids and times are left out")
      ->type_name("FILE");
  command->callback(
      [&] { typed.action = [&] { return run_selftest(typed.global, typed.selftest); }; });
}

void add_mirror(CLI::App& task, Typed& typed) {
  auto* command =
      add_command(task, "mirror", "Keep the mirrors of the tasks like their source, now",
                  "  chela task mirror --dry-run\n"
                  "  chela task mirror --backend reminders --accept-removals\n",
                  typed);
  add_json(command, typed);
  command->add_option("--backend", typed.mirror.mirror, "Only this mirror")->type_name("ID");
  command->add_flag("--dry-run", typed.mirror.is_dry, "Say what would be done, do nothing");
  command->add_flag("--accept-removals", typed.mirror.accepts_removals,
                    "Also where most of a list is gone at once, which is not believed otherwise");
  command->callback([&] { typed.action = [&] { return run_mirror(typed.global, typed.mirror); }; });
}

void add_tasks(CLI::App& app, Typed& typed) {
  using What = TaskCommand::What;
  auto* task = add_command(app, "task", "The tasks of the workspace (TASKS.md by default)",
                           "  chela task list --state in_progress\n  chela task add \"Rotate the "
                           "API keys\" --priority high\n",
                           typed);
  task->require_subcommand(1);
  const auto add = [&, task](const std::string& name, What what, const std::string& description,
                             const std::string& example) {
    auto* command = add_command(*task, name, description, example, typed);
    add_json(command, typed);
    command->callback([&typed, what] {
      typed.task.what = what;
      typed.action = [&typed] { return run_task(typed.global, typed.task); };
    });
    return command;
  };
  auto* list = add("list", What::list, "All tasks, or those in some states", "  chela task list\n");
  list->add_option("--state", typed.task.states, "Only these states")
      ->check(CLI::IsMember({"queue", "in_progress", "blocked", "done", "cancelled"}));
  list->add_option("--backend", typed.task.backend, "A mirror instead of the source")
      ->type_name("ID");
  auto* create = add("add", What::add, "A new task in the queue",
                     "  chela task add \"Rotate the API keys\"\n");
  create->add_option("title", typed.task.text, "What is to be done")->required();
  create->add_option("--priority", typed.task.priority, "How urgent it is")
      ->check(CLI::IsMember({"low", "medium", "high"}));
  create->add_flag("--needs-human", typed.task.needs_human, "Only a person can do it");
  const auto with_id = [&](CLI::App* command, bool wants_text) {
    command->add_option("id", typed.task.id, "The task's id")->required();
    auto* text = command->add_option("text", typed.task.text, "A note that goes with it");
    if (wants_text) text->required();
  };
  with_id(add("start", What::start, "Somebody works on it now", "  chela task start k3f9q2\n"),
          false);
  with_id(add("done", What::done, "It is done", "  chela task done k3f9q2 \"deployed\"\n"), false);
  with_id(add("note", What::note, "Adds a note", "  chela task note k3f9q2 \"half way\"\n"), true);
  auto* block = add("block", What::block, "It cannot go on",
                    "  chela task block k3f9q2 \"wants sudo\" --needs-human\n");
  with_id(block, false);
  block->add_flag("--needs-human", typed.task.needs_human, "It waits for a person");
  add_mirror(*task, typed);
  add_selftest(*task, typed);
}

// "TEXT:{low,medium,high}" -> low, medium, high.
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> choices;
  const auto open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return choices;
  std::string list = type.substr(open + 1, close - open - 1);
  for (std::size_t end = 0; end != std::string::npos && !list.empty();) {
    end = list.find(',');
    choices.push_back(list.substr(0, end));
    list.erase(0, end == std::string::npos ? end : end + 1);
  }
  return choices;
}

CommandTree tree_of(const CLI::App& app) {
  CommandTree tree;
  tree.name = app.get_name();
  for (const auto* option : app.get_options()) {
    if (option->get_positional()) {
      tree.arguments.push_back({option->get_name(true), choices_in(option->get_type_name())});
      continue;
    }
    OptionTree one;
    for (const auto& name : option->get_lnames()) one.names.push_back("--" + name);
    for (const auto& name : option->get_snames()) one.names.push_back("-" + name);
    one.takes_value = option->get_items_expected_min() > 0;
    one.choices = choices_in(option->get_type_name());
    if (!one.names.empty()) tree.options.push_back(std::move(one));
  }
  for (const auto* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) tree.commands.push_back(tree_of(*command));
  }
  return tree;
}

void add_completion(CLI::App& app, Typed& typed) {
  auto* script = add_command(app, "completion", "A script that completes commands in your shell",
                             "  source <(chela completion bash)\n"
                             "  chela completion fish | source\n",
                             typed);
  script->add_option("shell", typed.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  script->callback([&] { typed.action = [&] { return run_completion(typed.shell); }; });
  auto* complete = add_command(app, "complete", "What the shell's script asks", "", typed);
  complete->group("");  // not in the help
  complete->add_option("words", typed.words, "What was typed, the last word being typed");
  complete->callback([&] {
    typed.action = [&] { return run_complete(typed.global, tree_of(app), typed.words); };
  });
}

// CLI11 says only that a command is missing; this names the word that is none, or "".
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* current = &app;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    std::vector<std::string> known;
    const CLI::App* next = nullptr;
    for (const auto* command : current->get_subcommands({})) {
      known.push_back(command->get_name());
      if (known.back() == argv[i]) next = command;
    }
    if (known.empty()) return "";
    if (next == nullptr) {
      const std::string meant = base::closest(argv[i], known);
      return "unknown command '" + base::printable(argv[i], 60) + "'" +
             (meant.empty() ? "" : "; did you mean '" + meant + "'?");
    }
    current = next;
  }
  return "";
}

}  // namespace

int run(int argc, char** argv) {
  Typed typed;
  CLI::App app{"chela: one heartbeat for an agent environment, with plugins in confined workers",
               "chela"};
  app.set_version_flag("--version", std::string("chela ") + CHELA_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 something could not be done, 2 the command line or a file is wrong,\n"
      "            3 a precondition does not hold (not there, not allowed, another chela is at "
      "work)\n"
      "Examples:\n  chela tick --all        look at everything now\n  chela status            how "
      "things are\n");
  add_where(app, typed);
  add_init(app, typed);
  add_tick(app, typed);
  add_reading(app, typed);
  add_heartbeat(app, typed);
  add_alerts(app, typed);
  add_notify(app, typed);
  add_brief(app, typed);
  add_checks(app, typed);
  add_plugins(app, typed);
  add_tasks(app, typed);
  add_asking(app, typed);
  add_models(app, typed);
  add_secrets(app, typed);
  add_config(app, typed);
  add_completion(app, typed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {            // CLI11 throws; it ends here
    const bool is_wish = error.get_exit_code() == 0;  // --help, --version
    const std::string unknown = unknown_command(app, argc, argv);
    if (!is_wish && !unknown.empty()) {
      return report({ErrorCode::invalid_argument, unknown + " (chela --help lists them)"});
    }
    app.exit(error);
    return is_wish ? kOk : kUsage;
  }
  return typed.action();
}

}  // namespace chela::cli
