#include "models/provider_pool.h"

#include <cstring>

#include "base/text.h"
#include "chela/document.h"

namespace chela::models {
namespace {

using boost::asio::awaitable;

constexpr auto kCallTimeout = std::chrono::seconds(10);

tl::unexpected<Failure> fault(const std::string& what) {
  return tl::unexpected<Failure>(
      Failure{Reason::plugin_fault, ProviderScope::provider, {}, what, 0});
}

json::object head_of(int status, const Headers& headers) {
  return {{"status", status}, {"headers", chela::internal::headers_json(headers)}};
}

}  // namespace

awaitable<PluginResult<std::string>> ProviderHandle::call(std::string op, std::string request) {
  std::optional<services::OneAtATime::Inside> inside;
  inside.emplace(co_await door_.enter());
  if (running_ && !running_->instance->is_usable()) running_.reset();
  if (running_) {
    if (const auto died = running_->instance->died()) {
      starter_.tell_fault(id_, *died);
      running_.reset();
    }
  }
  if (!running_) {
    auto started = co_await starter_.start(id_);
    // A crash at the start counts towards quarantine; all else a person has to put right.
    if (!started) {
      co_return tl::unexpected<Failure>(
          Failure{Reason::plugin_fault, ProviderScope::request, {}, started.error().message, 0});
    }
    running_.emplace(std::move(*started));
  }
  auto outcome = co_await running_->instance->call_text(op, std::move(request), kCallTimeout);
  if (outcome.fault) {
    starter_.tell_fault(id_, *outcome.fault);
    co_return fault(id_ + " " + *outcome.fault);
  }
  if (outcome.reply) co_return std::move(*outcome.reply);
  const Error& error = outcome.reply.error();
  if (error.code == ErrorCode::invalid_argument) {
    co_return tl::unexpected<Failure>(
        Failure{Reason::bad_request, ProviderScope::request, {}, error.message, 0});
  }
  co_return fault(id_ + ": " + op + ": " + error.message);
}

// The plugin gave an answer that cannot be.
PluginResult<std::string> ProviderHandle::lied(const std::string& op, const std::string& what) {
  const std::string words = "gave a wrong answer to " + op + ": " + what;
  if (running_) running_->instance->distrust();
  starter_.tell_fault(id_, words);
  return fault(id_ + " " + words);
}

awaitable<PluginResult<json::value>> ProviderHandle::describe() {
  auto text = co_await call("describe", "{}");
  if (!text) co_return tl::unexpected<Failure>(text.error());
  auto value = parse_json(*text);
  if (!value) co_return tl::unexpected<Failure>(lied("describe", value.error().message).error());
  co_return std::move(*value);
}

awaitable<PluginResult<WireRequest>> ProviderHandle::encode(std::string op, json::value request) {
  std::string written = json::serialize(request);
  auto text = co_await call(op, std::move(written));
  if (!text) co_return tl::unexpected<Failure>(text.error());
  const auto document = parse_document(*text);
  if (!document) co_return tl::unexpected<Failure>(lied(op, document.error().message).error());
  WireRequest wire{get_string(document->head, "method"), get_string(document->head, "url"),
                   chela::internal::parse_headers(document->head), std::string(document->bytes)};
  if (wire.method.empty() || wire.url.empty())
    co_return tl::unexpected<Failure>(lied(op, "a request without method or address").error());
  co_return wire;
}

awaitable<PluginResult<OpenedReply>> ProviderHandle::open(int status, const Headers& headers) {
  std::string written = json::serialize(head_of(status, headers));
  auto text = co_await call("open", std::move(written));
  if (!text) co_return tl::unexpected<Failure>(text.error());
  const auto value = parse_json(*text);
  if (!value || get_int(*value, "decoder") <= 0)
    co_return tl::unexpected<Failure>(lied("open", "no decoder").error());
  co_return OpenedReply{get_int(*value, "decoder"), rate_limits(*value)};
}

awaitable<PluginResult<json::array>> ProviderHandle::events(std::string op, std::string request) {
  auto text = co_await call(op, std::move(request));
  if (!text) co_return tl::unexpected<Failure>(text.error());
  auto value = parse_json(*text);  // of valid UTF-8 only
  if (!value) co_return tl::unexpected<Failure>(lied(op, value.error().message).error());
  auto* object = value->if_object();
  auto* list = object == nullptr ? nullptr : object->if_contains("events");
  if (list == nullptr || !list->is_array())
    co_return tl::unexpected<Failure>(lied(op, "no events").error());
  co_return std::move(list->get_array());
}

awaitable<PluginResult<json::array>> ProviderHandle::feed(std::int64_t decoder, std::string bytes) {
  std::string request = write_document(json::object{{"decoder", decoder}}, bytes);
  return events("feed", std::move(request));
}

awaitable<PluginResult<json::array>> ProviderHandle::close(std::int64_t decoder, bool is_complete) {
  std::string request =
      json::serialize(json::object{{"decoder", decoder}, {"complete", is_complete}});
  return events("close", std::move(request));
}

awaitable<PluginResult<Explained>> ProviderHandle::explain(int status, Headers headers,
                                                           std::string body) {
  std::string request = write_document(head_of(status, headers), body);
  auto text = co_await call("explain", std::move(request));
  if (!text) co_return tl::unexpected<Failure>(text.error());
  const auto value = parse_json(*text);
  const auto* error = value ? chela::find(*value, "error") : nullptr;
  if (error == nullptr) co_return tl::unexpected<Failure>(lied("explain", "no error").error());
  ProviderError explained = provider_error(*error);
  explained.message = base::printable(explained.message, 300);
  co_return Explained{failure_of(explained, status), rate_limits(*value)};
}

awaitable<PluginResult<json::value>> ProviderHandle::decode(std::string op, int status,
                                                            Headers headers, std::string body) {
  std::string request = write_document(head_of(status, headers), body);
  auto text = co_await call(op, std::move(request));
  if (!text) co_return tl::unexpected<Failure>(text.error());
  auto value = parse_json(*text);
  if (!value) co_return tl::unexpected<Failure>(lied(op, value.error().message).error());
  co_return std::move(*value);
}

awaitable<PluginResult<Embedded>> ProviderHandle::embed_decode(int status, Headers headers,
                                                               std::string body,
                                                               std::size_t count) {
  json::object head = head_of(status, headers);
  head["count"] = count;
  std::string request = write_document(head, body);
  auto text = co_await call("embed_decode", std::move(request));
  if (!text) co_return tl::unexpected<Failure>(text.error());
  const auto document = parse_document(*text);
  if (!document)
    co_return tl::unexpected<Failure>(lied("embed_decode", document.error().message).error());
  Embedded embedded;
  embedded.dimensions =
      static_cast<std::size_t>(std::max<std::int64_t>(0, get_int(document->head, "dimensions")));
  if (const auto* usage = chela::find(document->head, "usage"))
    embedded.usage = parse_usage(*usage);
  const std::size_t bytes = document->bytes.size();
  if (embedded.dimensions == 0 || embedded.dimensions > 1u << 20 ||
      bytes != count * embedded.dimensions * sizeof(float))
    co_return tl::unexpected<Failure>(
        lied("embed_decode", std::to_string(bytes) + " bytes of vectors").error());
  embedded.values.resize(bytes / sizeof(float));
  std::memcpy(embedded.values.data(), document->bytes.data(), bytes);
  co_return embedded;
}

}  // namespace chela::models
