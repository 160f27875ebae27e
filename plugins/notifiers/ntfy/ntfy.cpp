// Sends push messages through ntfy. Source: ntfy's "publish as JSON" (server 2.x); sequence_id, by
// which a message that comes twice replaces itself, since 2.16, and older servers pass it over.
#include <chela/notifier.h>

#include <algorithm>

#include "reply.h"
#include "words.h"

namespace ntfy {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

// A longer message becomes an attached file.
constexpr std::size_t kMessageBytes = 4000;

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return (c < 0x80 && std::isalnum(c) != 0) || c == '_' || c == '-';
         });
}

std::string_view tag_of(std::string_view severity) {
  if (severity == "crit") return "rotating_light";
  return severity == "warn" ? "warning" : "information_source";
}

class Ntfy : public chela::Notifier {
 public:
  static chela::Result<std::unique_ptr<Ntfy>> create(const chela::Config& config) {
    auto made = std::make_unique<Ntfy>();
    made->server_ = config.get("server", "https://ntfy.sh");
    while (made->server_.ends_with('/')) made->server_.pop_back();
    if (!made->server_.starts_with("https://") && !made->server_.starts_with("http://"))
      return fail(ErrorCode::invalid_argument,
                  "server: wanted scheme and host, such as https://ntfy.sh, found '" +
                      notify::cut(made->server_, 60) + "'");
    if (made->server_.find('/', made->server_.find("://") + 3) != std::string::npos)
      return fail(ErrorCode::invalid_argument,
                  "server: wanted no path (the topic has a setting of its own), found '" +
                      notify::cut(made->server_, 60) + "'");
    made->topic_ = config.get("topic");
    if (!is_topic(made->topic_))
      return fail(ErrorCode::invalid_argument,
                  "topic: wanted 1 to 64 letters, digits, _ and -, found '" +
                      notify::cut(made->topic_, 80) + "'");
    made->has_token_ = config.get("access", "open") == "token";
    if (const auto* priorities = chela::find(config.value(), "priorities"))
      made->priorities_ = *priorities;
    made->tags_ = config.strings("tags");
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    return made;
  }

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    chela::FetchRequest request;
    request.method = "POST";
    request.url = server_ + "/";
    request.headers.emplace_back("content-type", "application/json");
    if (has_token_) request.headers.emplace_back("authorization", "Bearer {{secret:token}}");
    request.body = json::serialize(body_of(message));
    request.timeout = timeout_;
    request.max_body_bytes = 64u << 10;
    CHELA_TRY(const chela::FetchReply reply, host.http().fetch(request));
    const auto document = chela::parse_json(reply.body).value_or(json::object());
    CHELA_TRY(chela::Delivery delivery,
              notify::judge(host, reply, hints(), chela::get_string(document, "error")));
    if (chela::get_string(document, "event") != "message")
      return fail(ErrorCode::failed_precondition,
                  server_ + " answered " + std::to_string(reply.status) +
                      ", but not as ntfy does: is `server` an ntfy server, and is no login page "
                      "before it?");
    delivery.answer += " as " + notify::cut(chela::get_string(document, "id"), 40);
    return delivery;
  }

 private:
  json::object body_of(const chela::Message& message) const {
    json::array tags{tag_of(message.severity)};
    for (const auto& tag : tags_) tags.emplace_back(tag);
    tags.emplace_back(message.id);  // older servers have no other place for it
    const int usual = message.severity == "crit" ? 5 : message.severity == "warn" ? 3 : 2;
    return {{"topic", topic_},
            {"title", notify::headline(message)},
            {"message", message.text(kMessageBytes)},
            {"priority", chela::get_int(priorities_, message.severity, usual)},
            {"tags", std::move(tags)},
            {"sequence_id", message.id}};
  }

  notify::Hints hints() const {
    return {"ntfy at " + server_,
            has_token_ ? "the secret `token` is not taken, or may not write to the topic"
                       : "this topic is not open: set `access: token` and the secret `token`",
            "there is no ntfy at this address: look at `server`",
            "it does not take this message: look at `topic` and `tags`"};
  }

  std::string server_;
  std::string topic_;
  bool has_token_ = false;
  json::value priorities_;
  std::vector<std::string> tags_;
  chela::Duration timeout_{};
};

}  // namespace
}  // namespace ntfy

using ntfy::Ntfy;
CHELA_NOTIFIER(Ntfy)
