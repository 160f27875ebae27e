// Small file systems of a test's own: to be filled up, and gone with the program.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace chela::test {

namespace fs = std::filesystem;

// Mounts made here are this program's own and go with it. False without root.
inline bool has_own_mounts() {
  static const bool has =
      unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!has)
    std::cerr << "\n*** NOT TESTED: mounting needs root; run this test as root to see full and "
                 "read-only disks\n\n";
  return has;
}

// A file system of `size` at `folder`; gone at the end of the scope.
struct Mounted {
  Mounted(const fs::path& where, const char* size) : folder(where) {
    fs::create_directories(folder);
    is_there = mount("tmpfs", folder.c_str(), "tmpfs", 0,
                     (std::string("mode=0755,size=") + size).c_str()) == 0;
  }
  ~Mounted() { umount2(folder.c_str(), MNT_DETACH); }
  // Takes all the room that is left.
  void fill() const {
    std::ofstream out(folder / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void make_room() const { fs::remove(folder / "filler"); }
  fs::path folder;
  bool is_there = false;
};

}  // namespace chela::test
