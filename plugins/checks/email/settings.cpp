#include "settings.h"

#include <cstdio>

#include "chela/utf8.h"
#include "domain.h"
#include "words.h"

namespace check_email {
namespace {

using chela::ErrorCode;
using chela::fail;
namespace json = chela::json;

tl::unexpected<chela::Error> refuse(const std::string& setting, const std::string& found,
                                    const std::string& wanted) {
  return fail(ErrorCode::invalid_argument,
              setting + ": wanted " + wanted + ", found '" + found + "'");
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// "Ana@Example.org" -> "Ana@example.org", "@bücher.example" -> "@xn--bcher-kva.example"
Result<std::string> read_address(const std::string& setting, const std::string& text) {
  const auto at = text.rfind('@');
  const std::string domain = at == std::string::npos ? "" : ascii_domain(text.substr(at + 1));
  const auto local = std::string_view(text).substr(0, at == std::string::npos ? 0 : at);
  if (domain.empty() || domain.find('.') == std::string::npos || has_control(text) ||
      local.find_first_of(" <>@") != std::string_view::npos)
    return refuse(setting, text, "an address such as ana@example.org, or a domain: @example.org");
  return std::string(local) + "@" + domain;
}

Result<std::string> read_host(const std::string& setting, const std::string& text) {
  if (text.empty() || has_control(text) || text.find_first_of(" ;=()\"@") != std::string::npos)
    return refuse(setting, text, "one name such as mx.example.org");
  return lower_ascii(text);
}

// One text or a list of them.
std::vector<std::string> one_or_many(const chela::Config& config, std::string_view name) {
  auto many = config.strings(name);
  if (const auto one = config.get(name); !one.empty()) many.push_back(one);
  return many;
}

Result<void> read_server(const chela::Config& config, Settings& settings) {
  settings.server = config.get("server");
  const std::string& url = settings.server;
  const auto begin = url.starts_with("imaps://") ? 8u : url.starts_with("imap://") ? 7u : 0u;
  const auto rest = std::string_view(url).substr(begin);
  if (begin == 0 || rest.empty() || has_control(url) ||
      rest.find_first_of("/@?# ") != std::string_view::npos) {
    return refuse("server", url,
                  "imaps://HOST[:PORT] (TLS) or imap://HOST[:PORT] (STARTTLS), without user, "
                  "password and path");
  }
  settings.user = config.get("user");
  if (settings.user.empty() || has_control(settings.user))
    return refuse("user", settings.user, "the name to log in with, mostly the mail address");
  settings.uses_token = config.get("login", "password") == "token";
  settings.mailbox = config.get("mailbox", "INBOX");
  if (settings.mailbox.empty() || has_control(settings.mailbox) ||
      !chela::is_utf8(settings.mailbox) || settings.mailbox.size() > 500)
    return refuse("mailbox", settings.mailbox, "the name of one mailbox such as INBOX");
  return {};
}

Result<void> read_policy(const chela::Config& config, Settings& settings) {
  SenderPolicy& policy = settings.policy;
  for (const auto& id : one_or_many(config, "authserv_id")) {
    if (id == "(none)") {
      policy.authserv_ids.push_back(id);
      continue;
    }
    CHELA_TRY(auto host, read_host("authserv_id", id));
    policy.authserv_ids.push_back(std::move(host));
  }
  for (const auto& name : config.strings("own_hosts")) {
    CHELA_TRY(auto host, read_host("own_hosts", name));
    policy.own_hosts.push_back(std::move(host));
  }
  for (const auto& text : config.strings("authorised")) {
    CHELA_TRY(auto address, read_address("authorised", text));
    policy.authorised.push_back(std::move(address));
  }
  policy.accepts_spf = config.get("accept_spf", false);
  return {};
}

std::optional<Severity> severity_of(const std::string& word) {
  if (word == "crit") return Severity::crit;
  return word == "warn" ? Severity::warn : Severity::info;
}

Result<std::optional<chela::Duration>> read_age(const std::string& setting, const json::value& rule,
                                                const char* name) {
  const auto text = chela::find_string(rule, name);
  if (!text) return std::optional<chela::Duration>();
  const auto age = chela::parse_duration(*text);
  if (!age)
    return fail(ErrorCode::invalid_argument, setting + "." + name + ": " + age.error().message);
  return std::optional<chela::Duration>(*age);
}

Result<Rule> read_rule(const json::value& value, std::size_t number) {
  const std::string setting = "rules[" + std::to_string(number) + "]";
  Rule rule;
  rule.name = chela::get_string(value, "name");
  if (rule.name.empty()) rule.name = "rule " + std::to_string(number + 1);
  rule.subject = chela::get_string(value, "subject");
  rule.list = chela::get_string(value, "list");
  if (const auto from = chela::get_string(value, "from"); !from.empty()) {
    CHELA_TRY(rule.from, read_address(setting + ".from", from));
  }
  CHELA_TRY(rule.older_than, read_age(setting, value, "older_than"));
  CHELA_TRY(rule.newer_than, read_age(setting, value, "newer_than"));
  if (rule.older_than && rule.newer_than && *rule.newer_than <= *rule.older_than) {
    return fail(ErrorCode::invalid_argument,
                setting + ": no mail is older than " + chela::format_duration(*rule.older_than) +
                    " and newer than " + chela::format_duration(*rule.newer_than));
  }
  const auto severity = chela::get_string(value, "severity", "info");
  rule.severity = severity == "ignore" ? std::nullopt : severity_of(severity);
  return rule;
}

Result<void> read_rules(const chela::Config& config, Settings& settings) {
  const auto* list = chela::find(config.value(), "rules");
  if (list != nullptr && list->is_array()) {
    for (const auto& value : list->get_array()) {
      CHELA_TRY(auto rule, read_rule(value, settings.rules.size()));
      settings.rules.push_back(std::move(rule));
    }
  }
  const std::string report = config.get("report", "authorised");
  settings.reports = report == "rules"  ? Settings::Reports::rules
                     : report == "both" ? Settings::Reports::both
                                        : Settings::Reports::authorised;
  if (settings.tells_authorised() && settings.policy.authorised.empty()) {
    return refuse("authorised", "no address",
                  "at least one address or @domain, since `report` is " + report +
                      "; for mail by rules only set `report: rules`");
  }
  if (settings.tells_rules() && settings.rules.empty())
    return refuse("rules", "no rule", "at least one rule, since `report` is " + report);
  return {};
}

}  // namespace

Result<Settings> read_settings(const chela::Config& config) {
  Settings settings;
  CHELA_TRY(read_server(config, settings));
  CHELA_TRY(read_policy(config, settings));
  CHELA_TRY(read_rules(config, settings));
  settings.severity = severity_of(config.get("severity", "info")).value_or(Severity::info);
  settings.command_prefix = std::string(trim(config.get("command_prefix")));
  settings.shows_snippet = config.get("snippet", false);
  settings.tells_bulk = config.get("bulk", false);
  settings.only_unread = config.get("unread_only", true);
  settings.max_mails = static_cast<std::size_t>(config.get("max_mails", 50));
  settings.timeout = config.duration("timeout", std::chrono::seconds(25));
  if (settings.timeout < std::chrono::seconds(5))
    return refuse("timeout", config.get("timeout"), "at least 5s");
  return settings;
}

std::string Settings::mark() const {
  std::uint32_t hash = 0x811c9dc5u;  // FNV-1a
  for (const char c : identity()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  char mark[12];
  std::snprintf(mark, sizeof mark, "%08x", hash);
  return mark;
}

std::string Settings::key_of(std::uint32_t uid_validity, std::uint32_t uid) const {
  return "mail:" + mark() + ":" + std::to_string(uid_validity) + ":" + std::to_string(uid);
}

}  // namespace check_email
