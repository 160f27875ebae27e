// What a folder may look like after a power cut: every state that the writes, renames and syncs of
// a trace allow.
//
// The model is weak on purpose (after ALICE, Pillai et al. 2014): what is not synced may be on the
// disk or not, in any combination; a write may be there in part, in sectors of 512 bytes; a name
// reaches the disk with the fsync of its folder, bytes with the fsync of their file.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace chela::test {

using Folder = std::map<std::string, std::string>;  // name -> bytes

struct DiskOp {
  enum class Kind { write, truncate, names, sync_file, sync_folder };
  Kind kind = Kind::names;
  int file = -1;                     // write, truncate, sync_file
  std::size_t offset = 0;            // write; the new size for truncate
  std::string bytes;                 // write
  std::map<std::string, int> names;  // what each name means afterwards; -1 = no such name
};

struct Trace {
  std::vector<std::string> files;     // what was in each file before; "" for new ones
  std::map<std::string, int> before;  // name -> file
  std::vector<DiskOp> ops;
  Folder after() const;  // what the program saw at its end
  Folder start() const;
};

// Reads the output of `strace -y -xx -s 1000000` for what happened directly in `folder`, which was
// `before` when it began.
Trace read_trace(const std::string& text, const std::string& folder, const Folder& before);

// Calls `look` for every state after a power cut behind the first `done` operations, `done` from 0
// to all; `is_acknowledged` at the end of the trace. Returns how many there were.
long each_crash_state(const Trace& trace,
                      const std::function<void(const Folder&, bool is_acknowledged)>& look);

}  // namespace chela::test
