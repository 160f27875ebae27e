#include "smtp.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace email {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostReplyBytes = 16u << 10;
constexpr std::size_t kPieceBytes = 256u << 10;

std::string words_of(const Reply& reply) {
  return std::to_string(reply.code) + " " + chela::untrusted_text(reply.text, 200);
}

// Whether a 5xx behind DATA is about who sends (5.7 policy, 5.4 quotas): that may be put in order
// before the next try, while a mail that is too large stays so.
bool is_about_the_sender(const Reply& reply) {
  return reply.text.starts_with("5.7.") || reply.text.starts_with("5.4.");
}

// What a refusal of the whole mail means.
chela::Error refusal(std::string_view step, const Reply& reply, ErrorCode for_5xx) {
  ErrorCode code = reply.code >= 500 ? for_5xx : ErrorCode::unavailable;
  std::string hint;
  if (reply.code == 530 || reply.code == 535) {
    code = ErrorCode::unauthenticated;
    hint = "; the server wants a login: set `login: password`, `user` and the secret `password`";
  }
  return {code, "the mail server answered to " + std::string(step) + ": " + words_of(reply) + hint};
}

struct Line {
  int code = 0;
  bool is_last = false;
  std::string_view text{};
};

// nullopt where it is none of SMTP's: three digits, then a blank, a dash or nothing.
std::optional<Line> parse_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit))
    return std::nullopt;
  if (line[0] < '2' || line[0] > '5') return std::nullopt;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return std::nullopt;
  return Line{(line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'),
              line.size() == 3 || line[3] == ' ', line.size() > 4 ? line.substr(4) : ""};
}

}  // namespace

chela::Result<Reply> take_reply(std::string& bytes) {
  Reply reply;
  for (std::size_t begin = 0;;) {
    const auto end = bytes.find('\n', begin);
    if (end == std::string::npos) break;
    const auto line = parse_line(std::string_view(bytes).substr(begin, end - begin));
    if (!line || (reply.code != 0 && line->code != reply.code))
      return fail(ErrorCode::data_loss, "wanted a reply of SMTP, found '" +
                                            chela::untrusted_text(std::string_view(bytes).substr(
                                                begin, std::min<std::size_t>(end - begin, 80))) +
                                            "'; is that a mail server for sending?");
    reply.code = line->code;
    if (!line->text.empty())
      reply.text += (reply.text.empty() ? "" : " ") + std::string(line->text);
    begin = end + 1;
    if (!line->is_last) continue;
    bytes.erase(0, begin);
    return reply;
  }
  if (bytes.size() > kMostReplyBytes)
    return fail(ErrorCode::data_loss, "the mail server's reply does not end within 16 KiB");
  return Reply{};
}

std::string stuff_dots(std::string_view mail) {
  std::string out;
  out.reserve(mail.size() + 16);
  bool begins_line = true;
  for (const char c : mail) {
    if (begins_line && c == '.') out += '.';
    out += c;
    begins_line = c == '\n';
  }
  if (!begins_line) out += "\r\n";
  return out + ".\r\n";
}

chela::Result<Reply> Smtp::read_reply(chela::Duration timeout) {
  for (;;) {
    CHELA_TRY(Reply reply, take_reply(unread_));
    if (reply.code != 0) return reply;
    const auto bytes = stream_.read(timeout);
    if (!bytes && bytes.error().code == ErrorCode::deadline_exceeded)
      return fail(ErrorCode::deadline_exceeded,
                  "the mail server did not answer in " + chela::describe_duration(timeout));
    if (!bytes) return fail(bytes.error());
    if (bytes->empty())
      return fail(ErrorCode::unavailable,
                  "the mail server ended the connection before it answered");
    unread_ += *bytes;
  }
}

chela::Result<Reply> Smtp::ask(std::string_view command) {
  CHELA_TRY(stream_.write(std::string(command) + "\r\n", timeout_));
  return read_reply(timeout_);
}

void Smtp::quit() {
  const chela::Duration short_time = std::min<chela::Duration>(timeout_, std::chrono::seconds(2));
  if (stream_.write("QUIT\r\n", short_time)) (void)read_reply(short_time);
}

chela::Result<Handover> Smtp::send(const std::string& from, const std::vector<std::string>& to,
                                   std::string_view mail) {
  CHELA_TRY(const Reply sender, ask("MAIL FROM:<" + from + ">"));
  if (sender.code != 250)
    return fail(refusal("the sender's address", sender, ErrorCode::failed_precondition));
  Handover handover;
  for (const auto& address : to) {
    CHELA_TRY(const Reply reply, ask("RCPT TO:<" + address + ">"));
    if (reply.code == 421 || reply.code == 530)
      return fail(refusal("a recipient's address", reply, ErrorCode::failed_precondition));
    if (reply.code == 250 || reply.code == 251)
      handover.taken.push_back(address);
    else
      (reply.code >= 500 ? handover.refused : handover.put_off).emplace_back(address, reply);
  }
  if (handover.taken.empty()) {
    quit();
    return handover;
  }
  CHELA_TRY(const Reply ready, ask("DATA"));
  if (ready.code != 354) return fail(refusal("DATA", ready, ErrorCode::failed_precondition));
  const std::string stuffed = stuff_dots(mail);
  for (std::string_view rest = stuffed; !rest.empty();) {
    const auto piece = rest.substr(0, kPieceBytes);
    CHELA_TRY(stream_.write(piece, timeout_));
    rest.remove_prefix(piece.size());
  }
  CHELA_TRY(handover.answer, read_reply(timeout_));
  if (handover.answer.code != 250)
    return fail(refusal("the mail", handover.answer,
                        is_about_the_sender(handover.answer) ? ErrorCode::failed_precondition
                                                             : ErrorCode::invalid_argument));
  quit();
  return handover;
}

}  // namespace email
