#include "body.h"

#include <array>
#include <cstdio>

#include "words.h"

namespace webhook {
namespace {

namespace json = chela::json;

constexpr std::size_t kLines = 100;
constexpr std::size_t kTextBytes = 3000;  // Slack shortens from 40,000, and & becomes five

std::string escape_for_slack(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::string escape_for_discord(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\*_~`|<>#[]@").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string iso_time(chela::Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

int colour_of(std::string_view severity) {
  if (severity == "crit") return 0xd32f2f;
  return severity == "warn" ? 0xf9a825 : 0x546e7a;
}

}  // namespace

json::object slack_body(const chela::Message& message) {
  return {{"text",
           escape_for_slack(notify::plain_text(message, kTextBytes)) + "\n(" + message.id + ")"},
          {"mrkdwn", false},
          {"unfurl_links", false},
          {"unfurl_media", false}};
}

json::object discord_body(const chela::Message& message) {
  // An embed's description has at most 4,096 characters, and each may be escaped.
  json::object embed{{"description", escape_for_discord(message.text(1900))},
                     {"color", colour_of(message.severity)},
                     {"timestamp", iso_time(message.made)},
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
  return {{"message_id", message.id},       {"severity", message.severity},
          {"title", message.title},         {"text", message.text(kTextBytes)},
          {"made", iso_time(message.made)}, {"test", message.is_test},
          {"lines", lines_of(message)}};
}

}  // namespace webhook
