// `chela plugin list`, `chela plugin info` and `chela plugin release`.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "app/control.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "config/write.h"
#include "heartbeat/judge_plugin.h"

namespace chela::cli {
namespace {

// "enabled as workspace-git, work", "available", or what is wrong with the file.
std::string state_of(const app::Setup& setup, const plugin::PluginFile& file) {
  if (file.problem) return "unusable";
  std::string ids;
  for (const auto& instance : setup.instances) {
    if (instance.plugin == file.metadata.id) ids += (ids.empty() ? "" : ", ") + instance.id;
  }
  return ids.empty() ? "available" : "enabled as " + ids;
}

std::string origin_of(const app::Setup& setup, const plugin::PluginFile& file) {
  if (file.is_bundled) return "bundled";
  return setup.trust.lock.entry(file.metadata.id) != nullptr ? "approved" : "not approved yet";
}

using Quarantines = std::map<std::string, tasks::QuarantineRow>;  // by plugin

// What the workspace's ledger knows; without one nothing was ever quarantined.
Result<Quarantines> quarantines_of(const app::Setup& setup) {
  const std::string path = setup.workspace_state_dir() + "/ledger.db";
  if (!std::filesystem::exists(path)) return Quarantines();
  CHELA_TRY(auto ledger, tasks::Ledger::open(path));
  CHELA_TRY(const auto rows, ledger.quarantines());
  Quarantines found;
  for (const auto& row : rows) found[row.plugin] = row;
  return found;
}

// "quarantined, next trial in 8 min"
std::string describe(const tasks::QuarantineRow& row, Timestamp now) {
  const Timestamp trial = heartbeat::trial_at(row, now);
  return trial <= now ? "quarantined, next trial when it is due"
                      : "quarantined, next trial " + in(trial, now);
}

json::object to_json(const tasks::QuarantineRow& row, Timestamp now) {
  return {{"since", base::format_utc(row.since)},
          {"next_trial", base::format_utc(heartbeat::trial_at(row, now))},
          {"reason", row.reason}};
}

json::object to_json(const app::Setup& setup, const plugin::PluginFile& file) {
  json::object object{{"path", file.path}, {"state", state_of(setup, file)}};
  if (file.problem) {
    object["problem"] = file.problem->message;
    return object;
  }
  object["id"] = file.metadata.id;
  object["version"] = file.metadata.version;
  object["kind"] = file.metadata.kind();
  object["summary"] = file.metadata.summary;
  object["origin"] = origin_of(setup, file);
  object["needs"] = file.metadata.needs;
  object["config"] = file.metadata.config_schema;
  return object;
}

void print_settings(const json::value& schema) {
  const auto* properties = find(schema, "properties");
  if (properties == nullptr || !properties->is_object() || properties->get_object().empty()) {
    std::printf("settings   none\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{{"SETTING", "DEFAULT", "WHAT IT IS"}};
  for (const auto& [name, property] : properties->get_object()) {
    const auto* standard = find(property, "default");
    rows.push_back({std::string(name), standard == nullptr ? "-" : config::one_line(*standard),
                    base::printable(get_string(property, "description"), 200)});
  }
  std::printf("\n");
  print_table(rows);
}

}  // namespace

int run_plugin_list(const Global& global) {
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  const auto quarantines = quarantines_of(*setup);
  if (!quarantines) return report(quarantines.error());
  const Timestamp now = base::now();
  if (global.json) {
    json::array plugins;
    for (const auto& file : setup->registry.files()) {
      json::object object = to_json(*setup, file);
      const auto row = quarantines->find(file.metadata.id);
      if (row != quarantines->end()) object["quarantine"] = to_json(row->second, now);
      plugins.push_back(std::move(object));
    }
    print_json(json::object{{"plugins", std::move(plugins)}});
    return kOk;
  }
  std::vector<std::vector<std::string>> rows{{"PLUGIN", "VERSION", "ORIGIN", "STATE"}};
  std::vector<std::string> problems;
  for (const auto& file : setup->registry.files()) {
    if (file.problem) {
      problems.push_back(file.problem->message);
      continue;
    }
    const auto row = quarantines->find(file.metadata.id);
    rows.push_back(
        {file.metadata.id, base::printable(file.metadata.version, 40), origin_of(*setup, file),
         row == quarantines->end() ? state_of(*setup, file) : describe(row->second, now)});
  }
  print_table(rows);
  std::sort(problems.begin(), problems.end());
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  for (const auto& problem : problems)
    std::printf("%s\n", tinted(Tone::bad, "unusable: " + problem).c_str());
  return kOk;
}

// Needs no lock: one row of the ledger, and whoever ticks reads it anew.
int run_plugin_release(const Global& global, const std::string& id) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  auto& engine = *(*session)->engine;
  const Timestamp now = (*session)->clock.now();
  const auto row = heartbeat::release(engine.ledger(), id, now);
  if (!row) return report(row.error());
  // A daemon sleeps until what it knew of; where none runs, nobody has to wake.
  (void)app::ask_daemon(engine.setup().workspace_state_dir(), {{"command", "wake"}},
                        std::chrono::seconds(2));
  engine.log().event(services::LogLevel::info, "plugin.released", {{"plugin", id}});
  if (global.json) {
    json::object object = to_json(*row, now);
    object["plugin"] = id;
    print_json(object);
    return kOk;
  }
  std::string instances;
  for (const auto& instance : engine.setup().instances) {
    if (instance.plugin == id) instances += (instances.empty() ? "" : ", ") + instance.id;
  }
  std::printf("released %s: it was quarantined %s, because it %s\n", id.c_str(),
              ago(row->since, now).c_str(), base::printable(row->reason, 300).c_str());
  std::printf("%s\n", instances.empty()
                          ? "no instance of it is enabled"
                          : (instances + (" may run again; three more faults in ten minutes put it "
                                          "aside once more"))
                                .c_str());
  return kOk;
}

int run_plugin_info(const Global& global, const std::string& id) {
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  const auto file = setup->registry.find(id);
  if (!file) return report(file.error());
  if (global.json) {
    print_json(to_json(*setup, **file));
    return kOk;
  }
  const plugin::Metadata& metadata = (*file)->metadata;
  std::printf("%s %s  (%s)\n%s\n\n", metadata.id.c_str(),
              base::printable(metadata.version, 40).c_str(), metadata.kind().c_str(),
              base::printable(metadata.summary, 400).c_str());
  std::printf("file       %s\n", (*file)->path.c_str());
  std::printf("origin     %s\n", origin_of(*setup, **file).c_str());
  std::printf("state      %s\n", state_of(*setup, **file).c_str());
  std::printf("asks for   %s\n", metadata.needs.as_object().empty()
                                     ? "nothing"
                                     : config::one_line(metadata.needs).c_str());
  print_settings(metadata.config_schema);
  return kOk;
}

}  // namespace chela::cli
