#include "exec_json.h"

#include <algorithm>

namespace chela::exec_json {
namespace {

constexpr int kSshFailed = 255;  // ssh(1): "255 if an error occurred", else the remote exit code

std::string name_of(const Command& command) {
  return command.words.empty() ? "" : command.words.front();
}

Error explain(const Command& command, const Error& error) {
  if (error.code != ErrorCode::not_found) return error;
  return {ErrorCode::failed_precondition,
          name_of(command) + " could not be started: " + error.message};
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string line;
  for (const char c : replace_invalid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_blank = byte <= 0x20 || byte == 0x7f;
    if (is_blank && (line.empty() || line.back() == ' ')) continue;
    line += is_blank ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  if (line.size() <= max_bytes) return line;
  std::size_t cut = max_bytes;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
  return line.substr(0, cut) + "...";
}

std::string said(const Answer& answer) {
  std::string words = printable(answer.err, 300);
  if (words.empty()) words = printable(answer.out, 300);
  return words.empty() ? "exit code " + std::to_string(answer.exit_code) : words;
}

std::string shell_quoted(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

bool is_remote(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  return words.front() == "ssh" || words.front().ends_with("/ssh");
}

Result<Answer> run(const Host& host, const Command& command, const std::vector<std::string>& words,
                   std::string input) {
  const std::string name = name_of(command);
  if (name.empty()) return fail(ErrorCode::invalid_argument, "command: wanted a program, found []");
  if (host.is_cancelled())
    return fail(ErrorCode::cancelled, "cancelled before " + name + " was started");
  ExecRequest request;
  request.argv = command.words;
  for (const auto& word : words) {
    request.argv.push_back(command.is_quoted_for_shell ? shell_quoted(word) : word);
  }
  request.cwd = command.folder;
  request.env = command.env;
  request.input = std::move(input);
  request.timeout = command.timeout;
  request.max_output_bytes = command.max_output_bytes;
  auto reply = host.exec().run(request);
  if (!reply) return fail(explain(command, reply.error()));
  if (reply->timed_out) {
    return fail(
        ErrorCode::deadline_exceeded,
        name + " took longer than " + format_duration(command.timeout) + " (setting 'timeout')");
  }
  if (reply->signal != 0) {
    return fail(ErrorCode::unavailable,
                name + " was ended by signal " + std::to_string(reply->signal));
  }
  if (reply->is_truncated) {
    return fail(ErrorCode::resource_exhausted, name + " printed more than " +
                                                   std::to_string(command.max_output_bytes) +
                                                   " bytes; move old tasks away");
  }
  Answer answer{reply->exit_code, std::move(reply->out), std::move(reply->err)};
  if (is_remote(command.words) && answer.exit_code == kSshFailed)
    return fail(ErrorCode::unavailable, "ssh said: " + said(answer));
  return answer;
}

Result<json::value> read_json(const Answer& answer, std::string_view what) {
  auto document = parse_json(answer.out);
  if (document) return document;
  return fail(ErrorCode::data_loss, std::string(what) + " gave no JSON (" +
                                        document.error().message + "): '" +
                                        printable(answer.out, 120) + "'");
}

}  // namespace chela::exec_json
