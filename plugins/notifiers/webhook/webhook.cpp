// Sends a message as JSON to an incoming webhook. Sources: Slack's incoming webhooks, Discord's
// "execute webhook", both as of 2026; what is neither gets a template.
#include <chela/notifier.h>

#include <algorithm>

#include "body.h"
#include "fill.h"
#include "reply.h"

namespace webhook {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

using Headers = std::vector<std::pair<std::string, std::string>>;

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Headers of one's own, in lower case.
chela::Result<Headers> headers_of(const chela::Config& config) {
  Headers headers;
  const auto* members = chela::find(config.value(), "headers");
  if (members == nullptr || !members->is_object()) return headers;
  for (const auto& [key, value] : members->get_object()) {
    std::string name(key);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    // In backticks: "headers.x-token: wanted" would look like a secret to the host.
    const std::string where = "`headers." + std::string(key) + "`";
    if (!is_token(name) || name == "content-type" || name == "content-length" || name == "host" ||
        name == "idempotency-key")
      return fail(ErrorCode::invalid_argument,
                  where +
                      ": wanted the name of a header that is not set anyway (content-type, "
                      "content-length, host and idempotency-key are)");
    if (!value.is_string() || !is_printable(value.get_string()))
      return fail(ErrorCode::invalid_argument, where + ": wanted one line of text");
    headers.emplace_back(name, value.get_string());
  }
  return headers;
}

class Webhook : public chela::Notifier {
 public:
  static chela::Result<std::unique_ptr<Webhook>> create(const chela::Config& config) {
    auto made = std::make_unique<Webhook>();
    const std::string server = config.get("server");
    if (!server.starts_with("https://") && !server.starts_with("http://"))
      return fail(ErrorCode::invalid_argument,
                  "server: wanted scheme and host of the webhook, such as "
                  "https://hooks.slack.com, found '" +
                      server.substr(0, 60) + "'");
    made->preset_ = config.get("preset", "generic");
    const auto* shape = chela::find(config.value(), "template");
    if (shape != nullptr && shape->is_object()) made->template_ = shape->get_object();
    if (!made->template_.empty() && made->preset_ != "generic")
      return fail(ErrorCode::invalid_argument,
                  "template: it stands in place of a preset; leave `preset` out, found '" +
                      made->preset_ + "'");
    CHELA_TRY(check_template(made->template_));
    CHELA_TRY(made->headers_, headers_of(config));
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    return made;
  }

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    chela::FetchRequest request;
    request.method = "POST";
    request.url = "{{secret:url}}";
    request.headers = headers_;
    request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back("idempotency-key", message.id);
    request.body = json::serialize(body_of(message));
    request.fills_body = has_secret(template_);
    request.timeout = timeout_;
    request.max_body_bytes = 64u << 10;
    CHELA_TRY(const chela::FetchReply reply, host.http().fetch(request));
    CHELA_TRY(chela::Delivery delivery, notify::judge(host, reply, hints(), said(reply)));
    if (!is_its_answer(reply.body))
      return fail(ErrorCode::failed_precondition,
                  "something answered " + std::to_string(reply.status) + ", but not as " +
                      hints().service +
                      " does (a proxy or a login page in between?): look at the "
                      "address in the secret `url`");
    return delivery;
  }

 private:
  json::value body_of(const chela::Message& message) const {
    if (!template_.empty()) return fill_template(template_, message);
    if (preset_ == "slack") return slack_body(message);
    if (preset_ == "discord") return discord_body(message);
    return generic_body(message);
  }

  // Slack says "ok" or {"ok":true}, Discord nothing or JSON; a page means that neither was reached.
  bool is_its_answer(const std::string& body) const {
    const auto document = chela::parse_json(body);
    const bool is_object = document && document->is_object();
    if (preset_ == "slack")
      return is_object ? chela::get_bool(*document, "ok") : body.starts_with("ok");
    return preset_ != "discord" || body.empty() || is_object;
  }

  notify::Hints hints() const {
    const std::string service = preset_ == "slack"     ? "Slack"
                                : preset_ == "discord" ? "Discord"
                                                       : "the webhook";
    return {service, "the secret `url` (or `token`) is not taken any more: make a new webhook",
            "there is no such webhook any more: make a new one and put its address into the "
            "secret `url`",
            "it does not take this JSON: look at `preset` and `template`"};
  }

  // The service's own short words; a page of HTML has none.
  static std::string said(const chela::FetchReply& reply) {
    const auto document = chela::parse_json(reply.body);
    if (document) return chela::get_string(*document, "message");
    return reply.body.size() < 100 && !reply.body.starts_with("<") ? reply.body : "";
  }

  std::string preset_;
  json::object template_;
  Headers headers_;
  chela::Duration timeout_{};
};

}  // namespace
}  // namespace webhook

using webhook::Webhook;
CHELA_NOTIFIER(Webhook)
