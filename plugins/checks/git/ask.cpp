#include "ask.h"

namespace check_git {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::uint64_t kOutputCap = 4u << 20;

// A repository's own configuration can name programs; none of them is wanted here. -c beats it.
constexpr const char* kSafeFlags[] = {"git",
                                      "--no-optional-locks",
                                      "--no-pager",
                                      "-c",
                                      "core.fsmonitor=false",
                                      "-c",
                                      "core.untrackedCache=keep",
                                      "-c",
                                      "core.hooksPath=/dev/null",
                                      "-c",
                                      "core.pager=cat",
                                      "-c",
                                      "core.editor=false",
                                      "-c",
                                      "gc.auto=0",
                                      "-c",
                                      "log.showSignature=false",
                                      "-c",
                                      "protocol.allow=never"};

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::vector<std::pair<std::string, std::string>> environment(const std::string& path) {
  return {{"LC_ALL", "C"},
          {"GIT_OPTIONAL_LOCKS", "0"},
          {"GIT_TERMINAL_PROMPT", "0"},
          {"GIT_CONFIG_NOSYSTEM", "1"},
          {"GIT_CONFIG_GLOBAL", "/dev/null"},
          // A partial clone would fetch what it misses; this beats protocol.<name>.allow of the
          // repository.
          {"GIT_NO_LAZY_FETCH", "1"},
          {"GIT_ALLOW_PROTOCOL", "none"},
          // The configured folder or nothing: a repository somewhere above is another one.
          {"GIT_CEILING_DIRECTORIES", folder_of(path)},
          {"GIT_CONFIG_COUNT", "1"},
          {"GIT_CONFIG_KEY_0", "safe.directory"},
          {"GIT_CONFIG_VALUE_0", path}};
}

std::string first_line(std::string_view text) {
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.remove_prefix(1);
  return std::string(text.substr(0, std::min<std::size_t>(text.find('\n'), 300)));
}

std::string command(const std::vector<std::string>& words) {
  return "git " + words.front();
}

}  // namespace

std::string_view whole_lines(const Answer& answer) {
  const std::string_view text = answer.out;
  return answer.is_truncated ? text.substr(0, text.rfind('\n') + 1) : text;
}

chela::Result<Answer> try_git(const Git& git, const std::vector<std::string>& words) {
  if (git.host.is_cancelled()) return fail(ErrorCode::cancelled, "the host cancelled this run");
  chela::ExecRequest request;
  request.argv.assign(std::begin(kSafeFlags), std::end(kSafeFlags));
  request.argv.insert(request.argv.end(), words.begin(), words.end());
  request.cwd = git.path;
  request.env = environment(git.path);
  request.timeout = git.timeout;
  request.max_output_bytes = kOutputCap;
  auto reply = git.host.exec().run(request);
  if (!reply && reply.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "git could not be started: " + reply.error().message +
                                          "; install it (Debian: apt install git) or set `enabled: "
                                          "false` in this check's manifest");
  }
  if (!reply) return fail(reply.error());
  if (reply->timed_out) {
    return fail(ErrorCode::deadline_exceeded,
                command(words) + " took longer than " + chela::format_duration(git.timeout) +
                    " in " + git.path +
                    "; raise `timeout`, or find out why that file system is slow");
  }
  if (reply->signal != 0) {
    return fail(ErrorCode::unavailable, command(words) + " in " + git.path +
                                            " was ended by signal " +
                                            std::to_string(reply->signal));
  }
  Answer answer{std::move(reply->out), "", reply->is_truncated};
  if (reply->exit_code != 0) {
    answer.refusal = first_line(reply->err);
    if (answer.refusal.empty()) {
      answer.refusal = command(words) + " ended with exit code " + std::to_string(reply->exit_code);
    }
  }
  return answer;
}

chela::Result<Answer> ask_git(const Git& git, const std::vector<std::string>& words) {
  CHELA_TRY(Answer answer, try_git(git, words));
  if (!answer.refusal.empty()) return fail(explain_refusal(git, answer.refusal));
  return answer;
}

chela::Error explain_refusal(const Git& git, std::string_view refusal) {
  const std::string said = "git said: " + std::string(refusal);
  if (refusal.find("dubious ownership") != std::string_view::npos) {
    return {ErrorCode::permission_denied,
            git.path +
                " belongs to another user, so git does not look at it; give the folder to the user "
                "that "
                "chela works for (chown -R), or set `path` to its real path if this is a link. " +
                said};
  }
  return {ErrorCode::failed_precondition,
          "cannot look at the repository in " + git.path + ". " + said};
}

}  // namespace check_git
