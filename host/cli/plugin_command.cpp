// `chela plugin list` and `chela plugin info`.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"

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
    rows.push_back({std::string(name), standard == nullptr ? "-" : json::serialize(*standard),
                    base::printable(get_string(property, "description"), 200)});
  }
  std::printf("\n");
  print_table(rows);
}

}  // namespace

int run_plugin_list(const Global& global) {
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  if (global.json) {
    json::array plugins;
    for (const auto& file : setup->registry.files()) plugins.push_back(to_json(*setup, file));
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
    rows.push_back({file.metadata.id, base::printable(file.metadata.version, 40),
                    origin_of(*setup, file), state_of(*setup, file)});
  }
  print_table(rows);
  std::sort(problems.begin(), problems.end());
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  for (const auto& problem : problems)
    std::printf("%s\n", tinted(Tone::bad, "unusable: " + problem).c_str());
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
                                     : json::serialize(metadata.needs).c_str());
  print_settings(metadata.config_schema);
  return kOk;
}

}  // namespace chela::cli
