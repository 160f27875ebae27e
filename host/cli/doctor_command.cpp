// `chela doctor`: what was found where, what confines plugins on this machine, and what a person
// should mend.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/control.h"
#include "app/models.h"
#include "app/openclaw_beside.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"

namespace chela::cli {
namespace {

struct Finding {
  enum class Weight { ok, note, critical } weight = Weight::ok;
  std::string area;
  std::string text;
};
using Weight = Finding::Weight;
using Findings = std::vector<Finding>;

void look_at_paths(const app::Setup& setup, Findings& findings) {
  const auto add = [&](const char* what, const config::Found& found) {
    findings.push_back({Weight::ok, "paths",
                        std::string(what) + " " + found.path.string() + " (" + found.why + ")"});
  };
  add("workspace", setup.workspace);
  add("configuration", setup.paths.config_dir);
  add("manifests", setup.paths.manifests_dir);
  add("built-in manifests", setup.paths.builtin_manifests_dir);
  add("state", setup.paths.state_dir);
  for (const auto& folder : setup.plugin_path) add("plugins", folder);
  if (setup.paths.openclaw_file) add("openclaw.json", *setup.paths.openclaw_file);
  for (const auto& note : setup.notes) findings.push_back({Weight::note, "paths", note});
}

void look_at_plugins(const app::Setup& setup, Findings& findings) {
  if (setup.trust.bundle.sha256_by_id.empty()) {
    findings.push_back({Weight::critical, "plugins",
                        "the bundled plugins in " + setup.installation.plugins +
                            " are not the ones this chela was built with; install chela again"});
  }
  for (const auto& file : setup.registry.files()) {
    if (file.problem) findings.push_back({Weight::note, "plugins", file.problem->message});
  }
  std::error_code error;
  if (!std::filesystem::exists(setup.installation.worker, error)) {
    findings.push_back({Weight::critical, "plugins",
                        setup.installation.worker + " is missing; no plugin can run"});
  }
}

void look_at_ping(const app::Engine& engine, Findings& findings) {
  if (!engine.setup().host.ping) return;
  const auto& state = engine.ping_state();
  if (state.failures > 0) {
    findings.push_back({state.failures < 3 ? Weight::note : Weight::critical, "ping",
                        "the dead-man ping failed " + std::to_string(state.failures) +
                            " times in a row: " + state.error});
    return;
  }
  findings.push_back({Weight::ok, "ping",
                      state.last_ok ? "answered well at " + base::format_utc(*state.last_ok)
                                    : "not sent yet (the next tick sends it)"});
}

void look_at_openclaw(const app::Setup& setup, Findings& findings) {
  if (!setup.openclaw) return;
  for (const auto& note : setup.openclaw->notes)
    findings.push_back({Weight::note, "openclaw", note});
  if (!setup.openclaw->heartbeat_is_on) {
    findings.push_back(
        {Weight::ok, "openclaw", "its model heartbeat is off; chela's checks cost no tokens"});
    return;
  }
  std::string off;
  for (const auto& command : config::heartbeat_off_commands(app::model_beats(setup)))
    off += (off.empty() ? "" : " && ") + command;
  off = base::printable(off, 400);
  const std::string how_often = format_duration(setup.openclaw->heartbeat_every);
  if (!app::beats_over_workspace(setup)) {
    findings.push_back(
        {Weight::note, "openclaw",
         "its model heartbeat beats every " + how_often +
             " over another workspace and costs tokens each time; to turn it off: " + off});
    return;
  }
  findings.push_back(
      {Weight::critical, "openclaw",
       "its model heartbeat beats every " + how_often +
           " over this workspace, too, and costs tokens each time; turn it off: " + off});
}

// Models, providers and keys as they are configured; nobody is asked and no key is read.
void look_at_models(const app::Setup& setup, Timestamp now, Findings& findings) {
  const auto made = app::load_model_setup(setup);
  if (!made) {
    findings.push_back({Weight::critical, "models", base::printable(made.error().message, 400)});
    return;
  }
  const auto& settings = made->settings;
  const auto add = [&](Weight weight, const std::string& text) {
    findings.push_back({weight, "models", base::printable(text, 400)});
  };
  for (const auto& note : made->notes) add(Weight::note, note);
  for (const auto& line : app::ending_models(settings, now)) {
    // What has ended answers nobody; what ends soon still does.
    const bool has_ended = line.find(" ended on ") != std::string::npos;
    add(has_ended ? Weight::critical : Weight::note, line);
  }
  for (const auto& [id, provider] : settings.providers) {
    if (!provider.problem.empty())
      add(Weight::note, "provider " + id + " cannot be used: " + provider.problem);
  }
  for (const auto& line : app::missing_variables(setup, *made)) add(Weight::note, line);
  if (settings.routes.roles.empty()) {
    add(Weight::ok, "none is configured; chela's checks need none");
    return;
  }
  add(Weight::ok, std::to_string(settings.routes.roles.size()) + " roles, " +
                      std::to_string(settings.providers.size()) +
                      " providers (chela model list, chela model status)");
}

void look_at_time(const app::Setup& setup, const heartbeat::Zone& zone, Findings& findings) {
  findings.push_back(
      {Weight::ok, "time", "time zone " + zone.name() + " (from " + setup.timezone_why + ")"});
  if (zone.name() == "UTC" && setup.timezone_why == "system") {
    findings.push_back(
        {Weight::note, "time",
         "the system's time zone is UTC: if you live elsewhere, put your zone into host.yaml "
         "(timezone: Europe/Berlin), or windows open at the wrong hour"});
  }
}

// Which task backend is what, and whether the mirrors are kept.
void look_at_tasks(const app::Engine& engine, Findings& findings) {
  if (engine.task_source().empty()) {
    findings.push_back({Weight::note, "tasks",
                        "no task backend is on: findings open no task (chela enable "
                        "tasks.markdown)"});
    return;
  }
  findings.push_back({Weight::ok, "tasks", engine.task_source() + " is the source of tasks"});
  for (const auto& mirror : engine.mirrors()) {
    const auto& state = mirror.state;
    std::string text =
        mirror.id + " is a mirror of it, compared every " + base::format_duration(mirror.every);
    if (state.failures > 0)
      text += "; it failed " + std::to_string(state.failures) +
              " times in a row: " + base::printable(state.problem, 300);
    else if (state.last_ok)
      text += ", last at " + base::format_utc(*state.last_ok);
    findings.push_back({state.failures > 0 ? Weight::note : Weight::ok, "tasks", text});
  }
}

// Starts the task backend's worker and reads what it reports of its own confinement.
void look_at_confinement(app::Engine& engine, Findings& findings) {
  json::value request = json::object();
  const auto reply = wait_for(engine, engine.task("describe", std::move(request)));
  const json::object& enforced = engine.pool().last_enforced();
  if (enforced.empty()) {
    findings.push_back({Weight::critical, "confinement",
                        "no worker could be started: " +
                            (reply ? std::string("no answer") : reply.error().message)});
    return;
  }
  if (const auto* layers = enforced.if_contains("layers");
      layers != nullptr && layers->is_object()) {
    for (const auto& [name, value] : layers->get_object()) {
      const bool is_on = value.is_bool() && value.get_bool();
      const bool is_required = name == "seccomp" || name == "landlock";
      std::string text = std::string(name) + (is_on ? " in force" : " NOT in force");
      if (name == "landlock")
        text += " (ABI " + std::to_string(get_int(enforced, "landlock_abi")) + ")";
      findings.push_back({is_on         ? Weight::ok
                          : is_required ? Weight::critical
                                        : Weight::note,
                          "confinement", text});
    }
  }
  const auto own = base::own_namespace_ids();
  const auto* seen = enforced.if_contains("namespaces");
  const auto compare = [&](const char* name, std::uint64_t ours) {
    const auto theirs = seen == nullptr ? 0 : static_cast<std::uint64_t>(get_int(*seen, name));
    const bool is_own = theirs != 0 && theirs != ours;
    // As root the unprivileged identity takes the place of the user namespace.
    if (std::string_view(name) == "user" && !is_own && geteuid() == 0) {
      findings.push_back(
          {Weight::ok, "confinement", "workers run as an unprivileged user of their own"});
      return;
    }
    findings.push_back(
        {is_own ? Weight::ok : Weight::note, "confinement",
         std::string(name) + " namespace " +
             (is_own ? "of its own" : "shared (this kernel or container gives none)")});
  };
  compare("user", own.user);
  compare("net", own.net);
  compare("ipc", own.ipc);
  compare("pid", own.pid);
  if (const auto* missing = enforced.if_contains("missing");
      missing != nullptr && missing->is_array()) {
    for (const auto& text : missing->get_array()) {
      if (text.is_string())
        findings.push_back({Weight::note, "confinement", std::string(text.get_string())});
    }
  }
}

// Whether a person relies on one; the built-in checks do without what they cannot ask.
bool has_net_grant(const app::Setup& setup) {
  const auto has = [](const config::Instance& instance) {
    return !instance.is_builtin &&
           std::any_of(instance.allow.exec.begin(), instance.allow.exec.end(),
                       [](const auto& grant) { return !grant.net.empty(); });
  };
  return std::any_of(setup.instances.begin(), setup.instances.end(), has);
}

// One line about `exec: [{program: .., net: [..]}]`, tried on loopback.
void look_at_gate(app::Engine& engine, Findings& findings) {
  const app::GateProbe probe = wait_for(engine, engine.probe_gate());
  switch (probe.outcome) {
    case app::GateProbe::Outcome::enforced:
      findings.push_back({Weight::ok, "confinement",
                          "programs reach only the net: of their exec grant (tried on 127.0.0.1)"});
      return;
    case app::GateProbe::Outcome::unavailable:
      findings.push_back({has_net_grant(engine.setup()) ? Weight::critical : Weight::note,
                          "confinement",
                          "a program with net: in its exec grant is not started here, or reaches "
                          "nothing: " +
                              base::printable(probe.why, 200) +
                              " (wanted: seccomp user notification, kernel 5.14)"});
      return;
    case app::GateProbe::Outcome::open:
      findings.push_back({Weight::critical, "confinement",
                          "net: of exec grants is NOT kept: " + base::printable(probe.why, 200)});
      return;
  }
}

const char* name_of(Weight weight) {
  switch (weight) {
    case Weight::ok:
      return "ok";
    case Weight::note:
      return "note";
    case Weight::critical:
      return "critical";
  }
  return "?";
}

void print_findings(const Findings& findings) {
  std::string area;
  for (const auto& finding : findings) {
    if (finding.area != area)
      std::printf("%s%s\n", area.empty() ? "" : "\n", tinted(Tone::bold, finding.area).c_str());
    area = finding.area;
    const Tone tone = finding.weight == Weight::ok     ? Tone::good
                      : finding.weight == Weight::note ? Tone::warn
                                                       : Tone::bad;
    std::printf("  %s  %s\n",
                tinted(tone, std::string(name_of(finding.weight)) +
                                 std::string(8 - std::string(name_of(finding.weight)).size(), ' '))
                    .c_str(),
                finding.text.c_str());
  }
}

}  // namespace

int run_doctor(const Global& global) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  auto& engine = *(*session)->engine;
  const app::Setup& setup = engine.setup();
  Findings findings;
  look_at_paths(setup, findings);
  look_at_plugins(setup, findings);
  for (const auto& problem : engine.problems())
    findings.push_back({Weight::critical, "manifests", problem.title});
  for (const auto& note : engine.notes()) findings.push_back({Weight::critical, "state", note});
  look_at_time(setup, engine.zone(), findings);
  look_at_openclaw(setup, findings);
  look_at_models(setup, (*session)->clock.now(), findings);
  look_at_ping(engine, findings);
  look_at_tasks(engine, findings);
  look_at_confinement(engine, findings);
  look_at_gate(engine, findings);
  const bool is_critical =
      std::any_of(findings.begin(), findings.end(),
                  [](const Finding& finding) { return finding.weight == Weight::critical; });
  if (global.json) {
    json::array list;
    for (const auto& finding : findings) {
      list.push_back(json::object{
          {"area", finding.area}, {"weight", name_of(finding.weight)}, {"text", finding.text}});
    }
    print_json(json::object{{"findings", std::move(list)}, {"critical", is_critical}});
  } else {
    print_findings(findings);
  }
  return is_critical ? kFailed : kOk;
}

}  // namespace chela::cli
