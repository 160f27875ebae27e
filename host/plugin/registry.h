// Which plugins there are: every .so in the plugin path, known by its note, not opened.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugin/note.h"

namespace chela::plugin {

struct PluginFile {
  std::string path;
  bool is_bundled = false;  // its folder is the installation's
  Metadata metadata;        // only where `problem` is empty or is about a duplicate
  std::optional<Error> problem;
};

// The bundled plugins' hashes, from the bundled.lock beside them whose own hash is in this program.
struct Bundle {
  std::string folder;
  std::map<std::string, std::string, std::less<>> sha256_by_id;
};

class Registry {
 public:
  // Reads the notes of all *.so in `folders`, in this order; a folder that is missing is passed
  // over. Two files with one id are both refused, with both paths named. Reads about 1 KiB per
  // file.
  static Registry scan(const std::vector<std::string>& folders, const Bundle& bundle);

  const std::vector<PluginFile>& files() const { return files_; }
  // not_found lists similar ids and the folders that were searched; otherwise the file's own
  // problem.
  Result<const PluginFile*> find(std::string_view id) const;

 private:
  std::vector<PluginFile> files_;
  std::vector<std::string> folders_;
};

}  // namespace chela::plugin
