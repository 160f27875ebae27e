#include "config/plain_secrets.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "config/openclaw_include.h"
#include "config/openclaw_providers.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "X-Api-Key" and "xApi_key" -> "xapikey".
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (is_upper(c)) plain += static_cast<char>(c + 32);
    if (is_lower(c) || is_digit(c)) plain += c;
  }
  return plain;
}

bool has_url_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  auto rest = text.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?# "));
  const auto at = rest.rfind('@');
  return at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
}

// "123456789:AAE..." as Telegram's bots have it.
bool is_bot_token(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon >= 6 && text.size() - colon > 25 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_digit);
}

bool is_secret_shape(std::string_view text) {
  if (has_url_password(text) || text.find("PRIVATE KEY-----") != std::string_view::npos)
    return true;
  if (text.starts_with("Bearer ")) text.remove_prefix(7);
  if (text.size() < 20 || text.find_first_of(" \t\n/") != std::string_view::npos) return false;
  constexpr std::string_view kStarts[] = {
      "sk-",   "ghp_", "gho_", "ghs_", "github_pat_", "xoxa-", "xoxb-", "xoxp-", "xoxr-",  "xoxs-",
      "xapp-", "AKIA", "ASIA", "AIza", "ops_ey",      "gsk_",  "pplx-", "npm_",  "glpat-", "eyJ"};
  return is_bot_token(text) || std::any_of(std::begin(kStarts), std::end(kStarts),
                                           [&](auto start) { return text.starts_with(start); });
}

bool is_reference_object(const json::value& value) {
  return find_string(value, "source") && find_string(value, "id");
}

// "botToken" -> "BOT_TOKEN".
std::string in_capitals(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool starts_word =
        is_upper(c) && i > 0 && (is_lower(name[i - 1]) || is_digit(name[i - 1]));
    if (starts_word && !text.empty() && text.back() != '_') text += '_';
    if (is_lower(c)) {
      text += static_cast<char>(c - 32);
    } else if (is_upper(c) || is_digit(c)) {
      text += c;
    } else if (!text.empty() && text.back() != '_') {
      text += '_';
    }
  }
  while (!text.empty() && text.back() == '_') text.pop_back();
  return text;
}

class Finder {
 public:
  explicit Finder(const Look& root) : root_(root), written_(json::serialize(root.raw())) {}

  std::vector<PlainSecret> find() {
    look(root_, "", false);
    return std::move(found_);
  }

 private:
  void look(const Look& at, const std::string& name, bool is_in_environment) {
    const auto& raw = at.raw();
    if (raw.is_string()) {
      judge(at, name, is_in_environment);
    } else if (raw.is_array()) {
      for (const auto& item : at.items()) look(item, "", false);
    } else if (raw.is_object() && !is_reference_object(raw)) {
      const bool is_environment = at.path() == "env" || at.path() == "env.vars";
      for (const auto& [key, member] : at.members()) look(member, key, is_environment);
    }
  }

  void judge(const Look& at, const std::string& name, bool is_in_environment) {
    const std::string text(at.raw().get_string());
    if (text.empty() || has_variable(text) || means_no_key(text)) return;
    const bool is_named = is_secret_name(name);
    if (!is_named && !is_secret_shape(text)) return;
    if (plain_name(name) == "apikey" && is_variable_name(text)) return;
    found_.push_back({at, unique(is_in_environment ? in_capitals(name) : variable_for(at)),
                      is_placeholder(text), is_in_environment});
  }

  static std::string variable_for(const Look& at) {
    if (at.path() == "gateway.auth.token") return "OPENCLAW_GATEWAY_TOKEN";
    if (at.path() == "gateway.auth.password") return "OPENCLAW_GATEWAY_PASSWORD";
    if (at.path() == "hooks.token") return "OPENCLAW_HOOKS_TOKEN";
    auto steps = pointer_steps(at.pointer());
    // The names of sections say nothing: models.providers.acme.apiKey is ACME_API_KEY.
    constexpr std::string_view kSections[] = {"models",  "providers", "channels", "tools",
                                              "agents",  "defaults",  "entries",  "config",
                                              "plugins", "headers",   "list",     "remote"};
    std::vector<std::string> words;
    for (const auto& step : steps) {
      const bool is_section =
          std::find(std::begin(kSections), std::end(kSections), step) != std::end(kSections);
      if (!is_section) words.push_back(in_capitals(step));
    }
    std::string name;
    for (std::size_t i = words.size() > 3 ? words.size() - 3 : 0; i < words.size(); ++i)
      name += (name.empty() || words[i].empty() ? "" : "_") + words[i];
    if (name.empty() || is_digit(name[0])) name = "OPENCLAW_" + name;
    return name.substr(0, 60);
  }

  // A name that the file uses already would give this place another secret's value.
  std::string unique(const std::string& name) {
    for (int number = 1;; ++number) {
      const auto one = number == 1 ? name : name + "_" + std::to_string(number);
      if (written_.find("${" + one + "}") == std::string::npos && taken_.insert(one).second)
        return one;
    }
  }

  const Look& root_;
  std::string written_;
  std::set<std::string> taken_;
  std::vector<PlainSecret> found_;
};

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto plain = plain_name(name);
  constexpr std::string_view kEndings[] = {"token",         "secret", "password",   "passwd",
                                           "passphrase",    "apikey", "privatekey", "accesskey",
                                           "authorization", "cookie", "credential", "credentials"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](auto ending) { return plain.ends_with(ending); });
}

bool means_no_key(std::string_view text) {
  constexpr std::string_view kWords[] = {"ollama",    "ollamalocal", "none",    "dummy", "unused",
                                         "empty",     "local",       "na",      "vllm",  "lmstudio",
                                         "notneeded", "nokey",       "llamacpp"};
  const auto plain = plain_name(text);
  return std::find(std::begin(kWords), std::end(kWords), plain) != std::end(kWords);
}

bool is_placeholder(std::string_view text) {
  if (text.starts_with('<') && text.ends_with('>')) return true;
  const auto plain = plain_name(text);
  constexpr std::string_view kWords[] = {"your",      "changeme", "placeholder",
                                         "replaceme", "redacted", "example"};
  return plain.find_first_not_of('x') == std::string::npos ||
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](auto word) { return plain.starts_with(word) || plain.ends_with(word); });
}

json::value without_secrets(const Look& root) {
  json::value copy = root.raw();
  for (const auto& secret : plain_secrets(root)) {
    json::value* at = &copy;
    for (const auto& step : pointer_steps(secret.at.pointer())) {
      if (auto* list = at->if_array()) {
        at = &(*list)[static_cast<std::size_t>(std::strtoul(step.c_str(), nullptr, 10))];
      } else {
        at = &at->get_object()[step];
      }
    }
    *at = json::string("${" + secret.variable + "}");
  }
  return copy;
}

std::vector<PlainSecret> plain_secrets(const Look& root) {
  return Finder(root).find();
}

}  // namespace chela::config
