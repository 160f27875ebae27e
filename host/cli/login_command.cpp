// `chela secret login`: a person agrees once in a browser; from then on oauth:NAME gives a fresh
// access token.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <iostream>
#include <optional>
#include <thread>

#include "app/plugin_network.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "services/clock.h"
#include "services/http.h"
#include "services/oauth_login.h"
#include "services/oauth_tokens.h"

namespace chela::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Fields = std::vector<std::pair<std::string, std::string>>;

// All that a login goes by.
struct Login {
  services::OAuthProvider provider;
  std::string client_id;
  std::string client_secret;  // the value
};

awaitable<Result<services::HttpReply>> post(services::HttpClient& http, std::string url,
                                            Fields fields) {
  services::HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"content-type", "application/x-www-form-urlencoded"},
                     {"accept", "application/json"}};
  request.body = services::form_of(fields);
  request.max_body_bytes = 64u << 10;
  request.deadlines.total = std::chrono::seconds(20);
  auto reply = co_await http.fetch(std::move(request));
  if (!reply) co_return fail(reply.error());
  co_return std::move(*reply);
}

Fields with_client(const Login& login, Fields fields) {
  fields.emplace_back("client_id", login.client_id);
  if (!login.client_secret.empty()) fields.emplace_back("client_secret", login.client_secret);
  return fields;
}

services::OAuthLogin begun(const Login& login) {
  services::OAuthLogin kept;
  kept.provider = login.provider.name;
  kept.token_url = login.provider.token_url;
  kept.client_id = login.client_id;
  kept.client_secret = login.client_secret;
  kept.scope = login.provider.scope;
  return kept;
}

awaitable<Result<services::OAuthLogin>> by_device(services::HttpClient& http, Login login) {
  Fields ask{{"client_id", login.client_id}, {"scope", login.provider.scope}};
  CHELA_CO_TRY(const services::HttpReply asked,
               co_await post(http, login.provider.device_url, std::move(ask)));
  CHELA_CO_TRY(const services::DeviceCode code,
               services::parse_device_code(asked.head.status, asked.body));
  std::printf("Open   %s\nType   %s\nWaiting until you have agreed (%s at most) ...\n",
              base::printable(code.address, 200).c_str(),
              base::printable(code.user_code, 40).c_str(), describe_duration(code.expires).c_str());
  std::fflush(stdout);
  const auto end = std::chrono::steady_clock::now() + code.expires;
  Duration interval = code.interval;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (std::chrono::steady_clock::now() < end) {
    pause.expires_after(interval);
    co_await pause.async_wait(asio::use_awaitable);
    Fields poll =
        with_client(login, {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                            {"device_code", code.device_code}});
    const auto reply = co_await post(http, login.provider.token_url, std::move(poll));
    if (!reply) continue;  // the network may come back
    const auto verdict = services::judge_poll(reply->head.status, reply->body);
    if (verdict == services::Poll::slow_down) interval += std::chrono::seconds(5);
    if (verdict == services::Poll::pending || verdict == services::Poll::slow_down) continue;
    co_return services::take_token_reply(begun(login), reply->head.status, reply->body,
                                         base::now());
  }
  co_return fail(ErrorCode::deadline_exceeded, "nobody agreed in time; begin again");
}

awaitable<Result<services::OAuthLogin>> by_browser(services::HttpClient& http, Login login) {
  const services::Pkce pkce = services::draw_pkce();
  std::printf(
      "Open this address in a browser, on any machine:\n\n  %s\n\n"
      "Agree there. The browser then shows that it cannot reach %s: that is right.\n"
      "Paste the address that it shows: ",
      services::login_address(login.provider, login.client_id, pkce).c_str(),
      services::kRedirectUri);
  std::fflush(stdout);
  std::string pasted;
  std::getline(std::cin, pasted);
  CHELA_CO_TRY(std::string code, services::code_of(pasted, pkce));
  Fields fields = with_client(login, {{"grant_type", "authorization_code"},
                                      {"code", std::move(code)},
                                      {"redirect_uri", services::kRedirectUri},
                                      {"code_verifier", pkce.verifier}});
  CHELA_CO_TRY(const services::HttpReply reply,
               co_await post(http, login.provider.token_url, std::move(fields)));
  co_return services::take_token_reply(begun(login), reply.head.status, reply.body, base::now());
}

template <class T>
T run_on_loop(asio::io_context& io, awaitable<T> work) {
  std::optional<T> result;
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown, T value) {
    if (thrown) std::rethrow_exception(thrown);
    result.emplace(std::move(value));
  });
  while (!result && io.run_one() > 0) {
  }
  return std::move(*result);
}

Result<std::string> read_client_secret(const std::string& reference) {
  if (reference.empty()) return std::string();
  CHELA_TRY(auto ref, services::parse_secret_ref(reference, app::home_folder()));
  const services::SystemClock clock;
  asio::io_context io(1);
  services::Secrets secrets(services::secret_settings_of_process(), clock);
  CHELA_TRY(const auto value, run_on_loop(io, services::value_of(secrets, std::move(ref))));
  return std::string(value->view());
}

Result<Login> login_of(const LoginCommand& command) {
  Login login;
  const auto known = services::find_oauth_provider(command.provider);
  if (known) login.provider = *known;
  login.provider.name = command.provider;
  const auto take = [](std::string& into, const std::string& given) {
    if (!given.empty()) into = given;
  };
  take(login.provider.device_url, command.device_url);
  take(login.provider.auth_url, command.auth_url);
  take(login.provider.token_url, command.token_url);
  take(login.provider.scope, command.scope);
  if (login.provider.token_url.empty() || login.provider.scope.empty())
    return fail(ErrorCode::invalid_argument,
                "for another service than google and microsoft say --token-url, --scope, and "
                "--device-url or --auth-url");
  login.client_id = command.client_id;
  CHELA_TRY(login.client_secret, read_client_secret(command.client_secret));
  return login;
}

// Whoever refreshes the login just now is over in 30 s.
Result<base::FileLock> lock_within(const std::string& folder, const std::string& name) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (true) {
    auto lock = services::lock_login(folder, name);
    const bool is_held = !lock && lock.error().code == ErrorCode::failed_precondition;
    if (!is_held || std::chrono::steady_clock::now() > end) return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace

int run_login(const Global& global, const LoginCommand& command) {
  const std::string name = command.name.empty() ? command.provider : command.name;
  if (!services::is_login_name(name))
    return report({ErrorCode::invalid_argument, "--name: wanted letters, digits, '-' and '_'"});
  auto login = login_of(command);
  if (!login) return report(login.error());
  const auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  asio::io_context io(1);
  services::HttpClient http(io.get_executor(), app::http_settings());
  const bool has_device_flow = !login->provider.device_url.empty();
  auto done = has_device_flow ? run_on_loop(io, by_device(http, std::move(*login)))
                              : run_on_loop(io, by_browser(http, std::move(*login)));
  if (!done) return report(done.error());
  if (done->refresh_token.empty())
    return report({ErrorCode::failed_precondition,
                   "the service gave no refresh token: ask for offline access in --scope"});
  const std::string folder = app::oauth_folder(*setup);
  // Against a refresh of the old login that would be written over the new one.
  const auto lock = lock_within(folder, name);
  if (!lock) return report(lock.error());
  if (const auto kept = services::write_login_file(folder, name, *done); !kept)
    return report(kept.error());
  std::printf("logged in; use it in a manifest:  secrets: {token: oauth:%s}\n", name.c_str());
  return kOk;
}

}  // namespace chela::cli
