#include "models/attempt.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/origin.h"
#include "base/text.h"

namespace chela::models {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Steady = std::chrono::steady_clock;
using Keys = std::map<std::string, Key>;

constexpr std::size_t kMaxErrorBytes = 256u << 10;
constexpr auto kTail = std::chrono::milliseconds(100);

// Ends an exchange that is behind its time. [loop-thread]
class Watch {
 public:
  explicit Watch(const asio::any_io_executor& executor) : timer_(executor) {}
  ~Watch() { *alive_ = false; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void arm(services::HttpExchange& exchange, Duration limit) {
    has_fired_ = false;
    timer_.expires_after(limit);
    timer_.async_wait([this, alive = alive_, &exchange](const boost::system::error_code& error) {
      if (error || !*alive) return;
      has_fired_ = true;
      exchange.cancel();
    });
  }
  void disarm() { timer_.cancel(); }
  bool has_fired() const { return has_fired_; }

 private:
  asio::steady_timer timer_;
  bool has_fired_ = false;
  // Shared with the handler, which may run once more after this is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

Duration since(Steady::time_point begin) {
  return std::chrono::duration_cast<Duration>(Steady::now() - begin);
}

// What a person has to put right here (a variable, a file) may be right the next time; a vault that
// is locked, or a program that fails, is left alone for a while.
Failure no_secret(const Error& error, const std::string& reference) {
  if (error.code == ErrorCode::cancelled)
    return {Reason::cancelled, ProviderScope::request, {}, error.message, 0};
  const bool is_remote = reference.starts_with("op:") || reference.starts_with("exec:");
  return {Reason::no_secret,
          is_remote ? ProviderScope::key : ProviderScope::request,
          {},
          error.message,
          0};
}

// A text that was cut in the middle of a key still ends in a part of it, which no redactor knows.
void cut_part_of_key(std::string& text, const Keys& keys) {
  const std::string_view dots = "...";
  const bool has_dots = text.ends_with(dots);
  std::string_view shown = std::string_view(text).substr(0, text.size() - (has_dots ? 3 : 0));
  for (const auto& [name, key] : keys) {
    for (std::size_t size = std::min(key.value.size(), shown.size()); size >= 5; --size) {
      if (!shown.ends_with(key.value.substr(0, size))) continue;
      text = std::string(shown.substr(0, shown.size() - size)) + "[redacted]";
      return;
    }
  }
}

struct Sent {
  Keys keys;
  Steady::time_point began{};  // of the exchange, once its keys are there
  std::optional<Failure> failure;
  std::unique_ptr<services::HttpExchange> exchange;
  bool was_sent = false;
  std::uint64_t key_generation = 0;
};

// Where the plugin wants its request to go is where the manifest lets it go.
std::optional<Failure> check_origin(const ProviderInfo& provider, const std::string& method,
                                    const std::string& url) {
  const auto wanted = base::parse_origin(url);
  const auto begin = url.find('/', url.find("://") + 3);
  const std::string path =
      begin == std::string::npos ? "/" : url.substr(begin, url.find_first_of("?#", begin) - begin);
  for (const auto& allowed : provider.origins) {
    if (wanted && base::covers(allowed, method, *wanted, path)) return std::nullopt;
  }
  return Failure{Reason::plugin_fault,
                 ProviderScope::provider,
                 {},
                 provider.id + ": the request would go to " +
                     (wanted ? base::to_string(*wanted) : "no http address") +
                     ", which its manifest does not allow; add under 'allow':  http: [\"" +
                     (wanted ? base::to_string(*wanted) : "https://..") + "\"]",
                 0};
}

// Reads the key that the request names, and every other secret of the provider.
awaitable<Result<Keys>> read_keys(AttemptTools tools, const ProviderInfo& provider,
                                  std::string reference) {
  Keys keys;
  std::map<std::string, std::string> wanted = provider.other_secrets;
  if (!reference.empty()) wanted[provider.secret] = reference;
  for (const auto& [name, one] : wanted) {
    std::string copy = one;
    auto key = co_await tools.keys.get(std::move(copy));
    if (!key) co_return fail(key.error());
    const bool is_plain = std::all_of(key->value.begin(), key->value.end(), [](char c) {
      return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
    });
    if (!is_plain) {
      co_return fail(ErrorCode::invalid_argument,
                     one + " holds a line break or another control character, which no key has");
    }
    if (name == provider.secret) {
      for (const auto& [prefix, why] : provider.refused_keys) {
        if (!prefix.empty() && key->value.starts_with(prefix))
          co_return fail(ErrorCode::permission_denied, one + ": " + why);
      }
    }
    keys.emplace(name, std::move(*key));
  }
  co_return keys;
}

awaitable<Sent> send(AttemptTools tools, const AttemptRequest& request, WireRequest wire) {
  Sent sent;
  sent.failure = check_origin(*request.provider, wire.method, wire.url);
  if (sent.failure) co_return sent;
  auto read = co_await read_keys(tools, *request.provider, request.key);
  if (!read) {
    sent.failure = no_secret(read.error(), request.key);
    co_return sent;
  }
  sent.keys = std::move(*read);
  const Keys* keys = &sent.keys;
  sent.began = Steady::now();
  if (const auto found = keys->find(request.provider->secret); found != keys->end())
    sent.key_generation = found->second.generation;
  services::HttpRequest http;
  http.method = std::move(wire.method);
  http.url = std::move(wire.url);
  // A key that the provider may go without, and that nobody configured, has no header either.
  std::erase_if(wire.headers, [&](const auto& header) {
    const std::size_t at = header.second.find("{{secret:");
    if (at == std::string::npos) return false;
    const std::size_t begin = at + std::string_view("{{secret:").size();
    return !keys->contains(header.second.substr(begin, header.second.find("}}", begin) - begin));
  });
  http.headers = std::move(wire.headers);
  http.body = std::move(wire.body);
  // A name that hangs, a host that drops packets: the first token cannot come before the
  // connection.
  http.deadlines.connect = std::min(http.deadlines.connect, tools.settings.first_token);
  http.deadlines.first_byte = tools.settings.first_token;
  http.deadlines.idle = tools.settings.idle;
  http.deadlines.total = tools.settings.total;
  http.allows_plain_http = true;  // the manifest names the address with its scheme
  http.secrets = [keys](std::string_view name) -> std::optional<std::string_view> {
    const auto found = keys->find(std::string(name));
    if (found == keys->end()) return std::nullopt;
    return found->second.value;
  };
  auto exchange = co_await tools.http.start(std::move(http));
  if (!exchange) {
    sent.failure = failure_of(exchange.error(), false);
    sent.was_sent = exchange.error().was_sent;
    co_return sent;
  }
  sent.was_sent = true;
  sent.exchange = std::move(*exchange);
  co_return sent;
}

// The rest of a body, up to a cap; what is beyond is left.
awaitable<std::string> read_some_body(services::HttpExchange& exchange, std::size_t most) {
  std::string body;
  while (body.size() < most) {
    auto piece = co_await exchange.next();
    if (!piece || !*piece) break;
    body += **piece;
  }
  if (body.size() > most) body.resize(most);
  co_return body;
}

// Some services repeat the key that they refuse: it goes before the plugin shortens their words.
awaitable<Explained> explain(AttemptTools tools, const AttemptRequest& request, const Keys& keys,
                             services::HttpExchange& exchange) {
  std::string body = co_await read_some_body(exchange, kMaxErrorBytes);
  if (tools.redact) body = tools.redact(body);
  const int status = exchange.head().status;
  services::HttpHeaders headers = exchange.head().headers;
  auto explained = co_await request.handle->explain(status, std::move(headers), std::move(body));
  if (!explained) co_return Explained{explained.error(), {}};
  cut_part_of_key(explained->failure.message, keys);
  co_return std::move(*explained);
}

bool is_content(std::string_view type) {
  return type == "text" || type == "thinking" || type == "tool_call" || type == "tool_arguments";
}

// Takes events of the decoder into the result. False once the last one came.
bool take_events(const json::array& events, const AttemptRequest& request,
                 std::vector<json::object>& held, Steady::time_point begin, AttemptResult& result) {
  for (const auto& event : events) {
    const std::string type = get_string(event, "type");
    if (const auto* usage = find(event, "usage")) result.usage = parse_usage(*usage);
    if (type == "end") {
      const auto* message = find(event, "message");
      auto read = parse_chat_message(message != nullptr ? *message : json::value(), "reply");
      if (read) {
        result.message = std::move(*read);
      } else {
        result.failure =
            Failure{Reason::plugin_fault,
                    ProviderScope::provider,
                    {},
                    request.provider->id + " made no message of the reply: " + read.error().message,
                    200};
      }
      result.stop = get_string(event, "stop", "end");
      return false;
    }
    if (type == "error") {
      const auto* error = find(event, "error");
      ProviderError explained = provider_error(error != nullptr ? *error : json::value());
      explained.message = base::printable(explained.message, 300);
      result.failure = failure_of(explained, 200);
      return false;
    }
    if (!event.is_object()) continue;
    if (is_content(type)) {
      if (!result.first_token) {
        if (request.may_speak && !request.may_speak()) {
          result.failure =
              Failure{Reason::cancelled, ProviderScope::request, {}, "another one was quicker", 0};
          return false;
        }
        result.first_token = since(begin);
      }
      result.content_bytes += static_cast<std::int64_t>(get_string(event, "text").size());
      if (result.content_bytes > request.max_content_bytes) {
        result.failure = Failure{Reason::too_long,
                                 ProviderScope::request,
                                 {},
                                 "the answer is longer than the output that was asked for",
                                 200};
        return false;
      }
      if (request.on_event) {
        for (const auto& one : held) request.on_event(one);
        request.on_event(event.get_object());
        result.has_content = true;
      }
      held.clear();
    } else {
      held.push_back(event.get_object());
    }
  }
  return true;
}

}  // namespace

Failure failure_of(const services::HttpError& error, bool has_content) {
  using services::HttpFailure;
  const auto make = [&](Reason reason, ProviderScope scope) {
    return Failure{reason, scope, {}, error.message, 0};
  };
  switch (error.kind) {
    case HttpFailure::dns:
    case HttpFailure::connect_refused:
    case HttpFailure::connect_timeout:
    case HttpFailure::proxy:
    case HttpFailure::no_library:
    case HttpFailure::internal:
      return make(Reason::unreachable, ProviderScope::provider);
    case HttpFailure::tls:
      return make(Reason::tls, ProviderScope::provider);
    case HttpFailure::first_byte_timeout:
      return make(Reason::first_token_timeout, ProviderScope::model);
    case HttpFailure::idle_timeout:
    case HttpFailure::total_timeout:
      return make(has_content ? Reason::stalled : Reason::first_token_timeout,
                  ProviderScope::model);
    case HttpFailure::too_large:
      return make(Reason::too_long, ProviderScope::request);
    case HttpFailure::cut:
      return make(Reason::cut, ProviderScope::model);
    case HttpFailure::protocol:
      return make(Reason::garbage, ProviderScope::provider);
    case HttpFailure::bad_request:
      return make(Reason::bad_request, ProviderScope::request);
    case HttpFailure::cancelled:
      return make(Reason::cancelled, ProviderScope::request);
  }
  return make(Reason::garbage, ProviderScope::provider);
}

awaitable<AttemptResult> attempt_chat(AttemptTools tools, AttemptRequest request) {
  AttemptResult result;
  auto wire = co_await request.handle->encode("encode", std::move(request.request));
  if (!wire) {
    result.failure = wire.error();
    co_return result;
  }
  Sent sent = co_await send(tools, request, std::move(*wire));
  result.was_sent = sent.was_sent;
  result.key_generation = sent.key_generation;
  if (sent.failure) {
    result.failure = std::move(sent.failure);
    co_return result;
  }
  const auto begin = sent.began;
  services::HttpExchange& exchange = *sent.exchange;
  Watch watch(co_await asio::this_coro::executor);
  watch.arm(exchange, std::max(Duration(1), tools.settings.first_token - since(begin)));
  const int status = exchange.head().status;
  if (status < 200 || status > 299) {
    Explained explained = co_await explain(tools, request, sent.keys, exchange);
    result.failure = std::move(explained.failure);
    result.limits = std::move(explained.limits);
    co_return result;
  }
  auto opened = co_await request.handle->open(status, exchange.head().headers);
  if (!opened) {
    result.failure = opened.error();
    co_return result;
  }
  result.limits = std::move(opened->limits);
  std::vector<json::object> held;
  bool goes_on = true;
  bool is_complete = false;
  std::optional<Failure> transport;
  while (goes_on) {
    auto piece = co_await exchange.next();
    if (!piece) {
      transport = failure_of(piece.error(), result.first_token.has_value());
      break;
    }
    is_complete = !piece->has_value();
    if (is_complete) break;
    auto events = co_await request.handle->feed(opened->decoder, std::move(**piece));
    if (!events) {
      result.failure = events.error();
      co_return result;
    }
    goes_on = take_events(*events, request, held, begin, result);
    if (result.first_token) watch.disarm();
  }
  auto last = co_await request.handle->close(opened->decoder, is_complete);
  if (goes_on) {
    if (!last) {
      result.failure = last.error();
    } else {
      const bool is_open = take_events(*last, request, held, begin, result);
      if (is_open && !transport) {
        result.failure = Failure{Reason::plugin_fault,
                                 ProviderScope::provider,
                                 {},
                                 request.provider->id + " told no end of the reply",
                                 200};
      }
    }
  }
  if (result.failure) cut_part_of_key(result.failure->message, sent.keys);
  // The transport knows better than the decoder why the rest is missing.
  if (goes_on && transport) {
    result.failure = std::move(transport);
    if (watch.has_fired()) {
      result.failure = Failure{
          Reason::first_token_timeout,
          ProviderScope::model,
          {},
          "nothing of the answer came within " + describe_duration(tools.settings.first_token),
          0};
    }
    result.message.reset();
  }
  // The end of the body lets the connection be used again; it is not waited for long.
  if (!goes_on && !result.failure) {
    watch.arm(exchange, kTail);
    co_await exchange.next();
  }
  co_return result;
}

awaitable<PlainReply> attempt_plain(AttemptTools tools, AttemptRequest request, std::string op) {
  PlainReply reply;
  auto wire = co_await request.handle->encode(std::move(op), std::move(request.request));
  if (!wire) {
    reply.failure = wire.error();
    co_return reply;
  }
  Sent sent = co_await send(tools, request, std::move(*wire));
  reply.was_sent = sent.was_sent;
  reply.key_generation = sent.key_generation;
  if (sent.failure) {
    reply.failure = std::move(sent.failure);
    co_return reply;
  }
  services::HttpExchange& exchange = *sent.exchange;
  reply.status = exchange.head().status;
  reply.headers = exchange.head().headers;
  if (reply.status < 200 || reply.status > 299) {
    Explained explained = co_await explain(tools, request, sent.keys, exchange);
    reply.failure = std::move(explained.failure);
    reply.limits = std::move(explained.limits);
    co_return reply;
  }
  while (true) {
    auto piece = co_await exchange.next();
    if (!piece) {
      reply.failure = failure_of(piece.error(), true);
      co_return reply;
    }
    if (!*piece) co_return reply;
    reply.body += **piece;
  }
}

}  // namespace chela::models
