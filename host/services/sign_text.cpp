#include "services/sign_text.h"

#include <algorithm>

#include "base/text.h"

namespace chela::services {

bool matches_sign_pattern(std::string_view pattern, std::string_view text) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*' && i + 1 == pattern.size())
      return text.find_first_of("\r\n") == std::string_view::npos;
    if (pattern[i] == '#') {
      const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
      if (digits == 0 || digits > 20) return false;
      text.remove_prefix(digits);
      continue;
    }
    if (text.empty() || text.front() != pattern[i]) return false;
    text.remove_prefix(1);
  }
  return text.empty();
}

Result<void> check_signing(const Caller& caller, std::string_view key, std::string_view text) {
  const auto& grants = caller.grant.sign;
  const auto granted = std::find_if(grants.begin(), grants.end(),
                                    [&](const SignGrant& grant) { return grant.key == key; });
  if (granted == grants.end()) return fail(refusal(Permission::sign, caller.instance, key));
  const bool is_covered =
      std::any_of(granted->texts.begin(), granted->texts.end(),
                  [&](const std::string& pattern) { return matches_sign_pattern(pattern, text); });
  if (is_covered) return {};
  return fail(ErrorCode::permission_denied,
              "permission denied: '" + base::printable(key, 60) +
                  "' may not sign this text; the plugin's needs.sign names those that it may");
}

}  // namespace chela::services
