// The command line of models, secrets and OpenClaw's configuration.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/parse_support.h"

namespace chela::cli {

void add_asking(CLI::App& app, Typed& typed) {
  auto* ask =
      add_command(app, "ask", "Ask the models of a role, or one model",
                  "  chela ask \"What is in my calendar format?\"\n"
                  "  chela ask --role researcher --stream - < question.txt\n"
                  "  chela ask --model openai/gpt-5-nano --file notes.md \"Shorten this.\"\n",
                  typed);
  ask->add_option("text", typed.ask.text, "The question; - reads it from standard input")
      ->required();
  auto* role =
      ask->add_option("--role", typed.ask.role, "Whose chain of models (default: coordinator)");
  ask->add_option("--model", typed.ask.model, "This one alone: provider/model or an alias")
      ->excludes(role);
  ask->add_option("--system", typed.ask.system, "What the model is told before the question");
  ask->add_option("--file", typed.ask.files, "A text file that goes along; may be repeated")
      ->type_name("FILE")
      ->take_all()
      ->expected(1);
  ask->add_option("--image", typed.ask.images, "An image that goes along; may be repeated")
      ->type_name("FILE")
      ->take_all()
      ->expected(1);
  ask->add_option("--max-tokens", typed.ask.max_tokens, "The longest answer, in tokens")
      ->check(CLI::Range(1, 1000000));
  ask->add_option("--effort", typed.ask.effort, "How much a model that can thinks")
      ->check(CLI::IsMember({"off", "low", "medium", "high"}));
  ask->add_flag("--stream", typed.ask.stream,
                "Print the answer as it comes; with --json one event a line");
  ask->add_flag("--now", typed.ask.now, "Ask also models that are cooled down after a failure");
  ask->add_flag("--subagent", typed.ask.is_subagent,
                "Wait in the subagents' queue instead of the agents'");
  add_json(ask, typed);
  ask->callback([&] { typed.action = [&] { return run_ask(typed.global, typed.ask); }; });

  auto* embed =
      add_command(app, "embed", "Turn texts into vectors with exactly one model",
                  "  chela embed --model openai/text-embedding-3-small \"a text\"\n", typed);
  embed->add_option("texts", typed.embed.texts, "The texts; - reads one from standard input")
      ->required();
  embed->add_option("--model", typed.embed.model, "provider/model or an alias")->required();
  embed
      ->add_option("--dimensions", typed.embed.dimensions,
                   "Shorter vectors, where the model has them")
      ->check(CLI::Range(1, 65536));
  add_json(embed, typed);
  embed->callback([&] { typed.action = [&] { return run_embed(typed.global, typed.embed); }; });
}

void add_models(CLI::App& app, Typed& typed) {
  using What = ModelCommand::What;
  auto* model =
      add_command(app, "model", "Roles, models, what holds them up, how a call went",
                  "  chela model list\n  chela model status\n  chela model explain last\n", typed);
  model->require_subcommand(1);
  const auto add = [&, model](const std::string& name, What what, const std::string& description,
                              const std::string& examples) {
    auto* command = add_command(*model, name, description, examples, typed);
    add_json(command, typed);
    command->callback([&typed, what] {
      typed.model.what = what;
      typed.action = [&typed] { return run_model(typed.global, typed.model); };
    });
    return command;
  };
  add("list", What::list, "The chain of each role, and what the models cost",
      "  chela model list --json\n");
  auto* status = add("status", What::status, "Budgets, cooldowns, calls under way and waiting",
                     "  chela model status --quota\n");
  status->add_flag("--quota", typed.model.quota,
                   "Ask the services also what is left of their plans");
  auto* explain =
      add("explain", What::explain, "Who was asked for a request, and why not the others",
          "  chela model explain last\n  chela model explain 7hq2k9xw\n");
  explain->add_option("request", typed.model.name,
                      "A request's id or its beginning, or last (the default)");
  auto* test = add("test", What::test, "Asks each model of a role, or one model, for one word",
                   "  chela model test\n  chela model test anthropic/claude-opus-4-6\n");
  test->add_option("name", typed.model.name,
                   "A role, an alias or provider/model (default: coordinator)");

  auto* usage =
      add_bare_command(app, "usage", "What chela's own model calls took, or OpenClaw's",
                       "  chela usage\n  chela usage --days 30 --by model\n"
                       "  chela usage --openclaw\n  chela usage --openclaw /srv/openclaw --json\n");
  add_folders(*usage, typed);
  usage->add_option("--days", typed.usage.days, "How many days, today among them")
      ->check(CLI::Range(1, 3660));
  auto* by = usage->add_option("--by", typed.usage.by, "One line for each day, role or model")
                 ->check(CLI::IsMember({"day", "role", "model"}));
  auto* openclaw = usage
                       ->add_option("--openclaw", typed.openclaw_usage.path,
                                    "Read OpenClaw's transcripts instead (default: ~/.openclaw)")
                       ->type_name("DIR")
                       ->expected(0, 1)
                       ->excludes(by);
  add_json(usage, typed);
  usage->callback([&typed, openclaw] {
    typed.openclaw_usage.days = typed.usage.days;
    typed.action = [&typed, is_openclaw = openclaw->count() > 0] {
      return is_openclaw ? run_openclaw_usage(typed.global, typed.openclaw_usage)
                         : run_usage(typed.global, typed.usage);
    };
  });
}

void add_secrets(CLI::App& app, Typed& typed) {
  auto* secret = add_command(app, "secret", "References to secrets: 1Password, files, variables",
                             "  chela secret test op://Private/Anthropic/credential\n", typed);
  secret->require_subcommand(1);
  add_login(*secret, typed);
  auto* test = add_command(*secret, "test",
                           "Read one secret and say which step fails; its value is never shown",
                           "  chela secret test op://Private/Anthropic/credential --timeout 90s\n"
                           "  chela secret test file:~/.config/chela/keys.json#providers.openai\n"
                           "  chela secret test env:OPENAI_API_KEY\n"
                           "  chela secret test cred:openai-key\n"
                           "  chela secret test \"exec:/usr/bin/pass show openai\"\n",
                           typed);
  test->add_option("reference", typed.secret.reference, "Where the secret is")
      ->type_name("REF")
      ->required();
  test->add_option("--timeout", typed.secret.timeout,
                   "How long a program may take (default: 15s); more to answer its prompt")
      ->type_name("DURATION");
  add_json(test, typed);
  test->callback(
      [&] { typed.action = [&] { return run_secret_test(typed.global, typed.secret); }; });
}

void add_config(CLI::App& app, Typed& typed) {
  auto* config = add_command(app, "config", "OpenClaw's openclaw.json: read, never rewritten",
                             "  chela config review\n", typed);
  config->callback([config, &app, &typed] {
    if (!config->get_subcommands().empty()) return;
    typed.action = [&app] {
      std::fputs(app.help().c_str(), stdout);  // of the command that was typed: config
      return static_cast<int>(kOk);
    };
  });
  auto* review = add_command(
      *config, "review",
      "What a careful reader would change in it, and why. Exit code: 0 nothing to worry about, 1 "
      "warnings, 2 something critical, 3 it could not be read",
      "  chela config review\n"
      "  chela config review ~/.openclaw/openclaw.json --for 2026.9\n"
      "  chela config review --patch better.json\n",
      typed);
  add_json(review, typed);
  review
      ->add_option("file", typed.config.file, "The openclaw.json to read (default: the one in use)")
      ->type_name("FILE");
  review
      ->add_option("--for", typed.config.version,
                   "Judge it for this OpenClaw, and say what it makes of each key")
      ->check(CLI::IsMember({"2026.2", "2026.9"}));
  review->add_option("--patch", typed.config.patch, "Write a corrected copy to this new file")
      ->type_name("FILE");
  review->callback(
      [&] { typed.action = [&] { return run_config_review(typed.global, typed.config); }; });
}

void add_init(CLI::App& app, Typed& typed) {
  auto* init = add_command(app, "init", "Look at a live OpenClaw and write the first host.yaml",
                           "  chela init --dry-run\n  chela init --yes\n", typed);
  init->add_flag("--dry-run", typed.init.is_dry, "Say what would be written, write nothing");
  init->add_flag("--yes", typed.init.yes, "Write without being asked");
  add_json(init, typed);
  init->callback([&] { typed.action = [&] { return run_init(typed.global, typed.init); }; });
}

}  // namespace chela::cli
