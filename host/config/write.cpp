#include "config/write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "base/text.h"
#include "config/scalar.h"

namespace chela::config {
namespace {

// Plain where no YAML reader, old or new, could take it for something else; else in double quotes.
bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool is_simple =
      is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') ||
               std::string_view("_./-").find(c) != std::string_view::npos;
      });
  const bool is_duration = base::parse_duration(text).has_value();
  if (!is_simple && !is_duration) return false;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* word : {"yes", "no", "on", "off", "y", "n"}) {  // booleans of YAML 1.1
    if (lower == word) return false;
  }
  const auto read = read_plain_scalar(text);
  return read && read->is_string();
}

std::string scalar(std::string_view text) {
  return is_plain(text) ? std::string(text)
                        : json::serialize(json::string_view(text.data(), text.size()));
}

// "52.5" where JSON would say 5.25E1; with a point, so that it is read as the same kind of number.
std::string number(double value) {
  std::array<char, 40> text{};
  const auto made =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const std::string_view digits(text.data(), static_cast<std::size_t>(made.ptr - text.data()));
  if (made.ec != std::errc() || digits.size() > 20) return json::serialize(json::value(value));
  return std::string(digits) + (digits.find('.') == std::string_view::npos ? ".0" : "");
}

std::string scalar(const json::value& value) {
  if (value.is_string()) return scalar(std::string_view(value.get_string()));
  if (value.is_double() && std::isfinite(value.get_double())) return number(value.get_double());
  return json::serialize(value);
}

bool is_flat(const json::value& value) {
  const auto is_leaf = [](const json::value& v) { return !v.is_array() && !v.is_object(); };
  if (const auto* list = value.if_array()) return std::all_of(list->begin(), list->end(), is_leaf);
  if (const auto* object = value.if_object()) return object->empty();
  return true;
}

std::string flow(const json::value& value) {
  if (value.is_object()) return "{}";
  const auto* list = value.if_array();
  if (list == nullptr) return scalar(value);
  std::string text = "[";
  for (const auto& item : *list) text += (text.size() > 1 ? ", " : "") + scalar(item);
  return text + "]";
}

// Everything below `indent`, each line with its end.
std::string block(const json::value& value, int indent) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  std::string text;
  const auto add = [&](const std::string& lead, const json::value& child) {
    text += margin + lead;
    text += is_flat(child) ? " " + flow(child) + "\n" : "\n" + block(child, indent + 2);
  };
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object)
      add(scalar(std::string_view(member.key())) + ":", member.value());
  } else if (const auto* list = value.if_array()) {
    for (const auto& item : *list) {
      const bool is_inline = item.is_object() && !item.get_object().empty();
      if (!is_inline) {
        add("-", item);
        continue;
      }
      // The dash stands before the first key, where it would be only margin.
      std::string members = block(item, indent + 2);
      members[margin.size()] = '-';
      text += members;
    }
  }
  return text;
}

json::array strings(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

json::object grant_of(const Grant& grant) {
  json::object allow;
  if (!grant.exec.empty()) allow["exec"] = to_json(grant.exec);
  if (!grant.read.empty()) allow["read"] = strings(grant.read);
  if (!grant.write.empty()) allow["write"] = strings(grant.write);
  if (!grant.usage.empty()) allow["usage"] = strings(grant.usage);
  if (grant.can_read_board) allow["board"] = "read";
  if (!grant.http.empty()) allow["http"] = to_json(grant.http);
  if (!grant.stream.empty()) allow["stream"] = strings(grant.stream);
  if (!grant.sign.empty()) allow["sign"] = strings(grant.sign);
  return allow;
}

std::string reminder(const std::optional<Duration>& every) {
  return every ? base::format_duration(*every) : "off";
}

// What differs from the default.
json::object alerts_of(const AlertSettings& settings) {
  const AlertSettings defaults;
  json::object alerts;
  if (settings.failures != defaults.failures) alerts["failures"] = settings.failures;
  if (settings.successes != defaults.successes) alerts["successes"] = settings.successes;
  if (settings.remind != defaults.remind) alerts["remind"] = reminder(settings.remind);
  if (settings.remind_crit != defaults.remind_crit)
    alerts["remind_crit"] = reminder(settings.remind_crit);
  if (settings.has_flap_detection != defaults.has_flap_detection)
    alerts["flapping"] = settings.has_flap_detection;
  return alerts;
}

const char* level_name(Level level) {
  constexpr const char* kNames[] = {"info", "warn", "crit"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string time_of_day(std::chrono::minutes time) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(time.count() / 60 % 100),
                static_cast<int>(time.count() % 60));
  return text;
}

json::object window_of(const Window& window) {
  return {{"from", time_of_day(window.from)},
          {"to", time_of_day(window.to)},
          {"timezone", window.timezone}};
}

// What differs from the default.
json::object notify_of(const NotifySettings& settings) {
  const NotifySettings defaults;
  json::object notify;
  if (settings.severity != defaults.severity) notify["severity"] = level_name(settings.severity);
  if (!settings.checks.empty()) notify["checks"] = strings(settings.checks);
  if (!settings.except.empty()) notify["except"] = strings(settings.except);
  if (!settings.wants_recovered) notify["recovered"] = false;
  if (settings.quiet) notify["quiet"] = window_of(*settings.quiet);
  if (settings.quiet_except != defaults.quiet_except)
    notify["quiet_except"] = settings.quiet_except ? level_name(*settings.quiet_except) : "nothing";
  if (settings.digest != defaults.digest) notify["digest"] = base::format_duration(settings.digest);
  return notify;
}

json::object rate_of(const RateCaps& caps) {
  json::object rate;
  if (caps.concurrent) rate["concurrent"] = *caps.concurrent;
  if (caps.requests_per_minute) rate["requests_per_minute"] = *caps.requests_per_minute;
  if (caps.tokens_per_minute) rate["tokens_per_minute"] = *caps.tokens_per_minute;
  return rate;
}

json::object caps_of(const ProviderCaps& caps) {
  json::object written = rate_of(caps.all);
  if (caps.per_key != RateCaps()) written["per_key"] = rate_of(caps.per_key);
  return written;
}

json::object secrets_of(const Instance& instance) {
  json::object secrets;
  for (const auto& [name, references] : instance.secrets) {
    if (references.size() == 1) {
      secrets[name] = references.front();
    } else {
      secrets[name] = strings(references);
    }
  }
  return secrets;
}

json::array models_of(const Instance& instance) {
  json::array models;
  for (const auto& model : instance.models) {
    json::object one{{"id", model.id}};
    if (!model.name.empty()) one["name"] = model.name;
    if (model.context_tokens > 0) one["context_tokens"] = model.context_tokens;
    if (model.max_output_tokens > 0) one["max_output_tokens"] = model.max_output_tokens;
    if (!model.usd.empty()) {
      json::object usd;
      for (const auto& [kind, amount] : model.usd) usd[kind] = amount;
      one["usd"] = std::move(usd);
    }
    if (!model.can.empty()) one["can"] = strings(model.can);
    if (!model.end_of_life.empty()) one["end_of_life"] = model.end_of_life;
    if (!model.successor.empty()) one["successor"] = model.successor;
    models.push_back(std::move(one));
  }
  return models;
}

json::object settings_of(const Instance& instance) {
  const Instance defaults;
  json::object manifest{{"id", instance.id}};
  if (!instance.plugin.empty()) manifest["plugin"] = instance.plugin;
  manifest["enabled"] = instance.is_enabled;
  if (instance.every) manifest["every"] = base::format_duration(*instance.every);
  if (instance.role) manifest["role"] = instance.role == TaskRole::source ? "source" : "mirror";
  if (instance.window) manifest["window"] = window_of(*instance.window);
  if (instance.priority != defaults.priority) manifest["priority"] = instance.priority;
  if (instance.alerts != defaults.alerts) manifest["alerts"] = alerts_of(instance.alerts);
  if (!instance.needs.empty()) manifest["needs"] = strings(instance.needs);
  if (instance.isolation == Isolation::host) manifest["isolation"] = "host";
  if (instance.deadline != defaults.deadline)
    manifest["deadline"] = base::format_duration(instance.deadline);
  if (instance.sha256) manifest["sha256"] = *instance.sha256;
  if (instance.allow != defaults.allow) manifest["allow"] = grant_of(instance.allow);
  if (!instance.secrets.empty()) manifest["secrets"] = secrets_of(instance);
  if (instance.notify != defaults.notify) manifest["notify"] = notify_of(instance.notify);
  if (!instance.models.empty()) manifest["models"] = models_of(instance);
  if (instance.caps != defaults.caps) manifest["caps"] = caps_of(instance.caps);
  if (instance.config != defaults.config) manifest["config"] = instance.config;
  return manifest;
}

}  // namespace

std::string one_line(const json::value& value) {
  std::string text;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      text += (text.empty() ? "" : ", ") + scalar(std::string_view(member.key())) + ": " +
              one_line(member.value());
    }
    return "{" + text + "}";
  }
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) text += (text.empty() ? "" : ", ") + one_line(item);
    return "[" + text + "]";
  }
  return scalar(value);
}

std::string write_instance(const Instance& instance) {
  const auto name = instance.plugin.empty() ? instance.id : instance.plugin;
  return "# " + base::printable(name + ": " + describe_grant(instance.allow), 400) + "\n" +
         block(settings_of(instance), 0);
}

}  // namespace chela::config
