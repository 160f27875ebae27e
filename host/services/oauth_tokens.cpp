#include "services/oauth_tokens.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <optional>

#include "base/durable_file.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "services/secret_file.h"

namespace chela::services {
namespace {

using boost::asio::awaitable;
namespace fs = std::filesystem;

constexpr auto kSpare = std::chrono::seconds(60);  // a token that ends within a request is no use
constexpr int kLockTries = 150;
constexpr auto kLockWait = std::chrono::milliseconds(100);
constexpr std::size_t kMostReply = 64u << 10;

std::string how_to_login(const std::string& name) {
  return "run: chela secret login google (or microsoft) --name " + name;
}

// What a provider says of a refusal: a word of the standard, never a whole page.
std::string error_word(std::string_view body) {
  const auto reply = parse_json(body);
  return reply ? base::printable(get_string(*reply, "error"), 60) : "";
}

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);  // what uses it says what is wrong
  ::chmod(folder.c_str(), 0700);
}

}  // namespace

bool is_login_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string login_file(const std::string& folder, const std::string& name) {
  return folder + "/" + name + ".json";
}

Result<OAuthLogin> parse_login(std::string_view text) {
  const auto value = parse_json(text);
  if (!value || get_string(*value, "schema") != "chela.oauth/1")
    return fail(ErrorCode::invalid_argument, "wanted a document of schema chela.oauth/1");
  OAuthLogin login;
  login.provider = get_string(*value, "provider");
  login.token_url = get_string(*value, "token_url");
  login.client_id = get_string(*value, "client_id");
  login.client_secret = get_string(*value, "client_secret");
  login.scope = get_string(*value, "scope");
  login.refresh_token = get_string(*value, "refresh_token");
  login.access_token = get_string(*value, "access_token");
  login.expires = Timestamp(Duration(get_int(*value, "expires_ms")));
  if (login.token_url.empty() || login.client_id.empty() || login.refresh_token.empty())
    return fail(ErrorCode::invalid_argument, "wanted token_url, client_id and refresh_token");
  return login;
}

std::string write_login(const OAuthLogin& login) {
  return json::serialize(json::object{{"schema", "chela.oauth/1"},
                                      {"provider", login.provider},
                                      {"token_url", login.token_url},
                                      {"client_id", login.client_id},
                                      {"client_secret", login.client_secret},
                                      {"scope", login.scope},
                                      {"refresh_token", login.refresh_token},
                                      {"access_token", login.access_token},
                                      {"expires_ms", login.expires.time_since_epoch().count()}}) +
         "\n";
}

Result<OAuthLogin> take_token_reply(OAuthLogin login, int status, std::string_view body,
                                    Timestamp now) {
  if (status == 200) {
    const auto reply = parse_json(body);
    const std::string token = reply ? get_string(*reply, "access_token") : "";
    if (token.empty())
      return fail(ErrorCode::data_loss, "the token endpoint's answer has no access_token");
    login.access_token = token;
    const auto seconds = std::clamp<std::int64_t>(get_int(*reply, "expires_in", 300), 1, 86'400);
    login.expires = now + std::chrono::seconds(seconds);
    // Some providers hand out another one each time, and the old one ends.
    if (const auto next = get_string(*reply, "refresh_token"); !next.empty())
      login.refresh_token = next;
    return login;
  }
  const std::string word = error_word(body);
  const std::string said =
      "the token endpoint says " + std::to_string(status) + (word.empty() ? "" : " " + word);
  const bool is_final = status >= 400 && status < 500 && status != 408 && status != 429;
  if (is_final)
    return fail(ErrorCode::failed_precondition, said + ": the login has ended or was withdrawn");
  return fail(ErrorCode::unavailable, said);
}

std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string form;
  const auto add = [&](const std::string& text) {
    for (const char c : text) {
      const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
      if (is_plain) {
        form += c;
        continue;
      }
      const auto byte = static_cast<unsigned char>(c);
      form += '%';
      form += kHex[byte >> 4];
      form += kHex[byte & 15];
    }
  };
  for (const auto& [name, value] : fields) {
    if (!form.empty()) form += '&';
    add(name);
    form += '=';
    add(value);
  }
  return form;
}

bool is_fresh(const OAuthLogin& login, Timestamp now) {
  return !login.access_token.empty() && login.expires > now + kSpare &&
         login.expires < now + std::chrono::hours(25);  // else the clock has gone back
}

Result<OAuthLogin> read_login_file(const std::string& folder, const std::string& name) {
  const std::string file = login_file(folder, name);
  if (!is_login_name(name)) {
    return fail(ErrorCode::invalid_argument,
                "oauth:" + base::printable(name, 80) + ": wanted letters, digits, '-' and '_'");
  }
  std::error_code error;
  if (!fs::exists(file, error))
    return fail(ErrorCode::failed_precondition,
                "oauth:" + name + ": nobody has logged in under this name; " + how_to_login(name));
  SecretRead read = read_secret_file(file, "", FileUse::secret, {geteuid()});
  if (read.failure) return fail(to_error("oauth:" + name, *read.failure));
  auto login = parse_login(read.value.view());
  if (!login)
    return fail(ErrorCode::failed_precondition,
                file + ": " + login.error().message + "; " + how_to_login(name));
  return login;
}

Result<void> write_login_file(const std::string& folder, const std::string& name,
                              const OAuthLogin& login) {
  make_folder(folder);
  return base::write_durably(login_file(folder, name), write_login(login), 0600);
}

Result<base::FileLock> lock_login(const std::string& folder, const std::string& name) {
  make_folder(folder);
  return base::FileLock::try_lock(login_file(folder, name) + ".lock");
}

void OAuthTokens::tell(const std::string& name, const OAuthLogin& login) const {
  if (!settings_.on_value) return;
  settings_.on_value("oauth:" + name, login.access_token);
  settings_.on_value("oauth:" + name, login.refresh_token);
  if (!login.client_secret.empty()) settings_.on_value("oauth:" + name, login.client_secret);
}

// What one refresh needs, by value: it outlives who asked, and the tokens themselves.
struct OAuthTokens::Refresh {
  Refresh(boost::asio::any_io_executor loop, const OAuthSettings& settings, const Clock& its_clock,
          std::string login_name, std::string token)
      : folder(settings.folder),
        http(settings.http),
        clock(its_clock),
        name(std::move(login_name)),
        old_token(std::move(token)),
        over(loop, boost::asio::steady_timer::time_point::max()) {}

  std::string folder;
  HttpSettings http;
  const Clock& clock;
  std::string name;
  std::string old_token;           // which is not wanted any more
  boost::asio::steady_timer over;  // cancelled at the end
  std::optional<Result<OAuthLogin>> outcome;
  int waiting = 0;
};

struct OAuthTokens::Waiting {
  explicit Waiting(std::shared_ptr<Refresh> joined) : refresh(std::move(joined)) {
    ++refresh->waiting;
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { --refresh->waiting; }
  std::shared_ptr<Refresh> refresh;
};

namespace {

awaitable<Result<OAuthLogin>> ask(HttpSettings settings, OAuthLogin login, const Clock& clock) {
  HttpClient http(co_await boost::asio::this_coro::executor, std::move(settings));
  HttpRequest request;
  request.method = "POST";
  request.url = login.token_url;
  request.headers = {{"content-type", "application/x-www-form-urlencoded"},
                     {"accept", "application/json"}};
  std::vector<std::pair<std::string, std::string>> fields{{"grant_type", "refresh_token"},
                                                          {"refresh_token", login.refresh_token},
                                                          {"client_id", login.client_id}};
  if (!login.client_secret.empty()) fields.emplace_back("client_secret", login.client_secret);
  request.body = form_of(fields);
  request.max_body_bytes = kMostReply;
  request.deadlines.total = std::chrono::seconds(15);
  auto reply = co_await http.fetch(std::move(request));
  if (!reply) co_return fail(ErrorCode::unavailable, reply.error().message);
  co_return take_token_reply(std::move(login), reply->head.status, reply->body, clock.now());
}

}  // namespace

awaitable<Result<OAuthLogin>> OAuthTokens::renew(std::shared_ptr<Refresh> refresh) {
  const std::string& name = refresh->name;
  // One process refreshes, the others find what it wrote.
  Result<base::FileLock> lock = fail(ErrorCode::unavailable, "");
  for (int i = 0; i < kLockTries; ++i) {
    lock = lock_login(refresh->folder, name);
    if (lock || lock.error().code != ErrorCode::failed_precondition) break;
    // Nothing has been asked for yet, so nothing is lost where nobody waits any more.
    if (refresh->waiting == 0) co_return fail(ErrorCode::cancelled, "nobody waits");
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor, kLockWait);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
  if (!lock) co_return fail(lock.error());
  CHELA_CO_TRY(OAuthLogin login, read_login_file(refresh->folder, name));
  const bool was_refreshed =
      is_fresh(login, refresh->clock.now()) && login.access_token != refresh->old_token;
  if (was_refreshed) co_return login;
  auto next = co_await ask(refresh->http, std::move(login), refresh->clock);
  if (!next) {
    const bool is_over = next.error().code == ErrorCode::failed_precondition;
    co_return fail(next.error().code, "oauth:" + name + ": " + next.error().message +
                                          (is_over ? "; " + how_to_login(name) : ""));
  }
  CHELA_CO_TRY(write_login_file(refresh->folder, name, *next));
  co_return std::move(*next);
}

awaitable<void> OAuthTokens::run(std::shared_ptr<Refresh> refresh) {
  // Not before who asked is counted: co_spawn may begin at once.
  co_await boost::asio::post(boost::asio::use_awaitable);
  refresh->outcome = co_await renew(refresh);
  refresh->over.cancel();
}

// The refresh of this login that is under way, or a new one.
std::shared_ptr<OAuthTokens::Refresh> OAuthTokens::join(boost::asio::any_io_executor loop,
                                                        const std::string& name,
                                                        const OAuthLogin& login) {
  auto& place = under_way_[name];
  if (auto known = place.lock(); known && !known->outcome && known->over.get_executor() == loop)
    return known;
  auto refresh = std::make_shared<Refresh>(loop, settings_, clock_, name, login.access_token);
  place = refresh;
  boost::asio::co_spawn(loop, run(refresh), boost::asio::detached);
  return refresh;
}

awaitable<Result<std::shared_ptr<const SecretString>>> OAuthTokens::get(std::string name) {
  CHELA_CO_TRY(OAuthLogin login, read_login_file(settings_.folder, name));
  tell(name, login);
  if (!is_fresh(login, clock_.now()) || doubted_.contains(name)) {
    const Waiting waiting(join(co_await boost::asio::this_coro::executor, name, login));
    auto& refresh = *waiting.refresh;
    if (!refresh.outcome) {
      co_await refresh.over.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (!refresh.outcome) co_return fail(ErrorCode::cancelled, "oauth:" + name + ": cancelled");
    if (!*refresh.outcome) co_return fail(refresh.outcome->error());
    login = **refresh.outcome;
    doubted_.erase(name);
    tell(name, login);
  }
  // Shared, because it may be in several requests at once.
  co_return std::make_shared<const SecretString>(SecretString::copy_of(login.access_token));
}

awaitable<void> OAuthTokens::settle() {
  const auto loop = co_await boost::asio::this_coro::executor;
  const auto all = under_way_;
  for (const auto& [name, place] : all) {
    const auto refresh = place.lock();
    const bool is_under_way = refresh && !refresh->outcome && refresh->over.get_executor() == loop;
    if (is_under_way)
      co_await refresh->over.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

}  // namespace chela::services
