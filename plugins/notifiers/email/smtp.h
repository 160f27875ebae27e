// The client's side of SMTP (RFC 5321) behind the login: MAIL FROM, RCPT TO, DATA.
#pragma once

#include <chela/stream.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace email {

// One reply of the server, of one or several lines.
struct Reply {
  int code = 0;
  std::string text{};  // of its lines, joined by blanks, for people
};

// Takes one whole reply off the front of `bytes`; code 0 where it is not complete yet. data_loss
// where that is no SMTP.
chela::Result<Reply> take_reply(std::string& bytes);

// `mail` with a dot before each line that begins with one, and the line of a single dot at its end.
std::string stuff_dots(std::string_view mail);

// What became of a mail.
struct Handover {
  Reply answer{};                                        // to the end of the data
  std::vector<std::string> taken{};                      // recipients
  std::vector<std::pair<std::string, Reply>> refused{};  // never: 5xx
  std::vector<std::pair<std::string, Reply>> put_off{};  // later: 4xx
};

class Smtp {
 public:
  Smtp(chela::Stream stream, chela::Duration timeout)
      : stream_(std::move(stream)), timeout_(timeout) {}

  // Hands `mail` over to as many of `to` as the server takes. Where it takes none, no mail is sent
  // and `taken` is empty. An error is about all of them, or leaves open whether the mail was taken.
  chela::Result<Handover> send(const std::string& from, const std::vector<std::string>& to,
                               std::string_view mail);

 private:
  chela::Result<Reply> ask(std::string_view command);
  chela::Result<Reply> read_reply(chela::Duration timeout);
  void quit();  // for good manners; whatever comes back counts for nothing

  chela::Stream stream_;
  chela::Duration timeout_;
  std::string unread_{};
};

}  // namespace email
