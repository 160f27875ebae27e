#include "program.h"

#include "words.h"

namespace check_system {
namespace {

using chela::ErrorCode;
using chela::fail;

std::string name_of(const std::string& program) {
  return program.substr(program.find_last_of('/') + 1);
}

std::string first_line(std::string_view text) {
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.remove_prefix(1);
  return shown(text.substr(0, text.find('\n')), 300);
}

}  // namespace

chela::Result<Answer> ask(chela::Host& host, chela::ExecRequest request) {
  const std::string name = name_of(request.argv.front());
  const auto patience = request.timeout;
  // As the first process of a namespace systemd's programs take themselves for a console and colour
  // even JSON.
  request.env.emplace_back("SYSTEMD_COLORS", "0");
  auto reply = host.exec().run(request);
  if (!reply) return fail(reply.error().code, name + ": " + reply.error().message);
  if (reply->timed_out) {
    return fail(ErrorCode::deadline_exceeded,
                name + " took longer than " + chela::format_duration(patience));
  }
  if (reply->signal != 0) {
    return fail(ErrorCode::unavailable,
                name + " was ended by signal " + std::to_string(reply->signal));
  }
  return Answer{std::move(reply->out), first_line(reply->err), reply->exit_code,
                reply->is_truncated};
}

chela::Result<Answer> ask_well(chela::Host& host, chela::ExecRequest request) {
  const std::string name = name_of(request.argv.front());
  CHELA_TRY(Answer answer, ask(host, std::move(request)));
  if (answer.exit_code == 0) return answer;
  return fail(
      ErrorCode::unavailable,
      name + (answer.err.empty() ? " ended with exit code " + std::to_string(answer.exit_code)
                                 : ": " + answer.err));
}

}  // namespace check_system
