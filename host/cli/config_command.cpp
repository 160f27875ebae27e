// `chela config review`: reads an openclaw.json and what lies around it, says what a careful reader
// would say, and writes a corrected copy where one is wanted.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/durable_file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/review_page.h"
#include "config/review_prices.h"
#include "models/catalog.h"

namespace chela::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 1024 * 1024;

std::optional<std::string> environment(const std::string& name) {
  const char* value = secure_getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::optional<std::string> text_of(const fs::path& file) {
  auto text = base::read_file(file.string(), kMaxBytes);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

// NAME=value lines, as OpenClaw reads them: `export` in front, quotes around and comments are
// allowed. Only whether a name is there matters here.
std::map<std::string, std::string> read_env_file(const fs::path& file) {
  std::map<std::string, std::string> variables;
  const auto text = text_of(file).value_or("");
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("export ")) line.remove_prefix(7);
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos || equals == 0) continue;
    auto value = line.substr(equals + 1);
    value = value.substr(0, value.find_last_not_of(" \t\r") + 1);
    const bool is_quoted = value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
                           value.back() == value.front();
    if (is_quoted) value = value.substr(1, value.size() - 2);
    variables[std::string(line.substr(0, equals))] = std::string(value);
  }
  return variables;
}

std::optional<config::FileFact> fact_of(const fs::path& file, bool is_env_file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  const bool is_ours = info.st_uid == ::geteuid() || info.st_uid == 0 || ::geteuid() == 0;
  return config::FileFact{file, info.st_mode & 07777U, is_ours, is_env_file};
}

std::vector<config::FileFact> facts_of(const config::OpenClaw& openclaw, const fs::path& env_file) {
  std::vector<config::FileFact> facts;
  for (const auto& source : openclaw.origins.files) {
    if (auto fact = fact_of(source.path, false)) facts.push_back(std::move(*fact));
  }
  if (auto fact = fact_of(env_file, true)) facts.push_back(std::move(*fact));
  return facts;
}

// The installation's catalogue; without it the families' rough figures have to do.
std::optional<models::Catalog> read_catalog(const config::Paths& paths) {
  const auto text = text_of(paths.builtin_manifests_dir.path.parent_path() / "models.json");
  if (!text) return std::nullopt;
  auto catalog = models::Catalog::parse(*text);
  return catalog ? std::optional(std::move(*catalog)) : std::nullopt;
}

// A plan's model costs 0 a call; what its family costs tells more about how it should be used.
std::optional<std::int64_t> price_of(const std::optional<models::Catalog>& catalog,
                                     const std::string& ref) {
  const auto model = catalog ? catalog->find(ref) : std::nullopt;
  if (!model || !model->prices || model->prices->output.nanos == 0)
    return config::family_price(ref);
  return model->prices->output.nanos / 1000;
}

std::optional<std::int64_t> window_of(const std::optional<models::Catalog>& catalog,
                                      const std::string& ref) {
  const auto model = catalog ? catalog->find(ref) : std::nullopt;
  if (!model || model->context_tokens == 0) return config::family_window(ref);
  return model->context_tokens;
}

Result<fs::path> file_to_review(const config::Paths& paths, const ConfigCommand& command) {
  if (!command.file.empty()) return fs::path(command.file);
  if (paths.openclaw_file) return paths.openclaw_file->path;
  return fail(ErrorCode::not_found, "no openclaw.json is here; wanted one in ~/.openclaw or " +
                                        paths.config_dir.path.string() +
                                        ", or its name: chela config review FILE");
}

fs::path workspace_of(const Global& global, const config::OpenClaw& openclaw) {
  if (global.where.workspace) return *global.where.workspace;
  if (openclaw.workspace) return *openclaw.workspace;
  const auto home = environment("HOME");
  return home ? fs::path(*home) / ".openclaw/workspace" : fs::path();
}

// The original, its links and its includes are not touched, and nothing else is written over.
Result<void> check_target(const fs::path& target, const config::OpenClaw& openclaw) {
  std::error_code error;
  for (const auto& source : openclaw.origins.files) {
    if (fs::equivalent(target, source.path, error))
      return fail(ErrorCode::already_exists,
                  base::printable(target.string(), 500) +
                      ": the original is never written over; wanted the name of a new file");
  }
  if (fs::exists(fs::symlink_status(target, error)))
    return fail(ErrorCode::already_exists, base::printable(target.string(), 500) +
                                               ": is there already; wanted the name of a new file");
  return {};
}

Result<ReviewReport> make_report(const Global& global, const ConfigCommand& command) {
  const auto paths = app::find_paths(global.where);
  CHELA_TRY(const auto file, file_to_review(paths, command));
  const auto catalog = read_catalog(paths);
  const auto env_file = fs::absolute(file).parent_path() / ".env";
  const auto own = read_env_file(env_file);
  const auto env = [&own](const std::string& name) {
    const auto set = environment(name);
    const auto found = own.find(name);
    return set || found == own.end() ? set : std::optional(found->second);
  };
  CHELA_TRY(const auto openclaw, config::load_openclaw(file, env));
  auto guess = config::guess_version(openclaw);
  if (!command.version.empty()) {
    guess = {command.version == "2026.2" ? config::OpenClawVersion::v2026_2
                                         : config::OpenClawVersion::v2026_9,
             "--for says so"};
  }
  const auto facts = facts_of(openclaw, env_file);
  const auto review =
      [&](const config::OpenClaw& document) -> Result<std::vector<config::ReviewFinding>> {
    CHELA_TRY(const auto models, config::read_model_settings(document));
    return config::review({document, models, guess.version, !command.version.empty(), facts,
                           [&](const std::string& ref) { return price_of(catalog, ref); },
                           [&](const std::string& ref) { return window_of(catalog, ref); }});
  };
  ReviewReport report;
  report.file = openclaw.file.string();
  report.version = guess.version;
  report.version_why = guess.why;
  CHELA_TRY(report.findings, review(openclaw));
  if (!command.version.empty()) report.keys = config::used_keys(openclaw.raw, guess.version);
  const auto workspace = workspace_of(global, openclaw);
  report.workspace = workspace.string();
  report.advice = config::advise_workspace(text_of(workspace / "SOUL.md"),
                                           text_of(workspace / "HEARTBEAT.md"), guess.version);
  if (command.patch.empty()) return report;
  const auto target = fs::absolute(command.patch);
  CHELA_TRY(check_target(target, openclaw));
  const auto load = [&](const std::string& text) {
    return config::load_openclaw_as(file, text, env);
  };
  CHELA_TRY(auto patched, config::patched_whole(openclaw, load, review));
  CHELA_TRY(base::write_durably(target.string(), patched.text, 0600));
  report.copy = WrittenCopy{target.string(), std::move(patched)};
  return report;
}

}  // namespace

int run_config_review(const Global& global, const ConfigCommand& command) {
  const auto made = make_report(global, command);
  if (!made) {
    // 2 is taken by "something critical": a script must not mistake a file that cannot be read.
    cli::report({made.error().code, base::printable(made.error().message, 2000)});
    return kRefused;
  }
  if (global.json) {
    print_json(review_json(*made));
  } else {
    std::fputs(review_page(*made).c_str(), stdout);
  }
  return review_exit_code(*made);
}

}  // namespace chela::cli
