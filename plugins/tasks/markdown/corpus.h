// The round-trip corpus of the tests: hand-written files, variants of each, and files made from a
// seed.
#pragma once

#include <string>
#include <vector>

namespace chela::markdown {

struct CorpusFile {
  std::string name;
  std::string bytes;
};

// fixtures/corpus/*.md of `plugin_dir`, sorted by name.
std::vector<CorpusFile> hand_written(const std::string& plugin_dir);

// The hand-written ones, each also with CRLF, with CR, with mixed line ends, with a byte order
// mark, without a final line end and with broken bytes in it, and 150 files put together at random
// from a fixed seed.
std::vector<CorpusFile> whole_corpus(const std::string& plugin_dir);

// One file of random sections, tasks, blocks, fences, comments, quotes and line ends.
std::string random_file(unsigned seed);

}  // namespace chela::markdown
