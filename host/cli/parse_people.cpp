// The commands by which chela reaches people: notify, brief, check, secret login.
#include <CLI/CLI.hpp>

#include "cli/parse_support.h"

namespace chela::cli {

void add_notify(CLI::App& app, Typed& typed) {
  auto* notify =
      add_command(app, "notify", "Who is told: notifiers, what waits, a test",
                  "  chela notify list\n  chela notify test phone --severity crit\n", typed);
  notify->require_subcommand(1);
  auto* list = add_command(*notify, "list", "Every notifier that is on, what it gets, what waits",
                           "  chela notify list\n", typed);
  add_json(list, typed);
  list->callback([&] {
    typed.notify.what = NotifyCommand::What::list;
    typed.action = [&] { return run_notify(typed.global, typed.notify); };
  });
  auto* test =
      add_command(*notify, "test", "Send one message now and show the service's answer",
                  "  chela notify test phone\n  chela notify test phone --severity crit\n", typed);
  test->add_option("id", typed.notify.id, "The notifier's id")->required();
  test->add_option("--severity", typed.notify.severity, "How severe it pretends to be")
      ->check(CLI::IsMember({"info", "warn", "crit"}));
  add_json(test, typed);
  test->callback([&] {
    typed.notify.what = NotifyCommand::What::test;
    typed.action = [&] { return run_notify(typed.global, typed.notify); };
  });
}

void add_brief(CLI::App& app, Typed& typed) {
  auto* brief = add_command(
      app, "brief", "Today on one page: calendar, mail, tasks, alerts, cost; no model is asked",
      "  chela brief\n  chela brief --send phone\n", typed);
  brief->add_option("--send", typed.brief.send, "Send it to this notifier as well")
      ->type_name("ID");
  add_json(brief, typed);
  brief->callback([&] { typed.action = [&] { return run_brief(typed.global, typed.brief); }; });
}

void add_checks(CLI::App& app, Typed& typed) {
  auto* check = add_command(app, "check", "What a check can be asked besides its runs",
                            "  chela check learn mail\n", typed);
  check->require_subcommand(1);
  auto* learn = add_command(*check, "learn",
                            "Look at what there is and propose a setting; nothing is recorded",
                            "  chela check learn mail\n", typed);
  learn->add_option("id", typed.id, "The check's id")->required();
  add_json(learn, typed);
  learn->callback([&] { typed.action = [&] { return run_check_learn(typed.global, typed.id); }; });
}

void add_login(CLI::App& secret, Typed& typed) {
  auto* login = add_command(
      secret, "login",
      "Agree once in a browser; oauth:NAME is a fresh access token from then on. google and "
      "microsoft are known, with the scope for mail; the client id is that of an application "
      "that you registered there",
      "  chela secret login microsoft --client-id 1b2c3d4e-0000-4000-8000-000000000000\n"
      "  chela secret login google --client-id ID --client-secret env:GOOGLE_CLIENT_SECRET\n",
      typed);
  login->add_option("service", typed.login.provider, "google, microsoft, or a name of your own")
      ->required();
  login->add_option("--client-id", typed.login.client_id, "Of your registered application")
      ->required();
  login
      ->add_option("--client-secret", typed.login.client_secret,
                   "Where the application's secret is, if it has one")
      ->type_name("REF");
  login->add_option("--name", typed.login.name, "Under which it is kept (default: the service)");
  login->add_option("--scope", typed.login.scope, "What is asked for, instead of mail");
  login->add_option("--device-url", typed.login.device_url, "The device endpoint")
      ->type_name("URL");
  login->add_option("--auth-url", typed.login.auth_url, "The page where a person agrees")
      ->type_name("URL");
  login->add_option("--token-url", typed.login.token_url, "The token endpoint")->type_name("URL");
  login->callback([&] { typed.action = [&] { return run_login(typed.global, typed.login); }; });
}

}  // namespace chela::cli
