// How libcurl is set up for one transfer: the rules that hold for every request.
#include <string.h>

#include "services/http_transfer.h"

namespace chela::services {
namespace {

// Per open stream; the most that comes with one read.
constexpr long kReadBytes = 8 * 1024;
constexpr long kUploadBytes = 16 * 1024;  // the least that libcurl takes
constexpr unsigned kQuickExitVersion = 0x075700;
constexpr Duration kNeverConnects{24 * 3'600'000};

void set_method(CurlOptions& options, const HttpPlan& plan) {
  const std::string& body = plan.body.text();
  if (plan.method == "HEAD") {
    options.set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (plan.method == "GET") {
    options.set(CURLOPT_HTTPGET, 1L);
    return;
  }
  if (plan.method == "POST" || !body.empty()) {
    options.set(CURLOPT_POST, 1L);
    options.set(CURLOPT_POSTFIELDS, body.c_str());  // not copied
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  if (plan.method != "POST") options.set(CURLOPT_CUSTOMREQUEST, plan.method.c_str());
}

void set_connection(CurlOptions& options, const HttpPlan& plan) {
  const bool is_https = plan.url.is_https();
  if (plan.wants_certificate) {
    options.set(CURLOPT_CERTINFO, 1L);
    options.set(CURLOPT_FRESH_CONNECT, 1L);  // it is told while TLS begins, and never again
  }
  options.set(CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http");
  options.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Many requests at once wait for the first handshake, since it may carry them all. Without TLS
  // there is no HTTP/2 here, and nothing to wait for.
  options.set(CURLOPT_PIPEWAIT, is_https ? 1L : 0L);
  // Everything else that names a proxy comes from the environment, as libcurl reads it.
  if (is_loopback(plan.url)) options.set(CURLOPT_PROXY, "");
  options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  options.set(CURLOPT_TCP_KEEPALIVE, 1L);
  options.set(CURLOPT_BUFFERSIZE, kReadBytes);
  options.set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBytes);
  // Shared out among a name's addresses; ours, in http_deadlines.h, is the one that ends it.
  const Duration connect = plan.deadlines.connect > Duration(0)
                               ? plan.deadlines.connect + Duration(500)
                               : kNeverConnects;
  options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
}

}  // namespace

HttpResult<void> HttpTransfer::set_options() {
  CurlOptions options(curl_, easy_);
  options.set(CURLOPT_URL, plan_.filled_url.text().c_str());
  set_method(options, plan_);
  for (const auto& line : plan_.header_lines) {
    curl_slist* longer = curl_.slist_append(headers_, line.text().c_str());
    if (longer == nullptr) return http_fail(HttpFailure::internal, "libcurl is out of memory");
    headers_ = longer;
  }
  options.set(CURLOPT_HTTPHEADER, headers_);
  options.set(CURLOPT_USERAGENT, trust_->user_agent.c_str());
  options.set(CURLOPT_HTTP_CONTENT_DECODING, 0L);  // http_unpack.h tells why
  options.set(CURLOPT_FOLLOWLOCATION, 0L);
  options.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  options.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  options.set(CURLOPT_HTTP09_ALLOWED, 0L);
  options.set(CURLOPT_NOSIGNAL, 1L);
  // Else a transfer that is ended while its name is looked up holds the loop until that is done.
  if (curl_.version >= kQuickExitVersion) options.set(CURLOPT_QUICK_EXIT, 1L);
  set_trust(options, *trust_);
  set_connection(options, plan_);
  options.set(CURLOPT_ERRORBUFFER, detail_.data());
  options.set(CURLOPT_PRIVATE, static_cast<void*>(static_cast<HttpMultiUser*>(this)));
  options.set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  options.set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  options.set(CURLOPT_PREREQFUNCTION, &HttpTransfer::on_connected);
  options.set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  return options.result();
}

}  // namespace chela::services
