#include "services/secret_ref.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/text.h"
#include "chela/utf8.h"

namespace chela::services {
namespace {

constexpr std::size_t kMaxRefBytes = 4096;
constexpr std::size_t kMaxArguments = 64;
constexpr const char* kForms =
    "wanted op://vault/item/field, env:NAME, file:/path (or file:/path#json.pointer), cred:NAME or "
    "exec:/program ARG..";

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

auto refuse(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "secret reference: " + what);
}

// "op", "env", .. where the text begins with a word and a colon; "" otherwise.
std::string_view scheme_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 12) return "";
  const auto scheme = text.substr(0, colon);
  const bool is_word = std::all_of(scheme.begin(), scheme.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  return is_word ? scheme : "";
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) && name.size() <= 128 &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_credential_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '@';
         });
}

Result<SecretRef> parse_op(std::string_view text) {
  constexpr std::string_view kPrefix = "op://";
  if (!text.starts_with(kPrefix)) {
    return refuse("op: wanted op://vault/item/field or op://vault/item/section/field");
  }
  std::string_view rest = text.substr(kPrefix.size());
  rest = rest.substr(0, rest.find('?'));  // ?attribute=otp, ?ssh-format=openssh
  std::size_t parts = 1;
  bool has_empty = false;
  while (true) {
    const auto slash = rest.find('/');
    if (rest.substr(0, slash).find_first_not_of(' ') == std::string_view::npos) has_empty = true;
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
    ++parts;
  }
  if (parts < 3 || parts > 4 || has_empty) {
    return refuse("op: wanted op://vault/item/field or op://vault/item/section/field, found " +
                  std::to_string(parts) + (parts == 1 ? " part" : " parts") +
                  (has_empty ? ", one of them empty" : ""));
  }
  SecretRef ref;
  ref.source = SecretSource::op;
  ref.name = text;
  return ref;
}

Result<SecretRef> parse_name(SecretSource source, std::string_view name) {
  const bool is_env = source == SecretSource::env;
  if (is_env ? !is_variable_name(name) : !is_credential_name(name)) {
    return refuse(is_env
                      ? "env: wanted the name of a variable (letters, digits, _), found " +
                            std::to_string(name.size()) + " bytes that are none"
                      : "cred: wanted the name of a credential (letters, digits, . _ - @), found " +
                            std::to_string(name.size()) + " bytes that are none");
  }
  if (looks_like_a_key(name)) {
    return refuse(std::string(is_env ? "env" : "cred") +
                  ": what stands there looks like a key, wanted the name of what holds it");
  }
  SecretRef ref;
  ref.source = source;
  ref.name = name;
  return ref;
}

// "a.0.b" as "/a/0/b"; an RFC 6901 pointer stays as it is.
std::string as_pointer(std::string_view text) {
  if (text.starts_with('/')) return std::string(text);
  std::string pointer = "/";
  for (const char c : text) {
    if (c == '.')
      pointer += '/';
    else if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

Result<SecretRef> parse_file(std::string_view text, const std::string& home) {
  const auto hash = text.find('#');
  std::string path(text.substr(0, hash));
  if (path.starts_with("~/") && home.empty()) {
    return refuse("file: ~ means nothing here, HOME is not set; wanted an absolute path");
  }
  if (path.starts_with("~/")) path = home + path.substr(1);
  if (!path.starts_with('/')) return refuse("file: wanted an absolute path, or one from ~/");
  if (path.ends_with('/')) return refuse("file: wanted a file, found the path of a folder");
  if ((path + "/").find("/../") != std::string::npos)
    return refuse("file: wanted a path without ..");
  SecretRef ref;
  ref.source = SecretSource::file;
  ref.name = std::move(path);
  if (hash == std::string_view::npos) return ref;
  if (hash + 1 == text.size()) {
    return refuse("file: wanted a JSON pointer after #, such as #/providers/openai/apiKey");
  }
  ref.pointer = as_pointer(text.substr(hash + 1));
  return ref;
}

// Blanks part arguments; '..' keeps everything, ".." all but backslash; no variable, no pattern.
std::optional<std::vector<std::string>> split_arguments(std::string_view text) {
  std::vector<std::string> list;
  std::string current;
  bool is_begun = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (is_begun) list.push_back(std::move(current));
      current.clear();
      is_begun = false;
      continue;
    }
    is_begun = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return std::nullopt;
      current += text[i];
    } else {
      current += c;
    }
  }
  if (quote != 0) return std::nullopt;
  if (is_begun) list.push_back(std::move(current));
  return list;
}

Result<SecretRef> parse_exec(std::string_view text) {
  auto argv = split_arguments(text);
  if (!argv) return refuse("exec: a quote or a backslash is left open");
  if (argv->empty() || !argv->front().starts_with('/') || argv->front().ends_with('/')) {
    return refuse("exec: wanted the absolute path of a program, then its arguments");
  }
  if (argv->size() > kMaxArguments) {
    return refuse("exec: wanted at most " + std::to_string(kMaxArguments) + " words, found " +
                  std::to_string(argv->size()));
  }
  SecretRef ref;
  ref.source = SecretSource::exec;
  ref.name = argv->front();
  ref.argv = std::move(*argv);
  return ref;
}

Result<SecretRef> parse_known(std::string_view scheme, std::string_view text,
                              const std::string& home) {
  const auto rest = text.substr(scheme.size() + 1);
  if (scheme == "op") return parse_op(text);
  if (scheme == "env") return parse_name(SecretSource::env, rest);
  if (scheme == "cred") return parse_name(SecretSource::cred, rest);
  if (scheme == "file") return parse_file(rest, home);
  if (scheme == "exec") return parse_exec(rest);
  const std::string meant =
      base::closest(std::string(scheme), {"op", "env", "file", "cred", "exec"});
  // The word itself is not repeated: it may be the first half of a password.
  return refuse("what stands before the colon is no form of it" +
                (meant.empty() ? std::string() : "; did you mean '" + meant + ":'?") + "; " +
                kForms);
}

// One entry of OpenClaw's secrets.providers; an empty object where it is not defined.
const json::value& provider_of(const json::value& providers, std::string_view name) {
  static const json::value nothing = json::object();
  const auto* one = find(providers, name);
  return one == nullptr ? nothing : *one;
}

bool is_allowed(const json::value& provider, const std::string& id) {
  const auto* list = find(provider, "allowlist");
  if (list == nullptr) return true;
  const auto names = get_strings(provider, "allowlist");
  return std::find(names.begin(), names.end(), id) != names.end();
}

}  // namespace

const char* name_of(SecretSource source) {
  switch (source) {
    case SecretSource::op:
      return "1Password";
    case SecretSource::env:
      return "environment";
    case SecretSource::file:
      return "file";
    case SecretSource::cred:
      return "service credential";
    case SecretSource::exec:
      return "program";
  }
  return "?";
}

std::string to_string(const SecretRef& ref) {
  switch (ref.source) {
    case SecretSource::op:
      return base::printable(ref.name, 300);
    case SecretSource::env:
      return "env:" + ref.name;
    case SecretSource::cred:
      return "cred:" + ref.name;
    case SecretSource::file:
      return base::printable("file:" + ref.name + (ref.pointer.empty() ? "" : "#" + ref.pointer),
                             300);
    case SecretSource::exec: {
      const std::size_t arguments = ref.argv.size() - 1;
      const std::string count =
          arguments == 0
              ? ""
              : " (" + std::to_string(arguments) + (arguments == 1 ? " argument)" : " arguments)");
      return base::printable("exec:" + ref.name, 300) + count;
    }
  }
  return "?";
}

Result<SecretRef> parse_secret_ref(std::string_view text, const std::string& home) {
  if (text.empty()) return refuse(std::string("found nothing; ") + kForms);
  if (text.size() > kMaxRefBytes) {
    return refuse("wanted at most " + std::to_string(kMaxRefBytes) + " bytes, found " +
                  std::to_string(text.size()));
  }
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (has_control || !is_utf8(text)) {
    return refuse(std::string("wanted one line of UTF-8 without control characters; ") + kForms);
  }
  const auto scheme = scheme_of(text);
  if (scheme.empty()) {
    return refuse("a text of " + std::to_string(text.size()) + " bytes is none; " + kForms +
                  ". A key itself does not belong here: put it into a file of mode 0600 and name "
                  "that");
  }
  CHELA_TRY(SecretRef ref, parse_known(scheme, text, home));
  ref.key = text;
  return ref;
}

Result<SecretRef> secret_ref_of_openclaw(const json::value& value, const json::value& providers,
                                         const std::string& home) {
  const std::string source = get_string(value, "source");
  const std::string id = get_string(value, "id");
  const json::value& provider = provider_of(providers, get_string(value, "provider", "default"));
  if (source.empty() || id.empty()) {
    return refuse("wanted {\"source\": .., \"provider\": .., \"id\": ..} with texts in them");
  }
  if (source == "env") {
    CHELA_TRY(SecretRef ref, parse_secret_ref("env:" + id, home));
    if (is_allowed(provider, id)) return ref;
    return refuse("env: " + ref.name + " is not in the allowlist of its provider");
  }
  if (source == "file") {
    const std::string path = get_string(provider, "path");
    if (path.empty()) {
      return refuse(
          "file: its provider has no `path` in secrets.providers; write file:/path#/pointer");
    }
    const bool is_single = get_string(provider, "mode", "json") == "singleValue";
    return parse_secret_ref("file:" + path + (is_single ? "" : "#" + id), home);
  }
  if (source == "exec" && id.starts_with("op://")) return parse_secret_ref(id, home);
  if (source == "exec") {
    return refuse(
        "exec: OpenClaw's resolver protocol is not spoken here; write exec:/program ARG.. or the "
        "op:// reference itself");
  }
  if (source == "store") {
    return refuse("store: OpenClaw keeps that one for itself; write op://, file: or env: instead");
  }
  return refuse("source: wanted env, file or exec");
}

bool looks_like_a_key(std::string_view text) {
  constexpr std::array<std::string_view, 17> kPrefixes{
      "sk-",  "sk_",  "pk_",  "rk_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-",
      "AKIA", "ASIA", "AIza", "xox", "hf_",  "ops_", "eyJ",  "-----BEGIN"};
  const bool has_prefix = std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) {
    return text.size() >= prefix.size() + 8 && text.starts_with(prefix);
  });
  if (has_prefix) return true;
  bool has_lower = false, has_upper = false, has_digit = false;
  std::size_t run = 0;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c)) {
      has_lower = has_upper = has_digit = false;
      run = 0;
      continue;
    }
    has_digit = has_digit || is_digit(c);
    has_upper = has_upper || (c >= 'A' && c <= 'Z');
    has_lower = has_lower || (c >= 'a' && c <= 'z');
    if (++run >= 20 && has_digit && (has_lower || has_upper)) return true;
  }
  return false;
}

}  // namespace chela::services
