#include "heartbeat/message.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"

namespace chela::heartbeat {
namespace {

constexpr std::size_t kTitleBytes = 160;

// 0 crit, 1 warn, 2 info, 3 over.
std::size_t rank_of(const json::value& line) {
  if (get_string(line, "kind") == "recovered") return 3;
  const std::string severity = get_string(line, "severity");
  return severity == "crit" ? 0 : severity == "warn" ? 1 : 2;
}

// A line begins with a mark for people who read a log, "[crit] "; in a subject it would stand
// twice.
std::string without_mark(std::string text) {
  const auto end = text.find("] ");
  if (text.starts_with('[') && end != std::string::npos && end < 20) text.erase(0, end + 2);
  return text;
}

}  // namespace

json::array latest_of(const json::array& lines) {
  // A finding's later line says how it stands; what came before it is no news any more.
  const auto name_of = [](const json::value& line) {
    const std::string kind = get_string(line, "kind");
    const bool is_state = kind == "opened" || kind == "worse" || kind == "reminder" ||
                          kind == "flapping" || kind == "recovered";
    const std::string key = is_state ? get_string(line, "key") : "";
    return key.empty() ? std::string() : get_string(line, "check") + '\n' + key;
  };
  std::map<std::string, std::size_t> last;
  for (std::size_t i = 0; i < lines.size(); ++i) last[name_of(lines[i])] = i;
  json::array latest;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string name = name_of(lines[i]);
    if (name.empty() || last[name] == i) latest.push_back(lines[i]);
  }
  return latest;
}

std::string title_of(const json::array& lines) {
  if (!lines.empty() && get_string(lines.front(), "kind") == "brief")
    return base::printable("brief: " + get_string(lines.front(), "text"), kTitleBytes);
  constexpr std::array<const char*, 4> kNames{"crit", "warn", "info", "over"};
  std::array<int, 4> counts{};
  for (const auto& line : lines) ++counts[rank_of(line)];
  std::string title;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    title += (title.empty() ? "" : ", ") +
             (lines.size() == 1 ? "" : std::to_string(counts[i]) + " ") + kNames[i];
  }
  if (!lines.empty()) title += ": " + without_mark(get_string(lines.front(), "text"));
  return base::printable(title, kTitleBytes);
}

json::value make_message(const std::string& message_id, json::array lines, Timestamp made,
                         bool is_test) {
  std::stable_sort(lines.begin(), lines.end(), [](const json::value& a, const json::value& b) {
    return rank_of(a) < rank_of(b);
  });
  const std::string title = title_of(lines);
  const std::string severity =
      lines.empty() ? "info" : get_string(lines.front(), "severity", "info");
  return json::object{{"schema", "chela.notifier.message/1"},
                      {"message_id", message_id},
                      {"severity", severity},
                      {"title", title},
                      {"made_ms", made.time_since_epoch().count()},
                      {"test", is_test},
                      {"lines", std::move(lines)}};
}

Result<json::value> message_of(const tasks::OutboxRow& row) {
  const auto payload = parse_json(row.payload);
  const auto* lines = payload ? find(*payload, "lines") : nullptr;
  const bool has_lines = lines != nullptr && lines->is_array() && !lines->get_array().empty();
  const std::string id = payload ? get_string(*payload, "message_id") : "";
  if (!has_lines || id.empty())
    return fail(ErrorCode::invalid_argument, "an outbox row without lines");
  return make_message(id, latest_of(lines->get_array()), row.created_at, false);
}

}  // namespace chela::heartbeat
