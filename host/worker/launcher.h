// `chela-worker exec`: confines itself for one job and becomes the job's program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "worker/lock_down.h"
#include "worker/net_gate.h"

namespace chela::worker {

// {"argv":["git","status"],"env":["HOME=/home/ann"],"cwd":"/home/ann/work","read_paths":["/home/ann/work"],
//  "write_paths":[],"limits":{"memory_mb":512,"cpu_s":60,"file_mb":64},
//  "program":"/opt/checks/check_x","net":{"servers":[..],"paths":[..]},"confinement":"require"}
// Only argv must be there. argv[0] is a program's name, or its path in one of the folders of
// program_path; `program` is the file itself where it lies elsewhere. `net` is shown in net_gate.h;
// without it the program has no socket.
struct Job {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // the whole environment; PATH is added where it is missing
  std::string cwd = "/";
  std::string program;  // "" = what argv[0] means
  NetGate gate;
  LockDownRequest confinement;
};

inline constexpr std::string_view program_path = "/usr/local/bin:/usr/bin:/bin";
inline constexpr std::size_t max_job_bytes = 1024 * 1024;

// Fails with invalid_argument, naming the member, what was wanted and what was found.
Result<Job> parse_job(std::string_view text);

// The file that argv[0] means; not_found lists the folders, permission_denied a path outside them.
Result<std::string> find_program(std::string_view name);

// Reads the job from `job_fd` up to the end of file (the host shuts down its writing side, or it is
// a pipe or a sealed memfd), confines itself and runs the program with descriptors 0, 1, 2 as they
// are. Returns only on failure, with 126, after writing {"status":5,"message":".."} to `job_fd`
// (chela_status numbers) or, where that cannot be written, to standard error. On success the
// program's start closes `job_fd` without a byte; behind a gate this process stays, and a program
// that a signal ended is told at the end as {"signal":9}.
int launch(int job_fd);

}  // namespace chela::worker
