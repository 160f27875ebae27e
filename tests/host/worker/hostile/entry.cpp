// A library whose constructor attacks: it runs inside dlopen(), before any code of the worker gets
// a say. Which attack, and at what, stands in descriptor 5; the answer goes to standard output as
// one number.

#include "attack.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace hostile {
namespace {

constexpr int lab_fd = 5;

Lab read_lab() {
  char text[4096] = {};
  const ssize_t size = ::pread(lab_fd, text, sizeof text - 1, 0);
  std::istringstream words(std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0));
  Lab lab;
  std::getline(words, lab.attack);
  words >> lab.home >> lab.victim >> lab.victim_secret >> lab.tcp_port >> lab.udp_port >>
      lab.unix_path >> lab.abstract_name;
  return lab;
}

void answer(const std::string& text) {
  const auto line = text + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(3);
}

__attribute__((constructor)) void attack() {
  const Lab lab = read_lab();
  for (const auto attacks : {file_attacks(), network_attacks(), process_attacks(), kernel_attacks(),
                             memory_attacks(), self_attacks()}) {
    for (const auto& candidate : attacks) {
      if (lab.attack != candidate.name) continue;
      answer(std::to_string(candidate.run(lab)));
      return;
    }
  }
  answer("unknown attack");
}

}  // namespace
}  // namespace hostile
