// Sends messages as mails. Sources: RFC 5321 (SMTP), RFC 5322 and MIME. The host connects, does TLS
// and the login; what is spoken here begins with MAIL FROM.
#include <chela/notifier.h>
#include <chela/untrusted.h>

#include <algorithm>

#include "address.h"
#include "compose.h"
#include "smtp.h"

namespace email {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr const char* kStateKey = "taken";  // by whom, of mails that not everybody has yet
constexpr std::size_t kRemembered = 20;

using Login = chela::StreamRequest::Login;

Login login_of(std::string_view word) {
  if (word == "bearer") return Login::bearer;
  return word == "none" ? Login::none : Login::password;
}

chela::Result<void> check_address(std::string_view where, std::string_view text) {
  if (is_address(text)) return {};
  return fail(ErrorCode::invalid_argument,
              std::string(where) +
                  ": wanted an address such as ana@example.org, without a name, "
                  "found '" +
                  std::string(text.substr(0, 80)) + "'");
}

// "bo@example.org (550 no such user)", the first three.
std::string list_of(const std::vector<std::pair<std::string, Reply>>& replies) {
  std::string text;
  for (std::size_t i = 0; i < replies.size() && i < 3; ++i)
    text += (i == 0 ? "" : ", ") + replies[i].first + " (" +
            std::to_string(replies[i].second.code) + " " +
            chela::untrusted_text(replies[i].second.text, 100) + ")";
  return text;
}

class Email : public chela::Notifier {
 public:
  static chela::Result<std::unique_ptr<Email>> create(const chela::Config& config) {
    auto made = std::make_unique<Email>();
    made->server_ = config.get("server");
    if (!made->server_.starts_with("smtps://") && !made->server_.starts_with("smtp://"))
      return fail(ErrorCode::invalid_argument,
                  "server: wanted smtps://host:465 or smtp://host:587, found '" +
                      made->server_.substr(0, 80) + "'");
    made->envelope_ = {config.get("from"), config.get("from_name", "chela"), config.strings("to")};
    CHELA_TRY(check_address("from", made->envelope_.from));
    if (made->envelope_.to.empty())
      return fail(ErrorCode::invalid_argument, "to: wanted at least one address, found none");
    for (std::size_t i = 0; i < made->envelope_.to.size(); ++i)
      CHELA_TRY(check_address("to." + std::to_string(i), made->envelope_.to[i]));
    made->login_ = login_of(config.get("login", "password"));
    made->user_ = config.get("user");
    if (made->user_.empty()) made->user_ = made->envelope_.from;
    made->timeout_ = config.duration("timeout", std::chrono::seconds(20));
    return made;
  }

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    json::object memory = read_memory(host);
    const auto had = chela::get_strings(memory, message.id);
    std::vector<std::string> to;
    for (const auto& address : envelope_.to) {
      if (std::find(had.begin(), had.end(), address) == had.end()) to.push_back(address);
    }
    if (to.empty()) return chela::Delivery{"everybody has it from an earlier try"};
    chela::StreamRequest request;
    request.url = server_;
    request.login = login_;
    request.user = login_ == Login::none ? "" : user_;
    request.timeout = timeout_;
    CHELA_TRY(chela::Stream stream, host.streams().open(request));
    Smtp smtp(std::move(stream), timeout_);
    CHELA_TRY(const Handover handover,
              smtp.send(envelope_.from, to, compose(envelope_, message, host.clock().now())));
    return conclude(host, message.id, handover, std::move(memory));
  }

 private:
  // Those who have the mail do not get it again where others are to be tried once more.
  chela::Result<chela::Delivery> conclude(chela::Host& host, const std::string& id,
                                          const Handover& handover, json::object memory) const {
    if (!handover.put_off.empty()) {
      if (!handover.taken.empty()) {
        auto had = chela::get_strings(memory, id);
        had.insert(had.end(), handover.taken.begin(), handover.taken.end());
        memory[id] = json::array(had.begin(), had.end());
        write_memory(host, std::move(memory));
      }
      return fail(ErrorCode::unavailable,
                  "the mail server does not take it yet for " + list_of(handover.put_off) +
                      (handover.taken.empty() ? "" : "; the others have it"));
    }
    if (handover.taken.empty())
      return fail(ErrorCode::invalid_argument,
                  "the mail server refuses " + list_of(handover.refused) + ": look at `to`");
    if (memory.erase(id) > 0) write_memory(host, std::move(memory));
    std::string answer = std::to_string(handover.answer.code) + " " +
                         chela::untrusted_text(handover.answer.text, 150);
    if (!handover.refused.empty()) {
      host.log().warn("the mail server refuses " + list_of(handover.refused));
      answer += "; refused: " + list_of(handover.refused);
    }
    return chela::Delivery{answer};
  }

  static json::object read_memory(const chela::Host& host) {
    const auto text = host.state().get(kStateKey);
    const auto document =
        text ? chela::parse_json(*text) : chela::Result<json::value>(json::object());
    return document && document->is_object() ? document->get_object() : json::object();
  }

  // A state that cannot be kept costs somebody the same mail twice, no more.
  static void write_memory(const chela::Host& host, json::object memory) {
    while (memory.size() > kRemembered) memory.erase(memory.begin());
    if (const auto kept = host.state().set(kStateKey, json::serialize(memory)); !kept)
      host.log().warn("who has which mail could not be kept: " + kept.error().message);
  }

  std::string server_;
  std::string user_;
  Envelope envelope_;
  Login login_ = Login::password;
  chela::Duration timeout_{};
};

}  // namespace
}  // namespace email

using email::Email;
CHELA_NOTIFIER(Email)
