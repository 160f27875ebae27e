#include "call.h"

#include <charconv>

#include "words.h"

namespace desktop {
namespace {

constexpr std::size_t kBodyBytes = 1000;  // more is shown by no desktop

int urgency_of(std::string_view severity) {
  if (severity == "crit") return 2;
  return severity == "warn" ? 1 : 0;
}

std::string_view icon_of(std::string_view severity) {
  if (severity == "crit") return "dialog-error";
  return severity == "warn" ? "dialog-warning" : "dialog-information";
}

}  // namespace

std::string gvariant_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      // Controls say nothing on a desktop, and some of them end the parsing.
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out + "'";
}

std::vector<std::string> notify_argv(const chela::Message& message, chela::Duration timeout) {
  const auto seconds = std::max<std::int64_t>(1, timeout.count() / 1000);
  return {"gdbus",
          "call",
          "--session",
          "--timeout",
          std::to_string(seconds),
          "--dest",
          "org.freedesktop.Notifications",
          "--object-path",
          "/org/freedesktop/Notifications",
          "--method",
          "org.freedesktop.Notifications.Notify",
          "--",
          gvariant_string("chela"),
          "uint32 0",
          gvariant_string(icon_of(message.severity)),
          gvariant_string(notify::headline(message, 120)),
          gvariant_string(notify::escape_markup(message.text(kBodyBytes))),
          "@as []",
          "{'urgency': <byte " + std::to_string(urgency_of(message.severity)) +
              ">, 'x-chela-message-id': <" + gvariant_string(message.id) + ">}",
          "int32 -1"};
}

long notification_number(std::string_view out) {
  constexpr std::string_view kBegin = "(uint32 ";
  long number = 0;
  if (!out.starts_with(kBegin)) return 0;
  out.remove_prefix(kBegin.size());
  std::from_chars(out.data(), out.data() + out.size(), number);
  return number;
}

}  // namespace desktop
