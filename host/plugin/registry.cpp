#include "plugin/registry.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"

namespace chela::plugin {
namespace {

namespace fs = std::filesystem;

// The libraries of one folder, sorted, so that every run sees the same order.
std::vector<std::string> libraries_in(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".so") paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

PluginFile look_at(const std::string& path, bool is_bundled) {
  PluginFile file{path, is_bundled, {}, std::nullopt};
  auto metadata = read_metadata(path);
  if (metadata) {
    file.metadata = std::move(*metadata);
  } else {
    file.problem = metadata.error();
  }
  return file;
}

void refuse_duplicates(std::vector<PluginFile>& files) {
  std::map<std::string, std::vector<PluginFile*>> by_id;
  for (auto& file : files) {
    if (!file.problem) by_id[file.metadata.id].push_back(&file);
  }
  for (auto& [id, same] : by_id) {
    if (same.size() < 2) continue;
    std::string paths;
    for (const auto* file : same) paths += (paths.empty() ? "" : " and ") + file->path;
    for (auto* file : same) {
      file->problem =
          Error{ErrorCode::already_exists,
                "plugin " + id + " is there more than once: " + paths + "; remove all but one"};
    }
  }
}

}  // namespace

Registry Registry::scan(const std::vector<std::string>& folders, const Bundle& bundle) {
  Registry registry;
  std::set<std::string> seen;
  for (const auto& folder : folders) {
    std::error_code error;
    const std::string real = fs::weakly_canonical(folder, error).string();
    if (error || !seen.insert(real).second) continue;
    registry.folders_.push_back(folder);
    const bool is_bundled =
        !bundle.folder.empty() && real == fs::weakly_canonical(bundle.folder, error).string();
    for (const auto& path : libraries_in(folder))
      registry.files_.push_back(look_at(path, is_bundled));
  }
  refuse_duplicates(registry.files_);
  return registry;
}

Result<const PluginFile*> Registry::find(std::string_view id) const {
  std::vector<std::string> known;
  const PluginFile* unusable = nullptr;
  for (const auto& file : files_) {
    if (file.metadata.id == id) {
      if (file.problem) return fail(*file.problem);
      return &file;
    }
    if (!file.problem) known.push_back(file.metadata.id);
    // A file that nobody can read the note of may still be the one that is meant.
    if (file.problem && fs::path(file.path).stem() == fs::path(id)) unusable = &file;
  }
  if (unusable != nullptr) {
    Error error = *unusable->problem;
    // Of a wrong ABI the note's reader says itself what to do.
    const bool is_damaged =
        error.code == ErrorCode::invalid_argument || error.code == ErrorCode::not_found;
    if (is_damaged) error.message += "; build it again or copy it anew, or remove it";
    return fail(std::move(error));
  }
  std::string message = "no plugin '" + std::string(id) + "' in";
  for (const auto& folder : folders_) message += " " + folder;
  if (const auto similar = base::closest(id, known); !similar.empty())
    message += "; did you mean '" + similar + "'?";
  return fail(ErrorCode::not_found, message + " (chela plugin list shows what is there)");
}

}  // namespace chela::plugin
