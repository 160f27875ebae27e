// One attack: a function that tries something a plugin must not do, and says how far it came.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>

namespace hostile {

// What the test has set up for the attacks to aim at; nothing outside of it is touched.
struct Lab {
  std::string attack;  // which one to run
  std::string home;    // holds .ssh/id_rsa and files to destroy
  pid_t victim = 0;    // a process of the same user, standing for the host and its other programs
  unsigned long victim_secret = 0;  // where in its memory the secret lies
  int tcp_port = 0;
  int udp_port = 0;
  std::string unix_path;
  std::string abstract_name;
};

// 0 when it worked, else the errno that stopped it.
struct Attack {
  const char* name;
  int (*run)(const Lab&);
};

std::span<const Attack> file_attacks();
std::span<const Attack> network_attacks();
std::span<const Attack> process_attacks();
std::span<const Attack> kernel_attacks();
std::span<const Attack> memory_attacks();
std::span<const Attack> self_attacks();

inline int outcome(long result) {
  return result < 0 ? errno : 0;
}

}  // namespace hostile
