// Base class of notifiers: bring a message to a person.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "chela/plugin.h"

namespace chela {

// One line of a message.
struct MessageLine {
  std::string severity{};  // info, warn, crit
  std::string kind{};      // opened, worse, reminder, flapping, event, recovered, brief
  std::string check{};     // the instance that found it; "" where none did
  std::string key{};       // the finding's key, "" for a summary of several
  std::string text{};      // one line: what, since when, what to do
};

// A chela.notifier.message/1.
struct Message {
  std::string id{};        // the same whenever it is sent again
  std::string severity{};  // the worst of its lines
  std::string title{};     // one line, for a subject
  bool is_test = false;    // somebody asked for it with `chela notify test`
  Timestamp made{};
  std::vector<MessageLine> lines{};  // the most severe first

  // The lines' texts, one below the other, at most `max_bytes`: what does not fit is counted in a
  // last line.
  std::string text(std::size_t max_bytes = 4000) const {
    std::string all;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string line = (i == 0 ? "" : "\n") + lines[i].text;
      const std::string rest =
          "\n(and " + std::to_string(lines.size() - i) + " more: chela status)";
      const bool is_last = i + 1 == lines.size();
      if (all.size() + line.size() + (is_last ? 0 : rest.size()) > max_bytes) {
        if (i > 0) return all + rest;
        // Not even the first fits: the count stays where there is room for it.
        const std::string others =
            is_last ? "" : "\n(and " + std::to_string(lines.size() - 1) + " more: chela status)";
        const std::size_t kept = others.size() + 3 < max_bytes ? others.size() : 0;
        std::size_t end = std::min(max_bytes < 3 ? 0 : max_bytes - kept - 3, line.size());
        while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0u) == 0x80u) --end;
        return line.substr(0, end) + "..." + (kept > 0 ? others : "");
      }
      all += line;
    }
    return all;
  }

  static Message from_json(const json::value& document) {
    Message message{get_string(document, "message_id"),
                    get_string(document, "severity"),
                    get_string(document, "title"),
                    get_bool(document, "test"),
                    internal::timestamp(get_int(document, "made_ms")),
                    {}};
    const auto* list = find(document, "lines");
    if (list == nullptr || !list->is_array()) return message;
    for (const auto& line : list->get_array()) {
      message.lines.push_back({get_string(line, "severity"), get_string(line, "kind"),
                               get_string(line, "check"), get_string(line, "key"),
                               get_string(line, "text")});
    }
    return message;
  }
};

// What became of a message.
struct Delivery {
  std::string answer{};  // what the service said, for people: "204 No Content", "250 2.0.0 queued"
};

// For a send() that fails: the service wants no message for that long (Retry-After), the host keeps
// to it, up to an hour. Nothing where `time` is not positive, or the host takes no events.
inline void ask_to_wait(const Host& host, std::chrono::seconds time) {
  if (time.count() > 0) (void)host.emit("wait", json::object{{"seconds", time.count()}});
}

class Notifier {
 public:
  Notifier() = default;
  virtual ~Notifier() = default;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // Sends it once. An Error means that the service has not taken it, or that nobody knows: the host
  // tries again later, with the same id, not before what ask_to_wait() said. invalid_argument: it
  // will never be taken. [instance-serial]
  virtual Result<Delivery> send(Host& host, const Message& message) = 0;
};

}  // namespace chela

// CHELA_NOTIFIER(Webhook) at the end of the file makes the class the plugin's notifier.
#define CHELA_NOTIFIER(Type)                                                               \
  namespace {                                                                              \
  chela_status chela_notifier_send_(chela_instance* instance, const chela_call* call,      \
                                    chela_str request, const chela_sink* reply) noexcept { \
    static_assert(std::derived_from<Type, ::chela::Notifier>,                              \
                  "expected a class derived from chela::Notifier");                        \
    return ::chela::internal::operation<Type>(                                             \
        instance, call, request, reply,                                                    \
        [](Type& notifier, ::chela::Host& host) -> ::chela::Result<::chela::json::value> { \
          CHELA_TRY(const ::chela::Delivery delivery,                                      \
                    notifier.send(host, ::chela::Message::from_json(host.request())));     \
          return ::chela::json::object{{"schema", "chela.notifier.delivery/1"},            \
                                       {"answer", delivery.answer}};                       \
        });                                                                                \
  }                                                                                        \
  constexpr chela_notifier_ops chela_notifier_ops_{                                        \
      {sizeof(chela_notifier_ops), 0, &::chela::internal::Lifetime<Type>::create,          \
       &::chela::internal::Lifetime<Type>::destroy, nullptr},                              \
      &chela_notifier_send_};                                                              \
  }                                                                                        \
  CHELA_PLUGIN_WITH_(CHELA_KIND_NOTIFIER, chela_notifier_ops_)
