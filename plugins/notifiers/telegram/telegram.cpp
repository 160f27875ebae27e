// Sends messages to a Telegram chat. Source: Telegram's Bot API, sendMessage (7.0 or newer). Plain
// text without parse_mode, so that no words of a finding become markup.
#include <chela/notifier.h>
#include <chela/untrusted.h>

#include <algorithm>

#include "reply.h"
#include "words.h"

namespace telegram {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_channel(std::string_view text) {
  return text.size() > 1 && text.front() == '@' &&
         std::all_of(text.begin() + 1, text.end(), [](unsigned char c) {
           return (c < 0x80 && std::isalnum(c) != 0) || c == '_';
         });
}

// The message with its id below: Telegram has no other place for it, and two that came twice can be
// told by it. 4,096 units of UTF-16 are its limit; a text has at most as many as it has bytes.
std::string text_of(const chela::Message& message) {
  return notify::plain_text(message, 4000) + "\n(" + message.id + ")";
}

class Telegram : public chela::Notifier {
 public:
  static chela::Result<std::unique_ptr<Telegram>> create(const chela::Config& config) {
    auto made = std::make_unique<Telegram>();
    made->chat_id_ = config.get("chat_id");
    if (!is_number(made->chat_id_) && !is_channel(made->chat_id_))
      return fail(ErrorCode::invalid_argument,
                  "chat_id: wanted a number in quotes or @name of a channel, found '" +
                      notify::cut(made->chat_id_, 80) +
                      "'; write to your bot and look at getUpdates for the number");
    made->server_ = config.get("server", "https://api.telegram.org");
    while (made->server_.ends_with('/')) made->server_.pop_back();
    made->thread_id_ = config.get("thread_id", 0);
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    return made;
  }

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    json::object body{{"chat_id", chat_id_},
                      {"text", text_of(message)},
                      {"link_preview_options", json::object{{"is_disabled", true}}},
                      {"disable_notification", message.severity == "info"}};
    if (thread_id_ > 0) body["message_thread_id"] = thread_id_;
    chela::FetchRequest request;
    request.method = "POST";
    request.url = server_ + "/bot{{secret:token}}/sendMessage";
    request.headers.emplace_back("content-type", "application/json");
    request.body = json::serialize(body);
    request.timeout = timeout_;
    request.max_body_bytes = 256u << 10;
    CHELA_TRY(const chela::FetchReply reply, host.http().fetch(request));
    const auto document = chela::parse_json(reply.body).value_or(json::object());
    return judge_reply(host, reply, document);
  }

 private:
  chela::Result<chela::Delivery> judge_reply(const chela::Host& host,
                                             const chela::FetchReply& reply,
                                             const json::value& document) const {
    if (chela::get_bool(document, "ok") && reply.status == 200) {
      const auto* result = chela::find(document, "result");
      const auto number = result == nullptr ? 0 : chela::get_int(*result, "message_id");
      return chela::Delivery{"200 as message " + std::to_string(number)};
    }
    if (reply.status == 200)
      return fail(ErrorCode::failed_precondition,
                  server_ + " answered 200, but not as the Bot API does: look at `server`");
    return explain(host, reply, document);
  }

  chela::Result<chela::Delivery> explain(const chela::Host& host, chela::FetchReply reply,
                                         const json::value& document) const {
    const std::string said = chela::get_string(document, "description");
    if (const auto* parameters = chela::find(document, "parameters"); parameters != nullptr) {
      if (const auto wait = chela::get_int(*parameters, "retry_after"); wait > 0)
        reply.headers.emplace_back("retry-after", std::to_string(wait));
      if (const auto moved = chela::get_int(*parameters, "migrate_to_chat_id"); moved != 0)
        return fail(
            ErrorCode::failed_precondition,
            "the group has become a supergroup: set chat_id to \"" + std::to_string(moved) + "\"");
    }
    // The chat is a matter of the settings, which may be mended before the next try.
    if (reply.status == 400 && said.find("chat not found") != std::string::npos)
      return fail(ErrorCode::not_found,
                  "Telegram knows no chat '" + chat_id_ +
                      "' for this bot: write to the bot first, or make it a member of the group");
    if (reply.status == 400 && said.find("thread not found") != std::string::npos)
      return fail(ErrorCode::not_found, "Telegram knows no topic " + std::to_string(thread_id_) +
                                            " in this group: look at `thread_id`");
    notify::Hints hints{"Telegram", "the secret `token` is not taken: ask @BotFather for a new one",
                        "look at the secret `token`, which is no bot's",
                        "it does not take this message"};
    if (reply.status == 403)
      hints.key = "the person has blocked the bot, or it is no member of the chat";
    return notify::judge(host, reply, hints, said);
  }

  std::string chat_id_;
  std::string server_;
  std::int64_t thread_id_ = 0;
  chela::Duration timeout_{};
};

}  // namespace
}  // namespace telegram

using telegram::Telegram;
CHELA_NOTIFIER(Telegram)
