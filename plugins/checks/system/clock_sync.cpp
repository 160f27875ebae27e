#include "clock_sync.h"

#include <algorithm>

#include "lines.h"
#include "program.h"
#include "words.h"

namespace check_system {
namespace {

using chela::condition;
using chela::ErrorCode;

constexpr std::chrono::seconds kPatience{5};
constexpr chela::Duration kFirstPatience = std::chrono::hours(1);
constexpr const char* kTimesyncd = "/run/systemd/timesync";

Outcome not_synchronized(const std::string& detail) {
  return {{condition("clock", "the clock is not synchronised")
               .detail(detail + " `timedatectl status` tells more.")},
          "clock not synchronised",
          ""};
}

// The value of the line "name=value"; "" where there is none.
std::string_view value_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto line = take_line(text);

    if (line.starts_with(name) && line.substr(name.size(), 1) == "=")
      return line.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

Outcome judge_timesyncd(std::optional<chela::Timestamp> synchronized, chela::Timestamp started,
                        chela::Duration max_age, chela::Timestamp now) {
  if (!synchronized) {
    if (now - started <= std::min(max_age, kFirstPatience)) return {};
    return not_synchronized("systemd-timesyncd runs since " +
                            moment(started.time_since_epoch().count()) +
                            " and has reached no time server so far.");
  }
  if (now - *synchronized <= max_age) return {};
  return not_synchronized("systemd-timesyncd last reached a time server " +
                          moment(synchronized->time_since_epoch().count()) + ".");
}

std::optional<Outcome> judge_timedatectl(std::string_view text) {
  if (value_of(text, "NTP") != "yes") return std::nullopt;
  const auto synchronized = value_of(text, "NTPSynchronized");
  if (synchronized == "yes") return Outcome();
  if (synchronized != "no") return std::nullopt;
  return not_synchronized("A service is to set it, but the kernel has not been told that it did.");
}

std::optional<Outcome> look_at_clock(chela::Host& host, const ClockSettings& settings,
                                     const Pause& pause) {
  const auto cannot_tell = [](const chela::Error& error) {
    return Outcome{{}, "", "clock: " + error.message};
  };
  const auto timesyncd = host.files().stat(kTimesyncd);
  if (!timesyncd && timesyncd.error().code != ErrorCode::not_found)
    return cannot_tell(timesyncd.error());
  if (timesyncd) {
    const auto info = host.files().stat(std::string(kTimesyncd) + "/synchronized");
    if (!info && info.error().code != ErrorCode::not_found) return cannot_tell(info.error());
    // systemd makes the folder when it starts the service; nothing but that file comes into it.
    return judge_timesyncd(info ? std::optional(info->modified) : std::nullopt, timesyncd->modified,
                           settings.max_age, host.clock().now() - chela::Duration(pause.length_ms));
  }
  const auto systemd = host.files().stat("/run/systemd/system");
  if (!systemd) return std::nullopt;  // or not granted, which is said of its units
  chela::ExecRequest request;
  request.argv = {settings.timedatectl, "show", "--property=NTP", "--property=NTPSynchronized"};
  request.timeout = kPatience;
  const auto answer = ask_well(host, std::move(request));
  return answer ? judge_timedatectl(answer->out) : cannot_tell(answer.error());
}

}  // namespace check_system
