#include "settings.h"

#include <algorithm>
#include <optional>

#include "address.h"

namespace check_calendar {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::string_view kSecretAddress = "{{secret:address}}";

// "08:00" in seconds; "" is 0.
std::optional<std::int64_t> parse_clock(std::string_view text) {
  if (text.empty()) return 0;
  const bool has_form = text.size() == 5 && text[2] == ':' &&
                        std::all_of(text.begin(), text.end(),
                                    [](char c) { return c == ':' || (c >= '0' && c <= '9'); }) &&
                        std::count(text.begin(), text.end(), ':') == 1;
  if (!has_form) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * kHour + minute * kMinute;
}

chela::Result<void> read_clock(const chela::Config& config, const char* name, std::int64_t& into) {
  const std::string text = config.get(name, "");
  const auto clock = parse_clock(text);
  if (!clock)
    return fail(
        ErrorCode::invalid_argument,
        std::string(name) + ": wanted a time like 08:00, found '" + text.substr(0, 40) + "'");
  into = *clock;
  return {};
}

chela::Result<void> read_span(const chela::Config& config, const char* name, std::int64_t most,
                              std::int64_t& into) {
  const auto length = config.duration(name, std::chrono::seconds(into));
  into = std::chrono::duration_cast<std::chrono::seconds>(length).count();
  if (into <= most) return {};
  return fail(ErrorCode::invalid_argument, std::string(name) + ": wanted at most " +
                                               std::to_string(most / kDaySeconds) + "d, found " +
                                               chela::format_duration(length));
}

chela::Result<void> read_login(const chela::Config& config, Settings& settings) {
  const std::string login = config.get("login", "none");
  if (login == "basic") settings.login = Settings::Login::basic;
  if (login == "bearer") settings.login = Settings::Login::bearer;
  settings.user = config.get("user", "");
  const bool is_basic = settings.login == Settings::Login::basic;
  if (is_basic && settings.user.empty())
    return fail(ErrorCode::invalid_argument, "user: `login: basic` needs the name to log in with");
  if (!is_basic && !settings.user.empty())
    return fail(ErrorCode::invalid_argument,
                "user: is used with `login: basic` only; set that, or leave it out");
  const bool is_odd = std::any_of(settings.user.begin(), settings.user.end(), [](char c) {
    return c == ':' || c == '{' || c == '}' || static_cast<unsigned char>(c) < 0x20;
  });
  if (is_odd)
    return fail(ErrorCode::invalid_argument,
                "user: may hold no colon, no braces and no control characters");
  return {};
}

chela::Result<void> read_url(const chela::Config& config, Settings& settings) {
  settings.url = without_webcal(config.get("url", ""));
  const std::string protocol = config.get("protocol", "auto");
  const bool is_secret = settings.url == kSecretAddress;
  if (!is_secret) {
    const auto address = parse_address(settings.url);
    if (!address) return fail(ErrorCode::invalid_argument, "url: " + address.error().message);
    if (address->path.find("{{") != std::string::npos)
      return fail(ErrorCode::invalid_argument,
                  "url: a secret address is the whole of it: {{secret:address}}");
    const auto path = address->path.substr(0, address->path.find('?'));
    const bool looks_like_file =
        path.ends_with(".ics") || config.get("url", "").starts_with("webcal");
    if (protocol == "auto" && looks_like_file) settings.protocol = Settings::Protocol::ics;
  }
  if (protocol == "ics" || is_secret) settings.protocol = Settings::Protocol::ics;
  if (is_secret && protocol == "caldav")
    return fail(ErrorCode::invalid_argument,
                "url: a secret address is one of a file; CalDAV needs the server's own");
  if (settings.protocol == Settings::Protocol::ics && !config.strings("calendars").empty())
    return fail(ErrorCode::invalid_argument,
                "calendars: an ICS address is one calendar; leave this out");
  return {};
}

bool is_zone_setting(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= 60 && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

}  // namespace

std::string Settings::authorization() const {
  if (login == Login::basic) return "Basic {{basic:" + user + ":password}}";
  return login == Login::bearer ? "Bearer {{secret:token}}" : "";
}

bool Settings::has_secret_address() const {
  return url == kSecretAddress;
}

std::string Settings::fingerprint() const {
  std::string text = url + "\n" + user;
  for (const auto& one : calendars) text += "\n" + one;
  // What they declined was left out on its way in.
  for (const auto& one : addresses) text += "\nmailto:" + one;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return std::to_string(hash);
}

chela::Result<Settings> read_settings(const chela::Config& config) {
  Settings settings;
  CHELA_TRY(read_url(config, settings));
  CHELA_TRY(read_login(config, settings));
  settings.calendars = config.strings("calendars");
  for (std::string address : config.strings("addresses")) {
    for (char& c : address) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (address.find('@') == std::string::npos)
      return fail(ErrorCode::invalid_argument,
                  "addresses: wanted mail addresses, found '" + address.substr(0, 60) + "'");
    settings.addresses.push_back(address);
  }
  settings.hosts = config.strings("hosts");
  for (const auto& one : settings.hosts) {
    const auto checked = check_servers(one);
    if (!checked) return fail(ErrorCode::invalid_argument, "hosts: " + checked.error().message);
  }
  settings.timezone = config.get("timezone", "local");
  if (!is_zone_setting(settings.timezone))
    return fail(ErrorCode::invalid_argument,
                "timezone: wanted local, UTC or a name like Europe/Berlin");
  CHELA_TRY(read_span(config, "soon", kDaySeconds, settings.soon));
  CHELA_TRY(read_span(config, "horizon", 31 * kDaySeconds, settings.horizon));
  CHELA_TRY(read_clock(config, "day_start_before", settings.day_start_before));
  CHELA_TRY(read_clock(config, "evening_from", settings.evening_from));
  settings.reports_new = config.get("report_new", true);
  settings.reports_conflicts = config.get("conflicts", true);
  settings.timeout = config.duration("timeout", std::chrono::seconds(20));
  return settings;
}

}  // namespace check_calendar
