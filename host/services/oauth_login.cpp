#include "services/oauth_login.h"

#include <algorithm>

#include "base/text.h"
#include "chela/json.h"
#include "services/hash.h"
#include "services/oauth_tokens.h"

namespace chela::services {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      plain += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

// The value of one name in a query; nullopt where it is not there.
std::optional<std::string> value_in(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return unescaped(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string error_word(std::string_view body) {
  const auto reply = parse_json(body);
  return reply ? get_string(*reply, "error") : "";
}

}  // namespace

std::optional<OAuthProvider> find_oauth_provider(std::string_view name) {
  if (name == "google") {
    return OAuthProvider{"google",
                         "",
                         "https://accounts.google.com/o/oauth2/v2/auth",
                         "https://oauth2.googleapis.com/token",
                         "https://mail.google.com/",
                         "access_type=offline&prompt=consent"};
  }
  if (name == "microsoft") {
    const std::string base = "https://login.microsoftonline.com/common/oauth2/v2.0/";
    return OAuthProvider{"microsoft",
                         base + "devicecode",
                         base + "authorize",
                         base + "token",
                         "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
                         ""};
  }
  return std::nullopt;
}

Result<DeviceCode> parse_device_code(int status, std::string_view body) {
  const auto reply = parse_json(body);
  if (status != 200 || !reply) {
    const std::string word = error_word(body);
    return fail(
        status >= 500 ? ErrorCode::unavailable : ErrorCode::failed_precondition,
        "the device endpoint says " + std::to_string(status) +
            (word.empty() ? "" : " " + base::printable(word, 60)) +
            (word == "invalid_scope" ? ": this service has no device flow for that scope" : ""));
  }
  DeviceCode code;
  code.device_code = get_string(*reply, "device_code");
  code.user_code = get_string(*reply, "user_code");
  code.address = get_string(*reply, "verification_uri");
  if (code.address.empty()) code.address = get_string(*reply, "verification_url");  // Google's word
  const auto seconds = [&](const char* key, std::int64_t otherwise, std::int64_t most) {
    return std::chrono::seconds(std::clamp<std::int64_t>(get_int(*reply, key, otherwise), 1, most));
  };
  code.expires = seconds("expires_in", 900, 3600);
  code.interval = seconds("interval", 5, 60);
  if (code.device_code.empty() || code.user_code.empty() || code.address.empty())
    return fail(ErrorCode::data_loss, "the device endpoint's answer has no code");
  return code;
}

Poll judge_poll(int status, std::string_view body) {
  if (status == 200) return Poll::granted;
  const std::string word = error_word(body);
  if (word == "slow_down" || status == 429) return Poll::slow_down;
  if (word == "authorization_pending" || status >= 500) return Poll::pending;
  return Poll::refused;
}

Pkce draw_pkce() {
  Pkce pkce;
  pkce.verifier = random_text();
  pkce.state = random_text();
  pkce.challenge = sha256_base64url(pkce.verifier);
  return pkce;
}

std::string login_address(const OAuthProvider& provider, const std::string& client_id,
                          const Pkce& pkce) {
  return provider.auth_url + "?" +
         form_of({{"client_id", client_id},
                  {"response_type", "code"},
                  {"redirect_uri", kRedirectUri},
                  {"scope", provider.scope},
                  {"state", pkce.state},
                  {"code_challenge", pkce.challenge},
                  {"code_challenge_method", "S256"}}) +
         (provider.more_of_address.empty() ? "" : "&" + provider.more_of_address);
}

Result<std::string> code_of(std::string_view pasted, const Pkce& pkce) {
  const auto text = trimmed(pasted);
  const auto query_at = text.find('?');
  if (query_at == std::string_view::npos) {
    if (text.empty() || text.find_first_of(" &=") != std::string_view::npos)
      return fail(ErrorCode::invalid_argument,
                  "wanted the whole address that the browser ended at, or the code in it");
    return unescaped(text);
  }
  const auto query = text.substr(query_at + 1, text.find('#') - query_at - 1);
  if (const auto refusal = value_in(query, "error"))
    return fail(ErrorCode::failed_precondition,
                "the service says: " + base::printable(*refusal, 100));
  if (value_in(query, "state") != pkce.state)
    return fail(ErrorCode::invalid_argument,
                "that address belongs to another login; use the one that was begun just now");
  const auto code = value_in(query, "code");
  if (!code || code->empty())
    return fail(ErrorCode::invalid_argument, "that address has no code in it");
  return *code;
}

}  // namespace chela::services
