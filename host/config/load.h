// Reads a folder of manifests; one bad instance never takes another with it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "chela/result.h"
#include "config/file.h"
#include "config/manifest.h"

namespace chela::config {

// A manifest that cannot be used.
struct Problem {
  std::string file;
  std::string id;       // of the instance that is out because of it; "" = could not be made out
  std::string message;  // one line per mistake, each with its file
};

struct ManifestSet {
  HostConfig host;
  std::vector<Instance>
      instances;  // by kind, then file name; ids are unique; disabled ones included
  std::vector<Problem> problems;
};

struct LoadOptions {
  Trust trust;
  bool is_builtin = false;  // marks the instances as part of the installation
};

// Reads `folder`/host.yaml and `folder`/{checks,tasks,notifiers,providers}/*.yaml (or .yml). Other
// endings (.off), hidden files and other files are left alone; a folder that nobody reads, such as
// `check`, becomes a problem. No such folder = an empty set. Of two files with one id the first by
// folder and name is kept and the second is a problem. Fails only where host.yaml is bad or not to
// be trusted, or the folder itself cannot be read.
Result<ManifestSet> load_manifests(const std::filesystem::path& folder,
                                   const LoadOptions& options = {});

// What is on: the built-in instances that no manifest replaces, then the manifests' own, without
// the disabled ones. A manifest that is a problem takes the built-in instance of its id out, too:
// its author meant to change it, and the unchanged one may be allowed more than they wanted.
std::vector<Instance> merge(const std::vector<Instance>& builtin, const ManifestSet& manifests);

}  // namespace chela::config
