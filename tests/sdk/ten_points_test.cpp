// What every check and notifier that comes with chela must have, as far as files can tell: its
// README with its headings, every setting described, a working sample, fixtures.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "chela/testing/opened_plugin.h"

namespace chela {
namespace {

namespace fs = std::filesystem;

const fs::path kPlugins = fs::path(CHELA_SOURCE_DIR) / "plugins";

struct Folder {
  fs::path path;
  std::string kind;  // "checks", "notifiers"
};

std::vector<Folder> folders() {
  std::vector<Folder> all;
  for (const char* kind : {"checks", "notifiers"}) {
    for (const auto& entry : fs::directory_iterator(kPlugins / kind)) {
      if (fs::exists(entry.path() / "plugin.json")) all.push_back({entry.path(), kind});
    }
  }
  return all;
}

json::value plugin_of(const Folder& folder) {
  const auto parsed = parse_json(testing::read_whole_file((folder.path / "plugin.json").string()));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed.value_or(json::object());
}

// Each setting, also those within lists of objects.
void expect_described(const json::value& schema, const std::string& where) {
  const auto* properties = find(schema, "properties");
  if (properties == nullptr) return;
  for (const auto& [name, property] : properties->as_object()) {
    const std::string here = where + std::string(name);
    EXPECT_FALSE(get_string(property, "description").empty()) << here << " is not described";
    if (const auto* items = find(property, "items")) expect_described(*items, here + ".");
  }
}

TEST(TenPoints, FolderIdAndLibraryHaveOneName) {
  EXPECT_GE(folders().size(), 18u);
  for (const auto& folder : folders()) {
    SCOPED_TRACE(folder.path);
    const std::string id = get_string(plugin_of(folder), "id");
    EXPECT_EQ(id.substr(id.rfind('.') + 1), folder.path.filename().string());
    EXPECT_TRUE(id.starts_with(folder.kind == "checks" ? "check." : "notify.")) << id;
  }
}

TEST(TenPoints, ReadmesHaveTheirHeadingsInOrder) {
  for (const auto& folder : folders()) {
    SCOPED_TRACE(folder.path);
    const std::string readme = testing::read_whole_file((folder.path / "README.md").string());
    const bool is_check = folder.kind == "checks";
    std::size_t last = 0;
    for (const std::string heading :
         {is_check ? "What it looks at" : "What it ", "Permissions", "Settings",
          is_check ? "Example finding" : "Example message", "When it goes wrong"}) {
      const auto at = readme.find("\n## " + heading);
      EXPECT_NE(at, std::string::npos) << "## " << heading;
      if (at == std::string::npos) continue;
      EXPECT_GT(at, last) << heading;
      last = at;
    }
  }
}

TEST(TenPoints, EverySettingIsDescribedThereAndHere) {
  for (const auto& folder : folders()) {
    SCOPED_TRACE(folder.path);
    const json::value plugin = plugin_of(folder);
    const auto* schema = find(plugin, "config");
    if (schema == nullptr) continue;
    expect_described(*schema, "");
    const std::string readme = testing::read_whole_file((folder.path / "README.md").string());
    const auto required = get_strings(*schema, "required");
    const auto* properties = find(*schema, "properties");
    if (properties == nullptr) continue;
    for (const auto& [name, property] : properties->as_object()) {
      EXPECT_NE(readme.find("`" + std::string(name) + "`"), std::string::npos)
          << name << " is not in the README";
      const bool is_required = std::find(required.begin(), required.end(), name) != required.end();
      EXPECT_TRUE(is_required || find(property, "default") != nullptr)
          << name << " has no default and is not required";
    }
  }
}

TEST(TenPoints, EachHasASampleAndCases) {
  for (const auto& folder : folders()) {
    SCOPED_TRACE(folder.path);
    const std::string id = get_string(plugin_of(folder), "id");
    bool has_sample = false;
    for (const auto& entry :
         fs::directory_iterator(fs::path(CHELA_SOURCE_DIR) / "manifests" / folder.kind)) {
      const std::string text = testing::read_whole_file(entry.path().string());
      has_sample = has_sample || text.find("\nplugin: " + id + "\n") != std::string::npos;
    }
    EXPECT_TRUE(has_sample) << "no manifest in manifests/" << folder.kind << " names " << id;
    std::size_t cases = 0;
    if (fs::exists(folder.path / "fixtures")) {
      cases = static_cast<std::size_t>(
          std::distance(fs::directory_iterator(folder.path / "fixtures"), {}));
    }
    EXPECT_GE(cases, 3u) << "fixtures";
  }
}

}  // namespace
}  // namespace chela
