#include "config/net_grant.h"

#include <algorithm>

#include "base/mail_server.h"
#include "base/text.h"
#include "chela/web_address.h"

namespace chela::config {
namespace {

// An address may have a password in it, which is a reason to refuse it.
tl::unexpected<Error> refuse(const char* key, const std::string& text, const std::string& what) {
  return fail(
      ErrorCode::invalid_argument,
      std::string(key) + ": '" + base::printable(without_password(text), 80) + "': " + what);
}

std::string flow(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) {
    const bool is_word =
        std::all_of(item.begin(), item.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    text += (text.empty() ? "[" : ", ") + (is_word ? item : "\"" + item + "\"");
  }
  return text + "]";
}

bool is_left_out(const std::string& address) {
  return address.empty() || address.starts_with("{{secret:");
}

}  // namespace

std::vector<HttpGrant> http_grants_of(const json::value& allow) {
  std::vector<HttpGrant> grants;
  const auto* written = find(allow, "http");
  const auto* list = written == nullptr ? nullptr : written->if_array();
  if (list == nullptr) return grants;
  for (const auto& item : *list) {
    if (item.is_string()) grants.emplace_back(std::string(item.get_string()));
    if (item.is_object()) {
      grants.emplace_back(get_string(item, "url"), get_strings(item, "methods"),
                          get_strings(item, "paths"));
    }
  }
  return grants;
}

json::array to_json(const std::vector<HttpGrant>& grants) {
  json::array list;
  for (const auto& grant : grants) {
    if (grant.methods.empty() && grant.paths.empty()) {
      list.emplace_back(grant.url);
      continue;
    }
    json::object item{{"url", grant.url}};
    if (!grant.methods.empty())
      item["methods"] = json::array(grant.methods.begin(), grant.methods.end());
    if (!grant.paths.empty()) item["paths"] = json::array(grant.paths.begin(), grant.paths.end());
    list.push_back(std::move(item));
  }
  return list;
}

std::vector<SignNeed> sign_needs_of(const json::value& needs) {
  std::vector<SignNeed> all;
  const auto* written = find(needs, "sign");
  const auto* list = written == nullptr ? nullptr : written->if_array();
  if (list == nullptr) return all;
  for (const auto& item : *list)
    all.push_back({get_string(item, "key"), get_strings(item, "texts")});
  return all;
}

Result<std::vector<HttpGrant>> expand_http(const std::vector<HttpGrant>& grants,
                                           const Variables& variables, const json::value& config) {
  std::vector<HttpGrant> expanded;
  for (const auto& grant : grants) {
    auto addresses = expand_each(grant.url, variables, config);
    if (!addresses) return refuse("allow.http", grant.url, addresses.error().message);
    for (auto& address : *addresses) {
      if (is_left_out(address)) continue;
      if (address.starts_with("webcal://")) address.replace(0, 6, "https");
      HttpGrant one(std::move(address), grant.methods);
      for (const auto& path : grant.paths) {
        auto full = expand(path, variables);
        if (!full) return refuse("allow.http", path, full.error().message);
        one.paths.push_back(std::move(*full));
      }
      if (const auto wanted = base::wrong_with(one); !wanted.empty())
        return refuse("allow.http", one.url, "wanted " + wanted);
      expanded.push_back(std::move(one));
    }
  }
  return expanded;
}

Result<std::vector<std::string>> expand_stream(const std::vector<std::string>& servers,
                                               const Variables& variables,
                                               const json::value& config) {
  std::vector<std::string> expanded;
  for (const auto& written : servers) {
    auto addresses = expand_each(written, variables, config);
    if (!addresses) return refuse("allow.stream", written, addresses.error().message);
    for (const auto& address : *addresses) {
      if (is_left_out(address)) continue;
      const auto server = base::parse_mail_server(address);
      if (!server) {
        return refuse("allow.stream", address,
                      "wanted a mail server such as imaps://mail.example.org:993 (imaps, imap, "
                      "smtps or smtp)");
      }
      expanded.push_back(base::to_string(*server));
    }
  }
  return expanded;
}

std::vector<std::string> missing_http(const std::vector<HttpGrant>& needs,
                                      const std::vector<HttpGrant>& allowed) {
  std::vector<std::string> missing;
  for (const auto& need : needs) {
    const bool is_covered = std::any_of(allowed.begin(), allowed.end(), [&](const HttpGrant& one) {
      return base::covers(one, need);
    });
    if (is_covered) continue;
    std::string text = "\"" + need.url + "\"";
    if (!need.methods.empty() || !need.paths.empty()) {
      text = "{url: " + text;
      if (!need.methods.empty()) text += ", methods: " + flow(need.methods);
      if (!need.paths.empty()) text += ", paths: " + flow(need.paths);
      text += "}";
    }
    missing.push_back(std::move(text));
  }
  return missing;
}

}  // namespace chela::config
