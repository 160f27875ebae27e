// Tells of weather that changes plans. Sources: Open-Meteo's forecast API v1 (degrees Celsius, mm,
// km/h; data CC BY 4.0) and, for places in the US, /alerts/active of api.weather.gov.
#include <chela/check.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "alerts.h"
#include "answer.h"
#include "first_run.h"
#include "judge.h"

namespace weather {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

std::string coordinate(double degrees) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.2f", std::round(degrees * 100) / 100 + 0.0);
  return text.data();
}

// Of what a finding is true for, in 16 hex digits; FNV-1a, so that it is the same on every machine.
std::string fingerprint(const std::string& latitude, const std::string& longitude,
                        const Limits& limits) {
  std::string text = latitude + " " + longitude;
  for (const auto& kind : limits.watch) text += " " + kind;
  for (const double value : {double(limits.hours), double(limits.rain_hours), limits.rain_mm,
                             limits.rain_percent, limits.gusts_kmh, limits.frost_c, limits.heat_c})
    text += " " + std::to_string(value);
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::array<char, 20> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

chela::Result<std::string> base_url(const chela::Config& config, const char* name) {
  std::string url = config.get(name);
  while (url.ends_with('/')) url.pop_back();
  // Whatever stands before an @ may be a password, which is not to be repeated.
  if (url.find('@') != std::string::npos)
    return fail(ErrorCode::invalid_argument,
                std::string(name) + ": wanted no user and password in it");
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return fail(ErrorCode::invalid_argument, std::string(name) +
                                                 ": wanted scheme and host, such as "
                                                 "https://api.open-meteo.com, found '" +
                                                 url.substr(0, 60) + "'");
  return url;
}

class Weather : public chela::Check {
 public:
  static chela::Result<std::unique_ptr<Weather>> create(const chela::Config& config) {
    auto made = std::make_unique<Weather>();
    const double latitude = config.get("latitude", 1000.0);
    const double longitude = config.get("longitude", 1000.0);
    if (std::abs(latitude) > 90 || std::abs(longitude) > 180)
      return fail(ErrorCode::invalid_argument,
                  "latitude, longitude: wanted degrees such as 48.40 and 9.99, south and west "
                  "negative");
    made->latitude_ = coordinate(latitude);
    made->longitude_ = coordinate(longitude);
    CHELA_TRY(made->forecast_url_, base_url(config, "forecast_url"));
    CHELA_TRY(made->alerts_url_, base_url(config, "alerts_url"));
    made->contact_ = config.get("contact");
    for (const char c : made->contact_) {
      if (c < 0x20 || c > 0x7e)
        return fail(ErrorCode::invalid_argument, "contact: wanted ASCII on one line");
    }
    const auto watch = config.strings("watch");
    Limits& limits = made->limits_;
    limits.watch = {watch.begin(), watch.end()};
    limits.hours = static_cast<int>(config.get("hours", 12));
    limits.rain_hours = static_cast<int>(config.get("rain_hours", 4));
    limits.rain_mm = config.get("rain_mm", 0.5);
    limits.rain_percent = config.get("rain_percent", 60.0);
    limits.gusts_kmh = config.get("gusts_kmh", 60.0);
    limits.frost_c = config.get("frost_c", 0.0);
    limits.heat_c = config.get("heat_c", 32.0);
    if (limits.frost_c >= limits.heat_c)
      return fail(ErrorCode::invalid_argument, "frost_c: wanted less than heat_c");
    made->fingerprint_ = fingerprint(made->latitude_, made->longitude_, limits);
    const std::string place = config.get("place");
    made->suffix_ = place.empty() ? "" : " (" + place + ")";
    made->wants_alerts_ = config.get("alerts", "none") == "nws";
    made->alerts_from_ = severity_of(config.get("alerts_from", "moderate"));
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    return made;
  }

  chela::Result<chela::Report> run(chela::Host& host) override {
    if (chela::get_bool(host.request(), "brief")) return brief(host);
    const auto now = host.clock().now();
    const json::value cursor = is_of_here(host.cursor()) ? host.cursor() : json::value();
    Told told = read_told(cursor);
    auto seen = read_seen(cursor);
    auto held = read_held(cursor);
    const auto forecast = ask_forecast(host, "");
    std::vector<chela::Finding> findings;
    if (forecast) {
      keep_forecast(held, episodes_of(*forecast, limits_, now), told);
      findings = judge(*forecast, limits_, now, suffix_, told);
    }
    keep_unfinished(held, now);
    chela::Result<std::vector<Alert>> alerts = std::vector<Alert>();
    if (wants_alerts_) alerts = ask_alerts(host);
    if (alerts && wants_alerts_) {
      for (auto& one : judge_alerts(*alerts, alerts_from_, suffix_, seen))
        findings.push_back(std::move(one));
    }
    if (alerts) keep_alerts(held, *alerts, seen);
    std::string quiet = "nothing that changes plans";
    bool is_new = !findings.empty();
    if (cursor.is_null()) {  // the first run
      if (is_new) quiet = chela::get_string(findings.front().value(), "title");
      held = hold(findings, told, seen);
      is_new = !held.empty();
      findings.clear();
    }
    const bool has_answer = forecast || (wants_alerts_ && alerts);
    is_new = is_new || (has_answer && held.size() < read_held(host.cursor()).size());  // it is over
    // Half of an answer is told now and the other half's error in the next run, unless it has
    // passed.
    if (!is_new) {
      CHELA_TRY(forecast);
      CHELA_TRY(alerts);
    }
    auto report = conclude(quiet, findings, held, forecast, alerts);
    auto written = write_cursor(told, seen, held);
    written["of"] = fingerprint_;
    report.set_cursor(std::move(written));
    return report;
  }

 private:
  // What was found for another place, or by other limits, says nothing here.
  bool is_of_here(const json::value& cursor) const {
    const std::string of = chela::get_string(cursor, "of");
    return of.empty() || of == fingerprint_;
  }

  // `quiet`: the summary where there is nothing to tell.
  static chela::Report conclude(const std::string& quiet,
                                const std::vector<chela::Finding>& findings,
                                const std::vector<Held>& held,
                                const chela::Result<Forecast>& forecast,
                                const chela::Result<std::vector<Alert>>& alerts) {
    auto report = chela::Report::ok(quiet);
    const auto add = [&](const chela::Finding& one) {
      if (!report.has_findings()) {
        report.set_status("warn");
        report.set_summary(chela::get_string(one.value(), "title"));
      }
      report.add(one);
    };
    for (const auto& one : findings) add(one);
    for (const auto& one : held) add(finding_of(one));
    if (!forecast)
      report.set_summary("no forecast: " + forecast.error().message);
    else if (!alerts)
      report.set_summary("no official warnings: " + alerts.error().message);
    return report;
  }

  chela::Result<chela::Report> brief(chela::Host& host) const {
    CHELA_TRY(const Forecast forecast,
              ask_forecast(host,
                           "&daily=temperature_2m_max,temperature_2m_min,precipitation_sum,"
                           "precipitation_probability_max,wind_gusts_10m_max&forecast_days=1"));
    // The page shows both the summary and the findings; the line is to stand there once.
    return chela::Report::ok("today" + suffix_ + ": " +
                             describe_today(forecast.today.value_or(Today{})));
  }

  chela::Result<std::string> fetch(const chela::Host& host, const std::string& url,
                                   Service service) const {
    chela::FetchRequest request;
    request.url = url;
    request.headers = {{"accept", "application/geo+json, application/json"},
                       {"user-agent", "chela" + (contact_.empty() ? "" : " (" + contact_ + ")")}};
    request.timeout = timeout_;
    CHELA_TRY(const chela::FetchReply reply, host.http().fetch(request));
    if (reply.status == 200) return reply.body;
    return fail(explain(reply, service));
  }

  chela::Result<Forecast> ask_forecast(const chela::Host& host, const std::string& more) const {
    const int ahead = std::max(limits_.hours, limits_.rain_hours) + 12;  // to see where it ends
    CHELA_TRY(
        const std::string body,
        fetch(host,
              forecast_url_ + "/v1/forecast?latitude=" + latitude_ + "&longitude=" + longitude_ +
                  "&current=precipitation&hourly=temperature_2m,precipitation,"
                  "precipitation_probability,weather_code,wind_gusts_10m&forecast_hours=" +
                  std::to_string(ahead) + "&timezone=auto&timeformat=unixtime" + more,
              Service::open_meteo));
    return parse_forecast(body);
  }

  chela::Result<std::vector<Alert>> ask_alerts(const chela::Host& host) const {
    CHELA_TRY(const std::string body,
              fetch(host, alerts_url_ + "/alerts/active?point=" + latitude_ + "," + longitude_,
                    Service::weather_gov));
    return parse_alerts(body);
  }

  static Told read_told(const json::value& cursor) {
    Told told;
    const auto* members = chela::find(cursor, "told");
    for (const char* kind : {"rain", "gusts", "thunder", "frost", "heat"}) {
      if (members == nullptr) break;
      const auto ms = chela::get_int(*members, kind);
      // A clock that was wrong once must not silence us for years.
      constexpr std::int64_t kLatest = 7'258'118'400'000;
      if (ms > 0 && ms < kLatest) told[kind] = chela::Timestamp(chela::Duration(ms));
    }
    return told;
  }

  static std::map<std::string, Severity> read_seen(const json::value& cursor) {
    std::map<std::string, Severity> seen;
    const auto* members = chela::find(cursor, "alerts");
    if (members == nullptr || !members->is_object()) return seen;
    for (const auto& [id, value] : members->get_object()) {
      const auto number = chela::get_int(*members, id);
      if (value.is_int64() && number >= 0 && number <= 4) seen[id] = static_cast<Severity>(number);
    }
    return seen;
  }

  static json::object write_cursor(const Told& told, const std::map<std::string, Severity>& seen,
                                   const std::vector<Held>& held) {
    json::object kinds, alerts;
    for (const auto& [kind, until] : told) kinds[kind] = until.time_since_epoch().count();
    for (const auto& [id, severity] : seen) alerts[id] = static_cast<int>(severity);
    json::object cursor{{"v", 1}, {"told", std::move(kinds)}, {"alerts", std::move(alerts)}};
    if (!held.empty()) cursor["first"] = write_held(held);
    return cursor;
  }

  std::string latitude_;
  std::string longitude_;
  std::string fingerprint_;  // of the place and the limits
  std::string forecast_url_;
  std::string alerts_url_;
  std::string contact_;
  std::string suffix_;
  Limits limits_;
  bool wants_alerts_ = false;
  Severity alerts_from_ = Severity::moderate;
  chela::Duration timeout_{};
};

}  // namespace
}  // namespace weather

using weather::Weather;
CHELA_CHECK(Weather)
