// What a program that was asked for a secret did, and what 1Password's texts mean. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/secret_outcome.h"

namespace chela::services {

enum class ProgramFate { exited, signalled, timed_out, too_much, cancelled, absent, not_started };

// How one run of a program ended, without what it printed.
struct ProgramReport {
  ProgramFate fate = ProgramFate::exited;
  int exit_code = 0;
  int signal = 0;
  Duration timeout{15'000};
  std::string why_not_started;
};

// What is known of one `op read` beside its report.
struct OpContext {
  std::string reference;   // op://..
  bool has_token = false;  // a service account's, or Connect: nobody can have been prompted
  std::string token_from;  // where it came from, for words
  std::string quotable;    // its text as it may be shown: redacted, one line; "" = not at all
};

// Why `op` gave no value, or nothing where it ended well. `text` is its standard error; op exits
// with 1 for nearly everything, so the text decides. Names in quotes and the reference itself do
// not count as words.
//   needs_human  signed out, no account, locked, prompt dismissed or timed out, app unreachable
//   config       no such vault, item or field; more than one; not shared with the account; bad
//   token
std::optional<SecretFailure> judge_op(const ProgramReport& report, std::string_view text,
                                      const OpContext& context);

// The same for any other program, of which only the report counts.
std::optional<SecretFailure> judge_program(const ProgramReport& report, const std::string& program);

// The command that lets a person mend `cause`, exactly as it is typed; "" where no command does.
std::string unlock_command(SecretCause cause);

// "[ERROR] 2026/11/22 05:40:11 text" -> "text": what op says, without its prefix, first line.
std::string_view op_message(std::string_view text);

}  // namespace chela::services
