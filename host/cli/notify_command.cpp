// `chela notify`: who is told, what waits, and a message to try the way out.
#include <algorithm>
#include <cstdio>

#include "app/control.h"
#include "base/ids.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/status_view.h"
#include "heartbeat/message.h"

namespace chela::cli {
namespace {

std::string routes_of(const config::NotifySettings& settings) {
  constexpr const char* kLevels[] = {"info", "warn", "crit"};
  const auto joined = [](const std::vector<std::string>& ids) {
    std::string text;
    for (const auto& id : ids) text += (text.empty() ? "" : ", ") + id;
    return text;
  };
  std::string text = std::string("from ") + kLevels[static_cast<std::size_t>(settings.severity)];
  text += settings.checks.empty() ? ", all checks" : ", only " + joined(settings.checks);
  if (!settings.except.empty()) text += " but " + joined(settings.except);
  if (settings.quiet) text += ", with quiet hours";
  if (settings.digest > Duration(0)) text += ", gathered for " + format_duration(settings.digest);
  return text;
}

const config::Instance* find_notifier(const app::Setup& setup, const std::string& id) {
  const auto found = std::find_if(
      setup.instances.begin(), setup.instances.end(), [&](const config::Instance& instance) {
        return instance.kind == config::Kind::notifier && instance.id == id;
      });
  return found == setup.instances.end() ? nullptr : &*found;
}

// Manifests of notifiers that are not in use, and why.
std::vector<const config::Problem*> broken_manifests(const app::Setup& setup) {
  std::vector<const config::Problem*> broken;
  for (const auto& problem : setup.problems) {
    const auto folder = std::filesystem::path(problem.file).parent_path().filename();
    if (folder == config::folder_of(config::Kind::notifier)) broken.push_back(&problem);
  }
  return broken;
}

// "checks: [pgae]" of which none is on.
std::string unknown_checks(const app::Setup& setup, const config::NotifySettings& settings) {
  std::string text;
  for (const auto* list : {&settings.checks, &settings.except}) {
    for (const auto& name : *list) {
      const bool is_known =
          name.ends_with('*') || name == heartbeat::kHostCheck ||
          std::any_of(setup.instances.begin(), setup.instances.end(), [&](const auto& instance) {
            return instance.kind == config::Kind::check && instance.id == name;
          });
      if (!is_known) text += (text.empty() ? "" : ", ") + base::printable(name, 60);
    }
  }
  return text;
}

Error no_such(const app::Setup& setup, const std::string& id) {
  for (const auto* problem : broken_manifests(setup)) {
    if (problem->id == id)
      return {ErrorCode::failed_precondition, "'" + id + "' is not in use: " + problem->message};
  }
  std::vector<std::string> known;
  for (const auto& instance : setup.instances) {
    if (instance.kind == config::Kind::notifier) known.push_back(instance.id);
  }
  const auto meant = base::closest(id, known);
  std::string hint = meant.empty() ? "" : "; did you mean '" + meant + "'?";
  if (known.empty()) hint = "; none is: chela enable notify.ntfy (or another notify.* plugin)";
  return {ErrorCode::not_found, "no notifier '" + base::printable(id, 60) + "' is enabled" + hint};
}

int list(const Global& global) {
  CHELA_CLI_TRY(const auto session, open_session(global));
  const auto& setup = session->engine->setup();
  StatusView view;
  if (const auto looked = look(*session->engine, session->clock.now(), view); !looked)
    return report(looked.error());
  json::array all;
  for (const auto& notifier : view.notifiers) {
    const config::Instance* instance = find_notifier(setup, notifier.id);
    if (instance == nullptr) continue;
    if (global.json) {
      all.push_back(json::object{
          {"id", notifier.id},
          {"plugin", instance->plugin},
          {"waiting", notifier.waiting},
          {"held", notifier.held},
          {"next", notifier.next ? json::value(base::format_utc(*notifier.next)) : json::value()},
          {"problem", notifier.problem}});
      continue;
    }
    std::printf("%s (%s): %s\n", notifier.id.c_str(), instance->plugin.c_str(),
                routes_of(instance->notify).c_str());
    if (notifier.waiting > 0)
      std::printf("  %lld not sent yet, next try at %s%s\n",
                  static_cast<long long>(notifier.waiting),
                  base::format_utc(*notifier.next).c_str(),
                  notifier.problem.empty() ? "" : (": " + notifier.problem).c_str());
    if (notifier.held > 0)
      std::printf("  %lld held for the end of quiet hours or for more lines\n",
                  static_cast<long long>(notifier.held));
    if (const auto unknown = unknown_checks(setup, instance->notify); !unknown.empty())
      std::printf("  no such check is on: %s\n", unknown.c_str());
    for (const auto& problem : session->engine->problems())
      if (problem.instance == notifier.id) std::printf("  %s\n", problem.title.c_str());
  }
  for (const auto* problem : broken_manifests(setup))
    if (!global.json) std::printf("not in use: %s\n", problem->message.c_str());
  if (global.json) {
    print_json(json::object{{"notifiers", std::move(all)}});
  } else if (view.notifiers.empty()) {
    std::printf("alerts reach nobody: no notifier is enabled (chela plugin list, chela enable)\n");
  }
  return kOk;
}

int test(const Global& global, const NotifyCommand& command) {
  CHELA_CLI_TRY(const auto session, open_session(global));
  app::Engine& engine = *session->engine;
  if (find_notifier(engine.setup(), command.id) == nullptr)
    return report(no_such(engine.setup(), command.id));
  const Timestamp now = session->clock.now();
  json::array lines;
  lines.push_back(
      json::object{{"severity", command.severity},
                   {"kind", "event"},
                   {"check", "chela"},
                   {"key", "test"},
                   {"text", "[" + command.severity + "] a test of chela's, nothing is wrong (" +
                                base::format_utc(now) + ")"}});
  json::value message =
      heartbeat::make_message(base::random_id() + base::random_id(), std::move(lines), now, true);
  const auto began = std::chrono::steady_clock::now();
  const auto sent = wait_for(engine, engine.notify(command.id, std::move(message)));
  const auto took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
  if (!sent) return report(sent.error());
  // A daemon that knew it as out of reach sleeps until its next try; where none runs, nobody has to
  // wake.
  (void)app::ask_daemon(engine.setup().workspace_state_dir(), {{"command", "wake"}},
                        std::chrono::seconds(2));
  if (global.json) {
    print_json(json::object{{"id", command.id},
                            {"answer", sent->answer},
                            {"ms", took.count()},
                            {"lines", json::value_from(sent->lines)}});
    return kOk;
  }
  for (const auto& line : sent->lines) std::printf("%s\n", line.c_str());
  std::printf("%s has taken it in %s%s\n", command.id.c_str(), describe_duration(took).c_str(),
              sent->answer.empty() ? "" : (": " + sent->answer).c_str());
  return kOk;
}

}  // namespace

int run_notify(const Global& global, const NotifyCommand& command) {
  return command.what == NotifyCommand::What::list ? list(global) : test(global, command);
}

}  // namespace chela::cli
