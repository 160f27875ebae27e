#include "services/http.h"

#include <boost/asio/this_coro.hpp>

#include "services/http_transfer.h"

namespace chela::services {

namespace asio = boost::asio;

namespace {

constexpr int kMostRedirects = 5;
constexpr std::size_t kMostRedirectBody = 64 * 1024;  // read, so that its connection can go on

}  // namespace

struct HttpClient::Opened {
  std::shared_ptr<HttpMulti> multi;  // shared with the exchanges
  std::shared_ptr<const HttpTrust> trust;
};

std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [known, value] : headers)
    if (known == name) return value;
  return std::nullopt;
}

HttpExchange::HttpExchange(std::unique_ptr<HttpTransfer> transfer)
    : transfer_(std::move(transfer)) {}

HttpExchange::~HttpExchange() = default;

const HttpHead& HttpExchange::head() const {
  return transfer_->head();
}

asio::awaitable<HttpResult<std::optional<std::string>>> HttpExchange::next() {
  co_await asio::this_coro::throw_if_cancelled(false);
  HttpTransfer& transfer = *transfer_;
  for (;;) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) transfer.cancel();
    if (!transfer.is_over() && transfer.is_past_total())
      transfer.fail_by_time(HttpFailure::total_timeout);
    if (transfer.has_bytes()) co_return std::optional<std::string>(transfer.take_bytes());
    if (transfer.failure()) co_return tl::unexpected<HttpError>(*transfer.failure());
    if (transfer.is_over()) co_return std::optional<std::string>();
    co_await transfer.wait();
  }
}

void HttpExchange::cancel() {
  transfer_->cancel();
}

HttpClient::HttpClient(asio::any_io_executor loop, HttpSettings settings)
    : loop_(std::move(loop)), settings_(std::move(settings)) {}

HttpClient::~HttpClient() = default;

HttpResult<void> HttpClient::open() {
  if (opened_) return {};
  CHELA_HTTP_TRY(CurlLibrary curl, open_curl());
  auto opened = std::make_unique<Opened>();
  CHELA_HTTP_TRY(HttpTrust trust, trust_of(settings_, curl));
  opened->trust = std::make_shared<const HttpTrust>(std::move(trust));
  opened->multi = std::make_shared<HttpMulti>(loop_, std::move(curl));
  auto ready = opened->multi->open(settings_.max_idle_connections);
  if (ready) opened_ = std::move(opened);
  return ready;
}

asio::awaitable<HttpResult<std::unique_ptr<HttpExchange>>> HttpClient::start(HttpRequest request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto began = HttpProgress::Time::clock::now();
  if (auto ready = open(); !ready) co_return tl::unexpected<HttpError>(std::move(ready).error());
  // Kept over the waits: an exchange goes on where its client is gone.
  const auto multi = opened_->multi;
  const auto trust = opened_->trust;
  const auto loop = loop_;
  CHELA_HTTP_CO_TRY(HttpPlan plan, plan_request(multi->curl(), std::move(request)));
  for (int redirects = 0;; ++redirects) {
    auto transfer = std::make_unique<HttpTransfer>(loop, multi, std::move(plan), began);
    if (auto begun = transfer->begin(trust); !begun)
      co_return tl::unexpected<HttpError>(std::move(begun).error());
    while (!transfer->has_head() && !transfer->is_over()) {
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none)
        transfer->cancel();
      else
        co_await transfer->wait();
    }
    if (!transfer->has_head()) co_return tl::unexpected<HttpError>(*transfer->failure());
    auto target = redirects < kMostRedirects ? transfer->followable() : std::nullopt;
    if (!target) co_return std::make_unique<HttpExchange>(std::move(transfer));

    transfer->discard_body();
    while (!transfer->is_over() && transfer->body_bytes() <= kMostRedirectBody)
      co_await transfer->wait();
    if (transfer->failure()) co_return tl::unexpected<HttpError>(*transfer->failure());
    plan = transfer->take_plan();
    plan.url = std::move(*target);
    plan.filled_url = SecretText(plan.url.text);
  }
}

asio::awaitable<HttpResult<HttpReply>> HttpClient::fetch(HttpRequest request) {
  CHELA_HTTP_CO_TRY(std::unique_ptr<HttpExchange> exchange, co_await start(std::move(request)));
  HttpReply reply;
  for (;;) {
    CHELA_HTTP_CO_TRY(std::optional<std::string> bytes, co_await exchange->next());
    if (!bytes) break;
    if (reply.body.empty())
      reply.body = std::move(*bytes);
    else
      reply.body += *bytes;
  }
  reply.head = exchange->head();
  co_return reply;
}

}  // namespace chela::services
