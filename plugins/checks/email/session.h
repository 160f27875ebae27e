// One conversation with an IMAP server over an open stream: command, answer, command, answer. Every
// wait has an end, whatever the server does.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "chela/host.h"
#include "imap_parse.h"

namespace check_email {

struct Patience {
  chela::Duration whole;                               // for the whole conversation
  chela::Duration silence = std::chrono::seconds(15);  // without a single byte
};

class Session {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  // `begin` is when the conversation began, which is before the stream was opened.
  Session(const chela::Host& host, chela::Stream stream, Steady begin, const Patience& patience)
      : host_(host),
        stream_(std::move(stream)),
        end_(begin + patience.whole),
        patience_(patience) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  // Says good-bye, without waiting for an answer.
  ~Session();

  // Sends one command (commands.h) and returns the untagged responses before its OK. `what` names
  // it for people: "STATUS". Fails with not_found where the server knows no such mailbox,
  // unavailable where it cannot now or hangs up, failed_precondition where it refuses otherwise,
  // data_loss where it speaks something else, resource_exhausted where it says too much,
  // deadline_exceeded where it says nothing, cancelled.
  Result<std::vector<Response>> ask(const std::string& what, const std::string& command);

 private:
  Result<Response> next_response(const std::string& what);
  Result<void> read_more(const std::string& what);
  std::string describe_silence(const std::string& what, chela::Duration wait) const;

  const chela::Host& host_;
  chela::Stream stream_;
  Steady end_;
  Patience patience_;
  ImapReader reader_{};
  int commands_ = 0;
  bool is_sound_ = true;    // no answer is open
  bool has_begun_ = false;  // something came since the last command
};

}  // namespace check_email
