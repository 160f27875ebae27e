// Writes one file again and again, for tests that trace or kill a writer: writer <path> <size>
// <rounds>, 0 = for ever. Round n fills the file with the n-th letter, so a torn file shows as a
// mixture.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/durable_file.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto size = static_cast<std::size_t>(std::atol(argv[2]));
  const long rounds = std::atol(argv[3]);
  for (long i = 0; rounds == 0 || i < rounds; ++i) {
    const std::string bytes(size, static_cast<char>('a' + i % 26));
    if (const auto written = chela::base::write_durably(argv[1], bytes, 0600); !written) {
      std::fprintf(stderr, "%s\n", written.error().message.c_str());
      return 1;
    }
  }
  return 0;
}
