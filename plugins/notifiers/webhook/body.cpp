#include "body.h"

#include <chela/time.h>

#include "words.h"

namespace webhook {
namespace {

namespace json = chela::json;

constexpr std::size_t kLines = 100;
constexpr std::size_t kTextBytes = 3000;  // Slack shortens from 40,000, and & becomes five

std::string escape_for_discord(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\*_~`|<>#[]@").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

int colour_of(std::string_view severity) {
  if (severity == "crit") return 0xd32f2f;
  return severity == "warn" ? 0xf9a825 : 0x546e7a;
}

}  // namespace

json::object slack_body(const chela::Message& message) {
  return {{"text", notify::escape_markup(notify::plain_text(message, kTextBytes)) + "\n(" +
                       message.id + ")"},
          {"mrkdwn", false},
          {"unfurl_links", false},
          {"unfurl_media", false}};
}

json::object discord_body(const chela::Message& message) {
  // An embed's description has at most 4,096 characters, and each may be escaped.
  json::object embed{{"description", escape_for_discord(message.text(1900))},
                     {"color", colour_of(message.severity)},
                     {"timestamp", chela::format_utc(message.made)},
                     {"footer", json::object{{"text", message.id}}}};
  json::object body{{"content", escape_for_discord(notify::headline(message))},
                    {"embeds", json::array{std::move(embed)}},
                    {"allowed_mentions", json::object{{"parse", json::array()}}}};
  constexpr int kSuppressNotifications = 1 << 12;
  if (message.severity == "info") body["flags"] = kSuppressNotifications;
  return body;
}

json::array lines_of(const chela::Message& message) {
  json::array lines;
  for (const auto& line : message.lines) {
    if (lines.size() == kLines) break;
    lines.push_back(json::object{{"severity", line.severity},
                                 {"kind", line.kind},
                                 {"check", line.check},
                                 {"key", line.key},
                                 {"text", line.text}});
  }
  return lines;
}

json::object generic_body(const chela::Message& message) {
  return {{"message_id", message.id},
          {"severity", message.severity},
          {"title", message.title},
          {"text", message.text(kTextBytes)},
          {"made", chela::format_utc(message.made)},
          {"test", message.is_test},
          {"lines", lines_of(message)}};
}

}  // namespace webhook
