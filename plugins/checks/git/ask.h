// Asks git one question through the host: harmless flags, clean environment, failures in words a
// person can act on.
#pragma once

#include <chela/host.h>

namespace check_git {

struct Git {
  chela::Host& host;
  std::string path;  // the working tree
  chela::Duration timeout;
};

struct Answer {
  std::string out;
  std::string
      refusal;  // what git said where it exited with an error; empty where it did what was asked
  bool is_truncated = false;
};

// What was printed, without a last line that a cap cut in two.
std::string_view whole_lines(const Answer& answer);

// Runs `git <safe flags> <words>` in git.path. Nothing is written, fetched, prompted for, paged or
// hooked; the repository's own core.fsmonitor is not run. A git that refuses is an Answer;
// not_found where it is not installed, deadline_exceeded where it was too slow, unavailable where a
// signal ended it.
chela::Result<Answer> try_git(const Git& git, const std::vector<std::string>& words);

// The same, where a refusal is a failure too.
chela::Result<Answer> ask_git(const Git& git, const std::vector<std::string>& words);

// What git's refusal means for the person: permission_denied for "dubious ownership", else
// failed_precondition.
chela::Error explain_refusal(const Git& git, std::string_view refusal);

}  // namespace check_git
