// A mail server in memory, as small as the check needs: for tests.
#pragma once

#include <chela/testing/fake_net.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace check_email {

class SmallServer {
 public:
  std::uint32_t uid_validity = 17;
  std::string noise;                    // said before each answer to FETCH
  bool knows_parts = true;              // of headers
  std::optional<std::string> instead;   // said instead of every answer
  std::optional<chela::Error> refusal;  // of the login

  void add(std::string text, chela::Timestamp arrived) {
    mails_.push_back({next_uid_++, std::move(text), arrived, false});
  }
  void mark_as_read(std::uint32_t uid) {
    for (auto& mail : mails_) mail.is_seen = mail.is_seen || mail.uid == uid;
  }
  // New numbers from `first` on.
  void renumber(std::uint32_t first) {
    for (auto& mail : mails_) mail.uid = first++;
    next_uid_ = first;
  }

  chela::testing::FakeStreamServer stream() {
    chela::testing::FakeStreamServer server;
    server.talk = [this](std::string_view written) -> chela::Result<std::string> {
      if (written.empty()) {
        if (refusal) return chela::fail(*refusal);
        return std::string();
      }
      if (instead) return *instead;
      return answer(std::string(written));
    };
    return server;
  }

 private:
  struct Stored {
    std::uint32_t uid;
    std::string text;
    chela::Timestamp arrived;
    bool is_seen;
  };

  std::string answer(const std::string& line) const {
    std::istringstream words(line);
    std::string tag, verb, what;
    words >> tag >> verb >> what;
    const std::string done = tag + " OK done\r\n";
    if (verb == "STATUS") {
      return "* STATUS " + what + " (MESSAGES " + std::to_string(mails_.size()) + " UNSEEN " +
             std::to_string(unseen()) + " UIDNEXT " + std::to_string(next_uid_) + " UIDVALIDITY " +
             std::to_string(uid_validity) + ")\r\n" + done;
    }
    if (verb == "EXAMINE") {
      return "* " + std::to_string(mails_.size()) + " EXISTS\r\n* OK [UIDVALIDITY " +
             std::to_string(uid_validity) + "] x\r\n* OK [UIDNEXT " + std::to_string(next_uid_) +
             "] x\r\n" + tag + " OK [READ-ONLY] done\r\n";
    }
    if (verb == "UID" && what == "SEARCH") return search(line) + done;
    if (verb == "UID" && what == "FETCH") {
      words >> what;
      if (!knows_parts && line.find(")]<0.") != std::string::npos)
        return tag + " BAD no such thing\r\n";
      return noise + fetch(what, line) + done;
    }
    if (verb == "FETCH")
      return fetch(what, line) + done;  // no mail is ever removed: places are numbers
    return tag + " BAD what is " + verb + "?\r\n";
  }

  std::size_t unseen() const {
    std::size_t count = 0;
    for (const auto& mail : mails_) count += mail.is_seen ? 0 : 1;
    return count;
  }

  std::string search(const std::string& line) const {
    const auto at = line.find(" UID ", 8);
    const auto first = at == std::string::npos ? 1ul : std::stoul(line.substr(at + 5));
    std::string found = "* SEARCH";
    for (const auto& mail : mails_) {
      const bool is_last = &mail == &mails_.back();
      if ((mail.uid >= first || is_last) && !mail.is_seen) found += " " + std::to_string(mail.uid);
    }
    return found + "\r\n";
  }

  static bool is_in(std::uint32_t uid, const std::string& set) {
    std::istringstream parts(set);
    for (std::string part; std::getline(parts, part, ',');) {
      const auto colon = part.find(':');
      const auto first = std::stoul(part.substr(0, colon));
      const auto last = colon == std::string::npos      ? first
                        : part.substr(colon + 1) == "*" ? 4294967295ul
                                                        : std::stoul(part.substr(colon + 1));
      if (uid >= first && uid <= last) return true;
    }
    return false;
  }

  std::string fetch(const std::string& set, const std::string& line) const {
    std::string all;
    for (std::size_t i = 0; i < mails_.size(); ++i) {
      const auto& mail = mails_[i];
      if (!is_in(mail.uid, set)) continue;
      const auto end = mail.text.find("\r\n\r\n");
      const bool wants_text = line.find("BODY.PEEK[TEXT]") != std::string::npos;
      const std::string part =
          wants_text ? mail.text.substr(end + 4, 2048)
                     : mail.text.substr(
                           0, knows_parts ? std::min<std::size_t>(end + 4, 262'144) : end + 4);
      all += "* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(mail.uid) + " FLAGS (" +
             (mail.is_seen ? "\\Seen" : "") + ") INTERNALDATE \"" + date(mail.arrived) +
             "\" RFC822.SIZE " + std::to_string(mail.text.size()) +
             (wants_text ? " BODY[TEXT]<0> {"
                         : (knows_parts ? " BODY[HEADER.FIELDS (FROM SUBJECT)]<0> {"
                                        : " BODY[HEADER.FIELDS (FROM SUBJECT)] {")) +
             std::to_string(part.size()) + "}\r\n" + part + ")\r\n";
    }
    return all;
  }

  static std::string date(chela::Timestamp time) {
    using namespace std::chrono;
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    char text[40];
    std::snprintf(
        text, sizeof text, "%2u-%s-%04d %02d:%02d:%02d +0000", static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return text;
  }

  std::vector<Stored> mails_;
  std::uint32_t next_uid_ = 1;
};

}  // namespace check_email
