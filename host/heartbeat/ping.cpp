#include "heartbeat/ping.h"

#include <algorithm>

#include "base/text.h"
#include "chela/json.h"

namespace chela::heartbeat {

Timestamp next_ping(const PingState& state, Duration every, Timestamp now) {
  if (!state.last_sent || *state.last_sent > now) return now;
  const Duration wait =
      state.failures > 0 ? std::min<Duration>(every, std::chrono::minutes(1)) : every;
  return *state.last_sent + wait;
}

PingState after_ping(PingState state, std::string_view error, Timestamp now) {
  state.last_sent = now;
  state.error = base::printable(error, 300);
  if (error.empty()) {
    state.last_ok = now;
    state.failures = 0;
  } else {
    ++state.failures;
  }
  return state;
}

std::string ping_url(std::string_view url, bool is_well) {
  if (is_well) return std::string(url);
  const auto end = std::min(url.find_first_of("?#"), url.size());
  std::string_view path = url.substr(0, end);
  if (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path) + "/fail" + std::string(url.substr(end));
}

std::string to_text(const PingState& state) {
  json::object object{{"failures", state.failures}, {"error", state.error}};
  if (state.last_sent) object["last_sent"] = base::format_utc(*state.last_sent);
  if (state.last_ok) object["last_ok"] = base::format_utc(*state.last_ok);
  return json::serialize(object);
}

PingState ping_state_from(std::string_view text) {
  PingState state;
  const auto value = parse_json(text);
  if (!value) return state;
  const auto time = [&](const char* key) -> std::optional<Timestamp> {
    const auto parsed = base::parse_utc(get_string(*value, key));
    return parsed ? std::optional<Timestamp>(*parsed) : std::nullopt;
  };
  state.last_sent = time("last_sent");
  state.last_ok = time("last_ok");
  state.failures =
      static_cast<int>(std::clamp<std::int64_t>(get_int(*value, "failures"), 0, 1'000'000));
  state.error = base::printable(get_string(*value, "error"), 300);
  return state;
}

}  // namespace chela::heartbeat
