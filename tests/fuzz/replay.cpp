// Runs a fuzz target over stored inputs without libFuzzer, with any compiler: the corpus as a
// regression test.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz.h"

int main(int count, char** folders) {
  std::size_t runs = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(folders[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      const std::string input = bytes.str();
      std::fprintf(stderr, "%s\n", entry.path().filename().c_str());
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
      ++runs;
    }
  }
  std::printf("%zu stored inputs\n", runs);
  return runs > 0 ? 0 : 1;
}
