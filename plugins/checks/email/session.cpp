#include "session.h"

#include <algorithm>

#include "chela/untrusted.h"
#include "words.h"

namespace check_email {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMaxResponses = 20'000;  // to one command

std::string quote(const std::string& words) {
  return words.empty() ? "" : ": '" + chela::untrusted_text(words, 150) + "'";
}

// The tagged answer of a server that does not do what was asked.
chela::Error refusal(const std::string& what, const StatusLine& line) {
  const auto code = line.code.substr(0, line.code.find(' '));
  const std::string said = quote(line.text);
  if (line.word == "BAD") {
    return {ErrorCode::failed_precondition, "the mail server does not understand " + what + said};
  }
  // Dovecot answers STATUS without a code.
  const bool speaks_of_absence = code.empty() && (contains_word(line.text, "exist") ||
                                                  contains_word(line.text, "unknown mailbox"));
  if (code == "NONEXISTENT" || code == "TRYCREATE" || speaks_of_absence) {
    return {ErrorCode::not_found,
            "the mail server has no such mailbox" + said + ". Set `mailbox` to one that it has"};
  }
  if (code == "UNAVAILABLE" || code == "INUSE" || code == "LIMIT" || code == "SERVERBUG")
    return {ErrorCode::unavailable, "the mail server cannot do " + what + " now" + said};
  if (code == "AUTHENTICATIONFAILED" || code == "AUTHORIZATIONFAILED" || code == "EXPIRED" ||
      code == "PRIVACYREQUIRED") {
    return {ErrorCode::unauthenticated,
            "the mail server does not let this user in" + said + ": check user and password"};
  }
  return {ErrorCode::failed_precondition, "the mail server refuses " + what + said};
}

}  // namespace

Session::~Session() {
  if (is_sound_ && commands_ > 0) {
    // Whether it arrives makes no difference any more.
    const auto sent = stream_.write("c" + std::to_string(commands_ + 1) + " LOGOUT\r\n",
                                    std::chrono::milliseconds(500));
    static_cast<void>(sent);
  }
}

Result<std::vector<Response>> Session::ask(const std::string& what, const std::string& command) {
  const std::string tag = "c" + std::to_string(++commands_);
  is_sound_ = false;  // until this answer is whole
  has_begun_ = false;
  CHELA_TRY(stream_.write(tag + " " + command + "\r\n"));
  std::vector<Response> responses;
  while (true) {
    CHELA_TRY(Response response, next_response(what));
    const auto line = parse_status_line(response);
    if (line && line->tag == "*" && line->word == "BYE")
      return fail(ErrorCode::unavailable, "the mail server hangs up" + quote(line->text));
    if (response.text().starts_with("* ")) {
      if (responses.size() == kMaxResponses)
        return fail(ErrorCode::resource_exhausted,
                    "the mail server does not stop answering " + what);
      responses.push_back(std::move(response));
      continue;
    }
    if (!line || line->tag != tag) {
      return fail(ErrorCode::data_loss,
                  "what answers " + what + " speaks no sound IMAP: found" + quote(response.text()));
    }
    if (line->word != "OK") return fail(refusal(what, *line));
    is_sound_ = true;
    return responses;
  }
}

Result<Response> Session::next_response(const std::string& what) {
  while (true) {
    if (auto response = reader_.next()) return std::move(*response);
    CHELA_TRY(read_more(what));
  }
}

Result<void> Session::read_more(const std::string& what) {
  if (host_.is_cancelled()) return fail(ErrorCode::cancelled, "the check was cancelled");
  const auto left =
      std::chrono::duration_cast<chela::Duration>(end_ - std::chrono::steady_clock::now());
  const auto wait = std::clamp(left, chela::Duration::zero(), patience_.silence);
  const bool has_time = wait > chela::Duration::zero();
  const Result<std::string> bytes =
      has_time ? stream_.read(wait) : Result<std::string>(fail(ErrorCode::deadline_exceeded, ""));
  if (!bytes && bytes.error().code == ErrorCode::deadline_exceeded)
    return fail(ErrorCode::deadline_exceeded, describe_silence(what, wait));
  if (!bytes) return fail(bytes.error());
  if (bytes->empty())
    return fail(ErrorCode::unavailable, "the mail server ended the connection at " + what);
  has_begun_ = true;
  return reader_.feed(*bytes);
}

// A server that says nothing, one that stops in the middle, and one that only is too slow.
std::string Session::describe_silence(const std::string& what, chela::Duration wait) const {
  const std::string span = chela::describe_duration(wait);
  if (!has_begun_) return "the mail server is silent: no answer to " + what + " for " + span;
  if (wait == patience_.silence)
    return "the mail server fell silent within its answer to " + what + ", for " + span;
  return "the mail server did not come to an end within " +
         chela::format_duration(patience_.whole) + "; it was at " + what +
         ". Raise `timeout` where it is only slow";
}

}  // namespace check_email
