#include "services/mail_stream_refusal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace chela::services {
namespace {

constexpr std::array kNotNow{"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"};
constexpr std::array kNotYou{"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED",
                             "PRIVACYREQUIRED", "CONTACTADMIN"};

// The next word of `line`, in capitals.
std::string take_word(std::string_view& line) {
  const auto end = std::min(line.find_first_of(" \r\n"), line.size());
  std::string word(line.substr(0, end));
  line.remove_prefix(std::min(end + 1, line.size()));
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

// "[UNAVAILABLE] try later" -> "UNAVAILABLE"; codes may have arguments.
std::string code_of(std::string_view text) {
  if (!text.starts_with('[')) return "";
  text.remove_prefix(1);
  text = text.substr(0, text.find(']'));
  return take_word(text);
}

template <class Codes>
bool has(const Codes& codes, const std::string& code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Error not_now(const std::string& code) {
  return {ErrorCode::unavailable, "the server cannot log anybody in now (" + code + ")"};
}

std::optional<Error> reason_of(const std::string& code) {
  if (has(kNotYou, code))
    return Error{ErrorCode::unauthenticated, "the server refuses the login (" + code + ")"};
  if (has(kNotNow, code)) return not_now(code);
  return std::nullopt;
}

// "454 4.7.0 try later" or "454-try later" -> "454"; "" where it is no reply of SMTP.
std::string_view smtp_code(std::string_view line) {
  const auto digits = std::min(line.find_first_not_of("0123456789"), line.size());
  const bool is_reply = digits == 3 && (line.size() == 3 || line[3] == ' ' || line[3] == '-' ||
                                        line[3] == '\r' || line[3] == '\n');
  return is_reply ? line.substr(0, 3) : std::string_view();
}

}  // namespace

void MailRefusal::hear(std::string_view line) {
  const bool is_greeting = !std::exchange(has_heard_, true);
  if (const auto code = smtp_code(line); !code.empty()) {
    if (code[0] == '5') reason_.reset();
    if (code[0] == '4') reason_ = not_now(std::string(code));
    return;
  }
  const std::string tag = take_word(line);
  const std::string word = take_word(line);
  if (tag == "*" && !is_greeting) return;
  if (word != "NO" && word != "BAD" && word != "BYE") return;
  reason_ = reason_of(code_of(line));
  if (!reason_ && word == "BYE")
    reason_ = Error{ErrorCode::unavailable, "the server hangs up instead of a greeting (BYE)"};
}

}  // namespace chela::services
