#include "services/http_plan.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace chela::services {
namespace {

// They frame the message or belong to one connection: a second voice there is request smuggling.
constexpr std::array<std::string_view, 14> kOwnHeaders{"accept-encoding",
                                                       "connection",
                                                       "content-length",
                                                       "expect",
                                                       "host",
                                                       "http2-settings",
                                                       "keep-alive",
                                                       "proxy-authorization",
                                                       "te",
                                                       "trailer",
                                                       "proxy-connection",
                                                       "transfer-encoding",
                                                       "upgrade",
                                                       "via"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return lower(c); });
  return text;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Bytes that would end the line, or that proxies and servers read in different ways.
bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

tl::unexpected<HttpError> refuse(std::string message) {
  return http_fail(HttpFailure::bad_request, std::move(message));
}

tl::unexpected<HttpError> refuse(Error error) {
  return tl::unexpected<HttpError>(HttpError{std::move(error), HttpFailure::bad_request, false});
}

HttpResult<SecretText> header_line(const std::string& name, const std::string& value,
                                   const SecretLookup& lookup, UsedSecrets& used) {
  const std::string where = "header '" + base::printable(name, 60) + "'";
  if (!is_token(name)) return refuse(where + ": the name is not an HTTP token");
  if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower(name)) != kOwnHeaders.end())
    return refuse(where + " is set by the HTTP client itself");
  auto filled = fill_secrets(value, SecretForm::verbatim, lookup, where, used);
  if (!filled) return refuse(std::move(filled).error());
  if (!is_header_text(filled->text()))
    return refuse(where + ": its value holds a line break or another control character");
  const bool is_blank = filled->text().find_first_not_of(" \t") == std::string::npos;
  SecretText line;
  line.append(name);
  line.append(is_blank ? ";" : ": ");  // libcurl's word for "send it, empty"
  if (!is_blank) line.append(filled->text());
  return line;
}

}  // namespace

HttpResult<HttpPlan> plan_request(const CurlLibrary& curl, HttpRequest request) {
  HttpPlan plan;
  if (!is_token(request.method) || request.method == "CONNECT")
    return refuse("method: wanted GET, POST or the like, found '" +
                  base::printable(request.method, 40) + "'");
  if (!request.body.empty() && (request.method == "GET" || request.method == "HEAD"))
    return refuse("body: " + request.method + " takes none");
  CHELA_HTTP_TRY(plan.url, parse_url(curl, request.url));
  if (!plan.url.is_https() && !is_loopback(plan.url) && !request.allows_plain_http) {
    return refuse("url: plain http to " + base::printable(plan.url.host, 100) +
                  " is not allowed: anybody on the way could read it; wanted https");
  }
  plan.method = std::move(request.method);
  plan.label = plan.method + " " + plan.url.scheme + "://" + plan.url.host +
               (plan.url.port == (plan.url.is_https() ? "443" : "80") ? "" : ":" + plan.url.port) +
               (request.hides_path ? "/.." : base::printable(plan.url.path, 100));

  auto filled =
      fill_secrets(plan.url.text, SecretForm::percent_encoded, request.secrets, "url", plan.used);
  if (!filled) return refuse(std::move(filled).error());
  plan.filled_url = std::move(*filled);

  bool has_content_type = false;
  for (const auto& [name, value] : request.headers) {
    CHELA_HTTP_TRY(SecretText line, header_line(name, value, request.secrets, plan.used));
    plan.header_lines.push_back(std::move(line));
    has_content_type = has_content_type || lower(name) == "content-type";
  }
  // libcurl would call every body a form, and wait for leave to send a large one.
  if (!has_content_type) plan.header_lines.emplace_back(std::string("Content-Type:"));
  plan.header_lines.emplace_back(std::string("Expect:"));
  if (request.accepts_compressed)
    plan.header_lines.emplace_back(std::string("Accept-Encoding: gzip"));

  if (request.fills_body) {
    auto body =
        fill_secrets(request.body, SecretForm::verbatim, request.secrets, "body", plan.used);
    if (!body) return refuse(std::move(body).error());
    plan.body = std::move(*body);
  } else {
    plan.body = SecretText(std::move(request.body));
  }
  plan.deadlines = request.deadlines;
  plan.max_body_bytes = request.max_body_bytes;
  plan.max_header_bytes = request.max_header_bytes;
  plan.accepts_compressed = request.accepts_compressed;
  plan.may_follow = std::move(request.may_follow);
  plan.wants_certificate = request.wants_certificate;
  return plan;
}

}  // namespace chela::services
