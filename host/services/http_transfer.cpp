#include "services/http_transfer.h"

#include <string.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "services/certificate_time.h"
#include "services/http_outcome.h"

namespace chela::services {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

// Beyond this we stop reading until our reader has taken what is there.
constexpr std::size_t kHeldBytes = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

HttpTransfer::HttpTransfer(asio::any_io_executor loop, std::shared_ptr<HttpMulti> multi,
                           HttpPlan plan, Time began)
    : multi_(std::move(multi)),
      curl_(multi_->curl()),
      plan_(std::move(plan)),
      signal_(std::move(loop)) {
  progress_.began = began;
}

HttpTransfer::~HttpTransfer() {
  stop();
}

HttpResult<void> HttpTransfer::begin(std::shared_ptr<const HttpTrust> trust) {
  trust_ = std::move(trust);
  progress_.leg_began = SteadyClock::now();
  easy_ = curl_.easy_init();
  if (easy_ == nullptr) return http_fail(HttpFailure::internal, "libcurl is out of memory");
  auto ready = set_options();
  if (!ready) return ready;
  is_added_ = true;
  return multi_->add(easy_);
}

asio::awaitable<void> HttpTransfer::wait() {
  signal_.expires_at(next_limit(plan_.deadlines, progress_).until);
  boost::system::error_code error;
  co_await signal_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (is_over_) co_return;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    cancel();
    co_return;
  }
  // Looked at after the wait: bytes that came while the loop was busy have been read by now.
  if (error || has_bytes()) co_return;
  const HttpLimit limit = next_limit(plan_.deadlines, progress_);
  if (SteadyClock::now() >= limit.until) fail_by_time(limit.kind);
}

std::string HttpTransfer::take_bytes() {
  std::string taken = std::move(bytes_);
  bytes_.clear();
  if (!packed_.empty()) {
    if (!unpack()) stop();
    if (is_over_) check_unpacked();
  }
  if (packed_.empty() && bytes_.size() < kHeldBytes) resume();
  return taken;
}

void HttpTransfer::discard_body() {
  is_discarding_ = true;
  bytes_.clear();
  packed_.clear();
  unpacker_.reset();
  resume();
}

void HttpTransfer::resume() {
  if (!progress_.is_paused || is_over_) return;
  progress_.is_paused = false;
  progress_.last_byte = SteadyClock::now();
  curl_.easy_pause(easy_, CURLPAUSE_CONT);
}

std::optional<HttpUrl> HttpTransfer::followable() const {
  if (plan_.method != "GET" || !is_redirect(head_.status)) return std::nullopt;
  if (location_.empty()) return std::nullopt;
  auto target = resolve_url(curl_, plan_.url, location_);
  if (!target || !is_same_origin(*target, plan_.url)) return std::nullopt;
  if (plan_.may_follow && !plan_.may_follow(target->path)) return std::nullopt;
  return std::move(*target);
}

bool HttpTransfer::is_past_total() const {
  return plan_.deadlines.total > Duration(0) &&
         SteadyClock::now() >= progress_.began + plan_.deadlines.total;
}

void HttpTransfer::fail_by_time(HttpFailure kind) {
  set_failure(kind, describe_timeout(kind, plan_.deadlines));
  stop();
}

void HttpTransfer::cancel() {
  if (is_over_) return;
  bytes_.clear();
  set_failure(HttpFailure::cancelled, "the exchange was cancelled");
  stop();
}

HttpPlan HttpTransfer::take_plan() {
  stop();
  return std::move(plan_);
}

void HttpTransfer::finished(CURLcode code) {
  if (!is_over_ && code != CURLE_OK) {
    CurlEnd end;
    end.code = code;
    end.has_connected = progress_.connected.has_value();
    end.has_answer = progress_.last_byte.has_value();
    end.detail = detail_.data();
    curl_.easy_getinfo(easy_, CURLINFO_OS_ERRNO, &end.system_error);
    curl_.easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &end.proxy_status);
    const auto [kind, words] = judge_end(end);
    set_failure(kind, words);
  }
  // libcurl takes a head that is cut for an answer.
  if (!is_over_ && !has_head_)
    set_failure(HttpFailure::cut, "the connection ended before the answer's head was whole");
  is_over_ = true;
  check_unpacked();
  signal_.cancel();
}

std::size_t HttpTransfer::on_header(char* line, std::size_t, std::size_t size, void* self) {
  return static_cast<HttpTransfer*>(self)->take_header({line, size}) ? size : 0;
}

std::size_t HttpTransfer::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  return static_cast<HttpTransfer*>(self)->take_body({bytes, size}) ? size : size + 1;
}

int HttpTransfer::on_connected(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.progress_.connected = SteadyClock::now();
  transfer.signal_.cancel();  // another deadline holds now
  return CURL_PREREQFUNC_OK;
}

bool HttpTransfer::take_header(std::string_view line) {
  const bool is_first = !progress_.last_byte;
  progress_.last_byte = SteadyClock::now();
  if (is_first) signal_.cancel();
  header_bytes_ += line.size();
  if (header_bytes_ > plan_.max_header_bytes) {
    set_failure(HttpFailure::too_large, "its header lines are longer than the allowed " +
                                            std::to_string(plan_.max_header_bytes) + " bytes");
    return false;
  }
  if (has_head_) return true;  // a trailer
  if (line.substr(0, 5) == "HTTP/") {
    head_ = {};  // what came before was a 1xx
    return true;
  }
  const auto text = trimmed(line);
  if (text.empty()) return complete_head();
  if ((line.front() == ' ' || line.front() == '\t') && !head_.headers.empty()) {
    head_.headers.back().second += " " + std::string(text);
    return true;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return true;
  std::string name(trimmed(text.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  head_.headers.emplace_back(std::move(name), std::string(trimmed(text.substr(colon + 1))));
  return true;
}

bool HttpTransfer::complete_head() {
  long status = 0;
  curl_.easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) return true;
  long version = 0;
  curl_.easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
  long connections = 0;
  curl_.easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connections);
  const auto since_begin = [&](std::optional<Time> time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.value_or(progress_.began) -
                                                                 progress_.began);
  };
  head_.status = static_cast<int>(status);
  head_.http_version = version == CURL_HTTP_VERSION_1_0   ? 10
                       : version == CURL_HTTP_VERSION_1_1 ? 11
                                                          : 20;
  head_.is_reused = connections == 0;
  const auto coding = find_header(head_.headers, "transfer-encoding").value_or("");
  head_.knows_end = head_.http_version >= 20 || status == 204 || status == 304 ||
                    plan_.method == "HEAD" || find_header(head_.headers, "content-length") ||
                    coding.find("chunked") != std::string_view::npos;
  head_.connected = since_begin(progress_.connected);
  head_.first_byte = since_begin(progress_.last_byte);
  if (plan_.wants_certificate) head_.certificate_expires = certificate_end();
  location_ = find_header(head_.headers, "location").value_or("");
  if (!plan_.used.is_empty())
    for (auto& [name, value] : head_.headers) value = plan_.used.scrub(std::move(value));
  if (plan_.accepts_compressed && plan_.method != "HEAD" && !open_unpacker()) return false;
  has_head_ = true;
  signal_.cancel();
  return true;
}

std::optional<Timestamp> HttpTransfer::certificate_end() const {
  curl_certinfo* chain = nullptr;
  curl_.easy_getinfo(easy_, CURLINFO_CERTINFO, &chain);
  if (chain == nullptr || chain->num_of_certs < 1) return std::nullopt;
  constexpr std::string_view kName = "Expire date:";
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text = line->data;
    if (text.starts_with(kName)) return parse_certificate_time(trimmed(text.substr(kName.size())));
  }
  return std::nullopt;
}

bool HttpTransfer::open_unpacker() {
  const auto coding = find_header(head_.headers, "content-encoding").value_or("identity");
  if (coding == "identity" || coding.empty()) return true;
  if (coding != "gzip" && coding != "x-gzip") {
    set_failure(HttpFailure::protocol, "its body is packed as '" + base::printable(coding, 40) +
                                           "', which nobody asked for; wanted gzip or nothing");
    return false;
  }
  auto opened = HttpUnpacker::open();
  if (opened) {
    unpacker_ = std::move(*opened);
    return true;
  }
  set_failure(opened.error().kind, opened.error().message);
  return false;
}

bool HttpTransfer::take_body(std::string_view bytes) {
  progress_.last_byte = SteadyClock::now();
  if (is_over_) return false;
  if (is_discarding_) {
    body_bytes_ += bytes.size();
    signal_.cancel();
    return true;
  }
  if (!unpacker_) {
    if (!count(bytes.size())) return false;
    bytes_.append(bytes);
  } else {
    packed_.append(bytes);
    if (!unpack()) return false;
  }
  if ((bytes_.size() >= kHeldBytes || !packed_.empty()) && !progress_.is_paused) {
    progress_.is_paused = true;
    curl_.easy_pause(easy_, CURLPAUSE_RECV);
  }
  signal_.cancel();
  return true;
}

// Unpacks as much as may be held now.
bool HttpTransfer::unpack() {
  const std::size_t had = bytes_.size();
  // One byte more than the cap, so that a longer body shows.
  const std::size_t most =
      std::min(std::max(kHeldBytes, had), had + plan_.max_body_bytes - body_bytes_ + 1);
  const auto used = unpacker_->unpack(packed_, bytes_, most);
  if (!used) {
    set_failure(used.error().kind, used.error().message);
    packed_.clear();
    return false;
  }
  packed_.erase(0, *used);
  if (count(bytes_.size() - had)) return true;
  bytes_.resize(had + plan_.max_body_bytes - body_bytes_);
  packed_.clear();
  return false;
}

void HttpTransfer::check_unpacked() {
  if (failure_ || !unpacker_ || !packed_.empty() || unpacker_->is_complete()) return;
  set_failure(HttpFailure::cut, "its packed body ended before it was whole");
}

bool HttpTransfer::count(std::size_t more) {
  if (more > plan_.max_body_bytes - body_bytes_) {
    set_failure(HttpFailure::too_large, "its body is longer than the allowed " +
                                            std::to_string(plan_.max_body_bytes) + " bytes");
    return false;
  }
  body_bytes_ += more;
  return true;
}

void HttpTransfer::set_failure(HttpFailure kind, const std::string& words) {
  if (failure_) return;
  failure_ = HttpError{{code_of(kind), plan_.used.scrub(plan_.label + ": " + words)},
                       kind,
                       progress_.connected.has_value()};
  is_over_ = true;
  signal_.cancel();
}

void HttpTransfer::stop() {
  if (easy_ == nullptr) return;
  if (is_added_) multi_->remove(easy_);
  curl_.easy_cleanup(easy_);
  curl_.slist_free_all(headers_);
  easy_ = nullptr;
  headers_ = nullptr;
}

}  // namespace chela::services
