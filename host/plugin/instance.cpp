#include "plugin/instance.h"

#include "chela/utf8.h"

namespace chela::plugin {

boost::asio::awaitable<CallOutcome> Instance::call(std::string op, json::value request,
                                                   Duration timeout) {
  std::string text = json::serialize(request);
  TextOutcome outcome = co_await call_text(op, std::move(text), timeout);
  if (!outcome.reply)
    co_return CallOutcome{fail(std::move(outcome.reply.error())), std::move(outcome.fault),
                          std::move(outcome.events)};
  std::string what;
  if (!is_utf8(*outcome.reply)) {
    what = "returned text that is not UTF-8";
  } else {
    auto document = parse_json(*outcome.reply);
    if (document)
      co_return CallOutcome{std::move(*document), std::nullopt, std::move(outcome.events)};
    what = "returned invalid JSON from " + op + " (" + document.error().message + ")";
  }
  distrust();
  co_return CallOutcome{fail(ErrorCode::internal, what), what};
}

}  // namespace chela::plugin
