#include "services/fetch.h"

#include <algorithm>

#include "base/text.h"
#include "chela/utf8.h"
#include "services/hash.h"

namespace chela::services {
namespace {

using boost::asio::awaitable;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kSecretPath = 20;  // bytes
constexpr std::size_t kSecretValue = 8;

// The secrets of one exchange, by the names under which the request asks for them.
struct Filled {
  std::map<std::string, ReadSecret> read;     // hold the values
  std::map<std::string, SecretText> derived;  // "basic:ana:password"
  std::optional<std::string_view> find(std::string_view name) const {
    if (const auto made = derived.find(std::string(name)); made != derived.end())
      return made->second.text();
    if (const auto value = read.find(std::string(name)); value != read.end())
      return value->second.view();
    return std::nullopt;
  }
};

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

awaitable<Result<Filled>> read_all(PluginSecrets& secrets, const Caller& caller,
                                   std::set<std::string> names, Deadline deadline) {
  Filled filled;
  for (const auto& name : names) {
    CHELA_CO_TRY(ReadSecret secret, co_await secrets.get(caller, name, deadline));
    filled.read.emplace(name, std::move(secret));
  }
  co_return filled;
}

// Puts basic logins together; the headers ask for them by a name of their own from now on.
Result<void> make_logins(const FetchTools& tools, FetchRequest& request, Filled& filled) {
  std::vector<BasicLogin> logins;
  for (auto& [name, value] : request.headers) value = name_logins(value, logins);
  for (const auto& login : logins) {
    if (login.user.find(':') != std::string::npos)
      return fail(ErrorCode::invalid_argument, "a user of a basic login may hold no ':'");
    SecretText pair(login.user + ":");
    pair.append(filled.read.at(login.secret).view());
    SecretText made(base64(pair.text()));
    if (tools.on_derived) tools.on_derived(login.secret, made.text());
    filled.derived.emplace(login.name, std::move(made));
  }
  return {};
}

// What servers repeat of an address that is itself a secret. Short parts are no secrets, and would
// blacken ordinary text.
std::vector<std::pair<std::string, std::string>> secret_parts(const std::string& url) {
  std::vector<std::pair<std::string, std::string>> parts{{"-address", url}};
  const auto add = [&](const char* suffix, const std::string& part, std::size_t least) {
    if (part.size() >= least) parts.emplace_back(suffix + std::to_string(parts.size()), part);
  };
  const std::string path = path_of(url);
  auto at = url.find('?');
  if (at != std::string::npos) add("-target", path + url.substr(at), kSecretPath);
  while (at != std::string::npos) {
    const auto next = url.find('&', at + 1);
    const auto equals = url.find('=', at);
    if (equals < next) add("-value", url.substr(equals + 1, next - equals - 1), kSecretValue);
    at = next;
  }
  add("-path", path, kSecretPath);
  return parts;
}

HttpRequest http_request(const Caller& caller, FetchRequest request, std::string url,
                         bool is_secret_url, const Filled& filled, Deadline deadline) {
  HttpRequest http;
  http.method = request.method;
  http.headers = std::move(request.headers);
  http.body = std::move(request.body);
  http.fills_body = request.fills_body;
  http.max_body_bytes = request.max_body_bytes;
  const Duration left =
      std::max(Duration(1), std::chrono::duration_cast<Duration>(deadline - Steady::now()));
  const Duration total = std::min(request.timeout, left);
  http.deadlines.total = total;
  http.deadlines.connect = std::min(http.deadlines.connect, total);
  http.deadlines.first_byte = total;
  http.deadlines.idle = total;
  http.allows_plain_http = true;  // the manifest names the address with its scheme
  http.hides_path = is_secret_url;
  http.wants_certificate = request.wants_certificate;
  http.secrets = [&filled](std::string_view name) { return filled.find(name); };
  http.may_follow = [&caller, method = request.method,
                     origin = base::parse_origin(url)](const std::string& path) {
    return origin && may_fetch(caller.grant, method, *origin, path);
  };
  http.url = std::move(url);
  return http;
}

json::object info_of(const HttpHead& head, Duration elapsed, const UsedSecrets& used) {
  json::array headers;
  for (const auto& [name, value] : head.headers) {
    headers.push_back(
        json::array{replace_invalid_utf8(name), replace_invalid_utf8(used.scrub(value))});
  }
  json::object info{
      {"status", head.status}, {"headers", std::move(headers)}, {"elapsed_ms", elapsed.count()}};
  if (head.certificate_expires)
    info["certificate_expires_ms"] = head.certificate_expires->time_since_epoch().count();
  return info;
}

Error error_of(const HttpError& error) {
  switch (error.kind) {
    case HttpFailure::too_large:
      return {ErrorCode::resource_exhausted, error.message};
    case HttpFailure::cut:
    case HttpFailure::protocol:
      return {ErrorCode::data_loss, error.message};
    case HttpFailure::bad_request:
      // An address or a secret that cannot be: a person puts it right, and then it can be sent.
      return {ErrorCode::failed_precondition, error.message};
    default:
      return error;
  }
}

}  // namespace

awaitable<Result<FetchAnswer>> fetch(FetchTools tools, const Caller& caller, FetchRequest request,
                                     Deadline deadline) {
  const std::string url_secret = secret_of_url(request.url);
  // Before a secret is read for it: what is refused needs none.
  if (url_secret.empty()) CHELA_CO_TRY(check_fetch(caller, request, request.url, false));
  CHELA_CO_TRY(Filled filled,
               co_await read_all(tools.secrets, caller, secrets_of(request), deadline));
  CHELA_CO_TRY(make_logins(tools, request, filled));
  std::string url = request.url;
  UsedSecrets used;
  for (const auto& [name, secret] : filled.read) {
    used.add(name, secret.view());
    const bool is_line = is_one_line(secret.view());
    if (!is_line && name != url_secret)
      co_return fail(
          ErrorCode::failed_precondition,
          secret.reference + " holds a line break or another control character, which no key has");
  }
  for (const auto& [name, made] : filled.derived) used.add(name, made.text());
  if (!url_secret.empty()) {
    url = address_of(filled.read.at(url_secret).view());
    if (!is_one_line(url))
      co_return fail(ErrorCode::failed_precondition,
                     "the secret '" + url_secret + "': wanted one address, found several lines");
    CHELA_CO_TRY(check_fetch(caller, request, url, true));
    for (const auto& [suffix, part] : secret_parts(url)) {
      used.add(url_secret + suffix, part);
      if (tools.on_derived) tools.on_derived(url_secret, part);
    }
  }
  const auto began = Steady::now();
  HttpRequest http = http_request(caller, std::move(request), std::move(url), !url_secret.empty(),
                                  filled, deadline);
  auto reply = co_await tools.http.fetch(std::move(http));
  if (!reply) {
    Error error = error_of(reply.error());
    error.message = used.scrub(std::move(error.message));
    co_return fail(std::move(error));
  }
  if (reply->head.status == 401) {
    for (const auto& [name, secret] : filled.read) tools.secrets.doubt(secret);
  }
  const auto elapsed = std::chrono::duration_cast<Duration>(Steady::now() - began);
  FetchAnswer answer{info_of(reply->head, elapsed, used), used.scrub(std::move(reply->body))};
  co_return answer;
}

}  // namespace chela::services
