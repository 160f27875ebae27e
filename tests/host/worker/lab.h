// What the hostile library is pointed at: a home with a key in it, servers on this machine, a
// victim; and how one worker is started there.
#pragma once

#include "base/process.h"
#include "base/unique_fd.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace chela::worker::test {

using Fd = base::UniqueFd;

// The identity for workers of this test process: where it is root one without rights, else nothing.
std::optional<base::Identity> worker_identity();

// Where the build puts the programs and libraries of the tests, and `chela-worker`.
std::filesystem::path test_program(const std::string& name);
std::filesystem::path worker_program();

// Runs the tests of this program that match `filter` once more, as an unprivileged user. Needs
// root.
base::Exit run_again_as_unprivileged(const std::string& filter);

struct Pipe {
  Pipe();
  Fd reader;
  Fd writer;
};

// Reads until `lines` lines are there, or the end of the file; false at the deadline.
bool read_lines(int fd, std::size_t lines, int deadline_ms, std::string& text);

// A sealed memfd with the bytes of `file`, as the loader makes one.
Fd sealed_copy(const std::filesystem::path& file);
Fd memfd_with(const std::string& text);

struct WorkerRun {
  std::filesystem::path library;
  std::vector<std::string>
      options;  // of `chela-worker serve`; "--report" first prints what is enforced
  base::Namespaces namespaces = base::Namespaces::none;
  std::string lab_text;  // behind descriptor 5
  int deadline_ms = 20'000;
};

struct WorkerResult {
  std::vector<std::string> lines;  // of its standard output
  base::Exit exit;
  bool hangs = false;  // had to be killed at the deadline
  base::NamespaceSet namespaces;
};

// Starts the probe. Reads one line, or two with "--report", or up to the end of the file; then it
// is killed.
WorkerResult run_worker(const WorkerRun& run);

class Lab {
 public:
  Lab();
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Makes the files anew: an attack that works has destroyed some.
  void reset();
  std::string text(const std::string& attack) const;
  // How an attack went: "worked", the name of an errno ("EPERM"), a signal ("SIGSYS"), "hangs", or
  // what the probe said.
  std::string try_attack(const std::string& attack, const std::vector<std::string>& options,
                         base::Namespaces namespaces, int deadline_ms = 20'000);

 private:
  std::filesystem::path folder_;
  Fd tcp_;
  Fd udp_;
  Fd unix_;
  Fd abstract_;
  int tcp_port_ = 0;
  int udp_port_ = 0;
  std::string abstract_name_;
  std::optional<base::Child> victim_;
  std::string victim_secret_;
};

}  // namespace chela::worker::test
