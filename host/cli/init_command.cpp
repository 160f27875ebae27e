// `chela init`: looks at a live OpenClaw, says what chela does for nothing, and after a question
// writes the first host.yaml. Never writes over anything.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "app/models.h"
#include "app/openclaw_beside.h"
#include "app/openclaw_spend.h"
#include "base/durable_file.h"
#include "base/text.h"
#include "cli/openclaw_commands.h"
#include "cli/output.h"

namespace chela::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kDays = 7;

// What was found and what it comes to, as text and as JSON.
struct Story {
  json::object document;
  std::string text;

  void line(const std::string& words = "") { text += base::printable(words, 400) + "\n"; }
};

json::array list_of(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(base::valid_utf8(text));
  return list;
}

void tell_openclaw(const app::Setup& setup, const app::ModelSetup& made, Story& story) {
  if (!setup.openclaw) {
    story.line("No OpenClaw was found (no openclaw.json); chela works alone.");
    story.document["openclaw"] = nullptr;
    return;
  }
  const auto& openclaw = *setup.openclaw;
  const auto dialect = config::dialect_of(openclaw);
  const char* written = dialect == config::OpenClawDialect::y2026_2   ? "2026.2"
                        : dialect == config::OpenClawDialect::y2026_9 ? "2026.9"
                                                                      : "unknown";
  const auto commands = config::heartbeat_off_commands(app::model_beats(setup));
  const auto keys = app::keys_in_env_file(setup, made);
  const bool is_over_workspace = app::beats_over_workspace(setup);
  story.document["openclaw"] = {
      {"file", openclaw.file.string()},
      {"dialect", written},
      {"heartbeat_is_on", openclaw.heartbeat_is_on},
      {"heartbeat_every", base::format_duration(openclaw.heartbeat_every)},
      {"beats_over_workspace", is_over_workspace},
      {"turn_off", list_of(commands)},
      {"env_keys", list_of(keys)}};
  story.line("OpenClaw:   " + openclaw.file.string());
  story.line(std::string("            ") +
             (dialect == config::OpenClawDialect::unknown
                  ? "its keys do not tell whether it is 2026.2 or 2026.9"
                  : std::string("written for OpenClaw ") + written));
  if (!keys.empty()) {
    std::string names;
    for (const auto& key : keys) names += (names.empty() ? "" : ", ") + key;
    story.line("its .env:   " + names + " (used as they are; nothing is copied)");
  }
  if (!openclaw.heartbeat_is_on) {
    story.line("heartbeat:  off");
    return;
  }
  story.line("heartbeat:  a model is asked every " +
             base::format_duration(openclaw.heartbeat_every) +
             (is_over_workspace ? ", over this workspace" : ", over another workspace"));
}

// The sums of the last week; nothing where there are no transcripts.
void tell_spend(const app::Setup& setup, Story& story) {
  if (!setup.openclaw) return;
  const Timestamp until = base::now();
  const Duration span = std::chrono::hours(24) * kDays;
  const auto spend = app::read_openclaw_spend(setup.openclaw->file.parent_path().string(),
                                              setup.installation, until - span, until);
  if (!spend) {
    story.document["last_week"] = nullptr;
    return;
  }
  models::WorkSum beats;
  for (const auto kind : {models::WorkKind::quiet_heartbeat, models::WorkKind::heartbeat}) {
    if (const auto found = spend->report.by_kind.find(kind); found != spend->report.by_kind.end())
      beats += found->second;
  }
  const models::Usd usd = beats.recorded + beats.estimated;
  story.document["last_week"] = {{"heartbeat_turns", beats.turns},
                                 {"heartbeat_tokens", beats.tokens()},
                                 {"heartbeat_usd", models::decimal_usd(usd)},
                                 {"estimated_calls", beats.estimated_calls},
                                 {"unpriced_calls", beats.unpriced_calls}};
  story.line("last week:  " + std::to_string(beats.turns) +
             " heartbeat turns in its transcripts, " + std::to_string(beats.tokens()) +
             " tokens, " + (beats.estimated_calls > 0 ? "about " : "") + models::format_usd(usd) +
             (beats.unpriced_calls > 0 ? " and what has no price" : ""));
  story.line("            (quiet ones it takes out again; see: chela usage --openclaw)");
}

void tell_checks(const app::Setup& setup, Story& story) {
  const auto checks = app::describe_checks(setup);
  story.document["checks"] = list_of(checks);
  story.line();
  story.line("What chela's checks look at without asking a model:");
  if (checks.empty()) story.line("  nothing: no check is on (chela plugin list)");
  for (const auto& check : checks) story.line("  " + check);
  if (!setup.openclaw || !setup.openclaw->heartbeat_is_on) return;
  story.line();
  story.line("Turn the model heartbeat off, then every beat is free:");
  for (const auto& command : config::heartbeat_off_commands(app::model_beats(setup)))
    story.line("  " + command);
  if (config::dialect_of(*setup.openclaw) != config::OpenClawDialect::y2026_2)
    story.line("  openclaw cron list      # 2026.9: no job heartbeat:<agent> may be left");
}

Result<void> confirm(bool is_yes) {
  if (is_yes) return {};
  if (isatty(STDIN_FILENO) == 0) {
    return fail(ErrorCode::failed_precondition,
                "nothing was written: say --yes to write it without being asked");
  }
  std::printf("Write it? [y/N] ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(ErrorCode::failed_precondition, "nothing was written");
}

Result<void> write_first(const fs::path& file, const std::string& text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error)
    return fail(ErrorCode::permission_denied,
                file.parent_path().string() + " cannot be made: " + error.message());
  // Looked at again: the answer to the question may have taken its time.
  if (fs::symlink_status(file, error).type() != fs::file_type::not_found)
    return fail(ErrorCode::already_exists, file.string() + " is there now; it stays as it is");
  return base::write_durably(file.string(), text, 0644);
}

int finish(const Global& global, Story& story, const char* outcome) {
  story.document["outcome"] = outcome;
  if (global.json) print_json(story.document);
  return kOk;
}

}  // namespace

int run_init(const Global& global, const InitCommand& command) {
  app::Where where = global.where;
  const fs::path manifests = app::find_paths(where).manifests_dir.path;
  std::error_code error;
  // A folder that is named and not there yet is what this command makes.
  if (!fs::exists(manifests, error)) where.manifests.reset();
  const auto setup = app::load_setup(where);
  if (!setup) return report(setup.error());
  const auto made = app::load_model_setup(*setup);
  if (!made) return report(made.error());

  Story story;
  story.line("workspace:  " + setup->workspace.path.string() + " (" + setup->workspace.why + ")");
  story.document["workspace"] = setup->workspace.path.string();
  for (const auto& note : setup->notes) story.line("note:       " + note);
  tell_openclaw(*setup, *made, story);
  tell_spend(*setup, story);
  tell_checks(*setup, story);
  story.line();

  const fs::path file = manifests / "host.yaml";
  const std::string text = app::first_host_file(*setup, *made);
  story.document["file"] = file.string();
  const bool is_there = fs::symlink_status(file, error).type() != fs::file_type::not_found;
  if (is_there)
    story.line(file.string() + " is there already and stays as it is.");
  else
    story.document["text"] = base::valid_utf8(text);
  if (!global.json) std::printf("%s", story.text.c_str());
  if (is_there) return finish(global, story, "already there");
  if (!global.json) {
    std::printf("%s %s:\n\n", command.is_dry ? "It would write" : "To be written,",
                base::printable(file.string(), 300).c_str());
    std::printf("%s\n", for_terminal(text).c_str());
  }
  if (command.is_dry) return finish(global, story, "dry run");
  if (const auto answer = confirm(command.yes); !answer) return report(answer.error());
  if (const auto written = write_first(file, text); !written) return report(written.error());
  if (!global.json)
    std::printf("wrote %s; next: chela doctor, chela run\n",
                base::printable(file.string(), 300).c_str());
  return finish(global, story, "written");
}

}  // namespace chela::cli
