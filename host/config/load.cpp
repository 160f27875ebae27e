#include "config/load.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace chela::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 256 * 1024;
constexpr std::size_t kMaxFiles = 1000;
constexpr std::array<Kind, 4> kKinds{Kind::check, Kind::tasks, Kind::notifier, Kind::provider};

bool is_manifest(const fs::path& file) {
  const auto ending = file.extension();
  return (ending == ".yaml" || ending == ".yml") && !file.filename().string().starts_with('.');
}

// The entries of a folder by name, or the reason why it cannot be listed; a missing folder is
// empty.
Result<std::vector<fs::path>> list_folder(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  if (error) return fail(ErrorCode::unavailable, folder.string() + ": " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

// The id that a manifest means to set, also where the rest of it cannot be parsed: a top-level line
// `id: name`.
std::string guess_id(std::string_view text) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with("id:")) continue;
    line.remove_prefix(3);
    line = line.substr(0, line.find('#'));
    const auto first = line.find_first_not_of(" \t\"'");
    if (first == std::string_view::npos) continue;
    const auto last = line.find_last_not_of(" \t\r\"'");
    const auto id = line.substr(first, last - first + 1);
    if (is_instance_id(id)) return std::string(id);
  }
  return "";
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  Result<ManifestSet> load(const fs::path& folder) {
    CHELA_TRY(const auto entries, list_folder(folder));
    if (entries.empty()) return std::move(set_);
    CHELA_TRY(check_folder(folder, options_.trust));
    CHELA_TRY(read_host(folder));
    for (const auto& entry : entries) judge_entry(entry);
    for (const auto kind : kKinds) read_kind(folder / folder_of(kind), kind);
    return std::move(set_);
  }

 private:
  void complain(const fs::path& file, std::string id, std::string message) {
    set_.problems.push_back({file.string(), std::move(id), std::move(message)});
  }

  Result<void> read_host(const fs::path& folder) {
    std::error_code error;
    const auto file = folder / "host.yaml";
    const auto other = folder / "host.yml";
    if (fs::exists(file, error) && fs::exists(other, error)) {
      return fail(
          ErrorCode::invalid_argument,
          other.string() + ": a second host file; wanted one; found " + file.string() + " too");
    }
    const auto& chosen = fs::exists(other, error) ? other : file;
    const auto text = read_file(chosen, kMaxBytes, options_.trust);
    if (!text && text.error().code == ErrorCode::not_found) return {};
    if (!text) return fail(text.error());
    CHELA_TRY(const auto document, parse_yaml(*text, chosen.string()));
    CHELA_TRY(set_.host, parse_host(document));
    return {};
  }

  // A slip in a name must not silently switch checks off.
  void judge_entry(const fs::path& entry) {
    std::error_code error;
    const auto name = entry.filename().string();
    if (name.starts_with('.') || entry.extension() == ".off") return;
    if (!fs::is_directory(entry, error)) {
      if (!is_manifest(entry) || name == "host.yaml" || name == "host.yml") return;
      complain(entry, "",
               entry.string() +
                   ": nobody reads this file; wanted it in checks, tasks, notifiers or providers; "
                   "found it beside them");
      return;
    }
    if (kind_of_folder(name)) return;
    std::vector<std::string> known;
    for (const auto kind : kKinds) known.emplace_back(folder_of(kind));
    const auto meant = base::closest(name, known);
    if (meant.empty()) return;
    complain(
        entry, "",
        entry.string() + ": nobody reads the folder '" + name + "'; did you mean '" + meant + "'?");
  }

  void read_kind(const fs::path& folder, Kind kind) {
    const auto entries = list_folder(folder);
    if (!entries) return complain(folder, "", entries.error().message);
    if (entries->empty()) return;
    if (const auto trusted = check_folder(folder, options_.trust); !trusted) {
      // Its files stay out one by one, so that each instance is named.
      for (const auto& file : *entries) {
        if (!is_manifest(file)) continue;
        const auto text = read_file(file, kMaxBytes, Trust{false, {}});
        complain(file, text ? guess_id(*text) : "", trusted.error().message);
      }
      return;
    }
    for (const auto& file : *entries) {
      if (is_manifest(file)) read_instance(file, kind);
    }
  }

  void read_instance(const fs::path& file, Kind kind) {
    if (++files_ > kMaxFiles)
      return complain(file, "",
                      file.string() + ": too many manifests; wanted at most 1000; found more");
    const auto text = read_file(file, kMaxBytes, options_.trust);
    if (!text) {
      const auto untrusted = read_file(file, kMaxBytes, Trust{false, {}});
      return complain(file, untrusted ? guess_id(*untrusted) : "", text.error().message);
    }
    const auto document = parse_yaml(*text, file.string());
    if (!document) return complain(file, guess_id(*text), document.error().message);
    auto instance = parse_instance(*document, kind);
    if (!instance) {
      const auto id = get_string(document->value, "id");
      return complain(file, is_instance_id(id) ? id : "", instance.error().message);
    }
    const auto earlier =
        std::find_if(set_.instances.begin(), set_.instances.end(),
                     [&](const Instance& other) { return other.id == instance->id; });
    if (earlier != set_.instances.end()) {
      const auto at = where(file.string(), find_place(document->places, "/id").value);
      return complain(file, instance->id,
                      at + ": the id '" + instance->id +
                          "' is taken; wanted another; found it in " + earlier->source.file +
                          ", which stays");
    }
    instance->is_builtin = options_.is_builtin;
    set_.instances.push_back(std::move(*instance));
  }

  const LoadOptions& options_;
  ManifestSet set_;
  std::size_t files_ = 0;
};

}  // namespace

Result<ManifestSet> load_manifests(const fs::path& folder, const LoadOptions& options) {
  return Loader(options).load(folder);
}

std::vector<Instance> merge(const std::vector<Instance>& builtin, const ManifestSet& manifests) {
  std::vector<Instance> merged;
  for (const auto& instance : builtin) {
    const auto is_same = [&](const auto& other) { return other.id == instance.id; };
    const bool is_touched =
        std::any_of(manifests.instances.begin(), manifests.instances.end(), is_same) ||
        std::any_of(manifests.problems.begin(), manifests.problems.end(), is_same);
    if (!is_touched && instance.is_enabled) merged.push_back(instance);
  }
  std::copy_if(manifests.instances.begin(), manifests.instances.end(), std::back_inserter(merged),
               [](const Instance& instance) { return instance.is_enabled; });
  return merged;
}

}  // namespace chela::config
