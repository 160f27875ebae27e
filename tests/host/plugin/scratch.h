// A folder of the test's own beside the build, and copies of a real plugin to break.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace chela::plugin {

inline const std::string kRealPlugin = std::string(CHELA_BINARY_DIR) + "/plugins/check.system.so";

class Scratch {
 public:
  Scratch() {
    std::string pattern = std::string(CHELA_BINARY_DIR) + "/tests/plugin.XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string write(const std::string& name, const std::string& bytes) const {
    const auto path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  std::filesystem::path folder;
};

inline std::string real_bytes() {
  std::ifstream in(kRealPlugin, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace chela::plugin
