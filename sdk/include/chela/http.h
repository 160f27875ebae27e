// What a C++ plugin asks of chela.http/1: one exchange with a server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/internal/service.h"
#include "chela/json.h"
#include "chela/utf8.h"

namespace chela {

struct FetchRequest {
  std::string method = "GET";  // upper case
  // {{secret:NAME}} may stand in path and query (percent-encoded there), in values of headers, or
  // as the whole address.
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  bool fills_body = false;  // {{secret:NAME}} in the body as well, verbatim
  Duration timeout = std::chrono::seconds(10);
  std::uint64_t max_body_bytes = 1u << 20;
  bool wants_certificate = false;  // fill in certificate_expires
};

struct FetchReply {
  int status = 0;  // whatever the server said, of the final answer
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case
  std::string body{};
  Duration elapsed{};
  std::optional<Timestamp> certificate_expires{};  // the server's own certificate

  // The first of that name (in lower case), nullopt where there is none.
  std::optional<std::string_view> header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
};

class Http {
 public:
  explicit Http(const chela_call* call)
      : call_(call), table_(internal::service<chela_http_v1>(call->host, CHELA_SERVICE_HTTP)) {}

  // Any answer of the server is a reply; an Error means that there was none. See abi/service/http.h
  // for the codes.
  Result<FetchReply> fetch(const FetchRequest& request) const {
    if (!CHELA_HAS(table_, chela_http_v1, fetch)) return internal::not_offered(CHELA_SERVICE_HTTP);
    json::array headers;
    for (const auto& [name, value] : request.headers) headers.push_back(json::array{name, value});
    const json::object document{{"method", request.method},
                                {"url", request.url},
                                {"headers", std::move(headers)},
                                {"timeout_ms", request.timeout.count()},
                                {"max_body_bytes", request.max_body_bytes},
                                {"fills_body", request.fills_body},
                                {"certificate", request.wants_certificate}};
    const std::string text = json::serialize(document);
    if (!is_utf8(text))
      return fail(ErrorCode::invalid_argument,
                  CHELA_SERVICE_HTTP ": wanted UTF-8 in url and headers, found other bytes");
    internal::StringSink info, body, error;
    CHELA_TRY(
        internal::check_status(table_->fetch(call_, internal::str(text),
                                             internal::str(request.body), &info, &body, &error),
                               error.text));
    CHELA_TRY(const json::value outcome, parse_json(info.text));
    FetchReply reply;
    reply.status = static_cast<int>(get_int(outcome, "status"));
    reply.body = std::move(body.text);
    reply.elapsed = Duration(get_int(outcome, "elapsed_ms"));
    if (find(outcome, "certificate_expires_ms") != nullptr)
      reply.certificate_expires = internal::timestamp(get_int(outcome, "certificate_expires_ms"));
    const auto* list = find(outcome, "headers");
    if (list == nullptr || !list->is_array()) return reply;
    for (const auto& pair : list->get_array()) {
      const auto* both = pair.if_array();
      if (both == nullptr || both->size() != 2 || !(*both)[0].is_string() ||
          !(*both)[1].is_string())
        continue;
      reply.headers.emplace_back((*both)[0].get_string(), (*both)[1].get_string());
    }
    return reply;
  }

 private:
  const chela_call* call_;
  const chela_http_v1* table_;
};

}  // namespace chela
