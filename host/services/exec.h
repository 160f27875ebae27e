// chela.exec/1 on the host's side: runs a granted program, confined, and gives back what it
// printed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "base/time.h"
#include "services/files.h"
#include "services/grant.h"

namespace chela::services {

inline constexpr std::uint64_t default_output_bytes = 1u << 20;
inline constexpr std::uint64_t max_output_bytes = 8u << 20;

struct ExecRequest {
  std::vector<std::string> argv;  // argv[0] is a program as it stands in the grant
  std::string cwd;                // absolute, inside allow.read or allow.write; empty = "/"
  std::vector<std::pair<std::string, std::string>> env;
  std::string input;                                      // standard input, whole
  Duration timeout{10'000};                               // 0 = until the deadline
  std::uint64_t max_output_bytes = default_output_bytes;  // of out and of err, each; capped
  std::optional<base::Identity>
      run_as;  // when root; nullopt = the owner of `cwd`, where that is "/" an unprivileged user:
               // one of its own, or `nobody` where the grant names path sockets
};

// Reads the request document of chela.exec/1 (everything but run_as). Fails with invalid_argument.
Result<ExecRequest> parse_exec_request(std::string_view document);

struct ExecOutcome {
  int exit_code = 0;  // -1 where a signal ended it
  int signal = 0;
  bool timed_out = false;
  bool is_truncated = false;
  std::string out;
  std::string err;
};

// {"exit_code":0} or {"signal":9,"timed_out":true}, with "truncated":true: the `info` of
// chela.exec/1.
std::string exec_info(const ExecOutcome& outcome);

struct ExecSettings {
  std::string
      worker;  // absolute path of chela-worker, which confines itself and becomes the program
  bool require_confinement =
      true;  // false: runs with the layers that this system has (`confinement: best-effort`)
};

// [loop-thread]
class Exec {
 public:
  explicit Exec(ExecSettings settings) : settings_(std::move(settings)) {}

  // Runs to its end, its timeout or `deadline`, whichever is first: then all its processes are
  // killed and what was printed so far is the outcome (timed_out). A program that ran and failed is
  // a value. No process, pipe or zombie outlives the wait, also where the awaiting coroutine is
  // destroyed or cancelled (`cancelled`). Fails with permission_denied (program or cwd not
  // granted), invalid_argument (argv, a refused variable such as LD_PRELOAD), not_found (program
  // not installed), failed_precondition (it could not be confined), resource_exhausted (processes,
  // descriptors, more than 8 MiB of input). `caller` and this must outlive it.
  boost::asio::awaitable<Result<ExecOutcome>> run(const Caller& caller, ExecRequest request,
                                                  Deadline deadline) const;

 private:
  ExecSettings settings_;
  // Programs that run at the same time under root are different users: one that uses up all its
  // processes leaves the others theirs.
  mutable std::size_t runs_ = 0;
};

// Whether a plugin may set this variable: not those by which a loader, shell or interpreter runs
// foreign code.
bool is_refused_variable(std::string_view name);

}  // namespace chela::services
