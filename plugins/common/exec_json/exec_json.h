// Runs a configured command through chela.exec/1 and takes what it says as JSON: success is exit
// code 0 and a document, everything else an error in words a person can act on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/host.h"

namespace chela::exec_json {

struct Command {
  std::vector<std::string> words{};  // the program's name and what always follows it; never empty
  // ssh joins its words with blanks and a shell on the other side splits them again: quote what is
  // added.
  bool is_quoted_for_shell = false;
  std::string folder{};  // where it runs, absolute; empty = /
  std::vector<std::pair<std::string, std::string>> env{};
  Duration timeout = std::chrono::seconds(10);
  std::uint64_t max_output_bytes = 4u << 20;
};

struct Answer {
  int exit_code = 0;
  std::string out{};
  std::string err{};
};

// Runs `command` with `words` behind it. A program that ran to its end is an Answer, whatever its
// exit code; ssh's own 255 is unavailable. Fails with failed_precondition (not installed: never
// not_found, which is a backend's word for a task), permission_denied (not granted),
// deadline_exceeded, unavailable (ended by a signal), resource_exhausted (more output than
// max_output_bytes), cancelled.
Result<Answer> run(const Host& host, const Command& command, const std::vector<std::string>& words,
                   std::string input = {});

// The document in `answer.out`. data_loss where it is none; `what` names the question: "task
// export".
Result<json::value> read_json(const Answer& answer, std::string_view what);

// What a program said, for a message: stderr, else stdout; on one line, without control characters,
// at most 300 bytes. "exit code 3" where it said nothing.
std::string said(const Answer& answer);

// `text` on one line, control characters and broken UTF-8 replaced, at most `max_bytes`.
std::string printable(std::string_view text, std::size_t max_bytes);

// 'it'\''s': one word for any POSIX shell, whatever is in it.
std::string shell_quoted(std::string_view word);

// Whether the program is ssh, so that words must be quoted for the shell behind it.
bool is_remote(const std::vector<std::string>& words);

}  // namespace chela::exec_json
