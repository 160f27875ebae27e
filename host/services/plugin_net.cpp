#include "services/plugin_net.h"

#include <boost/asio/this_coro.hpp>

#include "services/sign_text.h"

namespace chela::services {

using boost::asio::awaitable;

namespace {

constexpr std::size_t kMostSigned = 64u << 10;

}  // namespace

Result<void> CallStreams::check_room() const {
  if (streams_.size() < kMost) return {};
  return fail(ErrorCode::resource_exhausted,
              "chela.stream/1: at most " + std::to_string(kMost) + " streams are open at once");
}

Result<std::uint32_t> CallStreams::add(std::unique_ptr<MailStream> stream) {
  CHELA_TRY(check_room());
  streams_.emplace(++last_, std::move(stream));
  return last_;
}

Result<MailStream*> CallStreams::find(std::uint32_t number) const {
  const auto found = streams_.find(number);
  if (found != streams_.end()) return found->second.get();
  return fail(ErrorCode::not_found, "chela.stream/1: no stream " + std::to_string(number));
}

Result<void> CallStreams::close(std::uint32_t number) {
  CHELA_TRY(find(number));
  streams_.erase(number);
  return {};
}

awaitable<void> PluginNet::make_clients() {
  if (http_) co_return;
  const auto loop = co_await boost::asio::this_coro::executor;
  http_ = std::make_shared<HttpClient>(loop, settings_);
  mail_ = std::make_shared<MailConnector>(loop, settings_);
}

void PluginNet::end_idle() {
  http_.reset();
  mail_.reset();
}

awaitable<Result<FetchAnswer>> PluginNet::fetch(const Caller& caller, std::string request,
                                                std::string body, Deadline deadline) {
  CHELA_CO_TRY(FetchRequest read, parse_fetch_request(request, body));
  co_await make_clients();
  const auto http = http_;
  FetchTools tools{*http, secrets_, on_derived_};
  co_return co_await services::fetch(std::move(tools), caller, std::move(read), deadline);
}

awaitable<Result<std::unique_ptr<MailStream>>> PluginNet::open(const Caller& caller,
                                                               std::string request,
                                                               Deadline deadline) {
  CHELA_CO_TRY(MailRequest read, parse_mail_request(request, caller));
  SecretText secret;
  ReadSecret value;
  if (read.login != MailLogin::none) {
    std::string name = read.secret;
    CHELA_CO_TRY(value, co_await secrets_.get(caller, std::move(name), deadline));
    secret.append(value.view());
  }
  co_await make_clients();
  const auto mail = mail_;
  auto stream = co_await mail->open(std::move(read), std::move(secret), deadline);
  if (!stream && stream.error().code == ErrorCode::unauthenticated && value.value)
    secrets_.doubt(value);
  co_return stream;
}

awaitable<Result<MadeSignature>> PluginNet::sign(const Caller& caller, std::string key,
                                                 std::string algorithm, std::string text,
                                                 Deadline deadline) {
  if (text.size() > kMostSigned)
    co_return fail(ErrorCode::invalid_argument, "chela.sign/1: wanted at most 64 KiB of text");
  CHELA_CO_TRY(check_signing(caller, key, text));
  CHELA_CO_TRY(ReadSecret value, co_await secrets_.get(caller, key, deadline));
  co_return sign_text(value.view(), algorithm, text);
}

}  // namespace chela::services
