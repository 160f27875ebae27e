#include "services/http_multi.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>

namespace chela::services {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

// One socket of libcurl's. It is lent: libcurl says CURL_POLL_REMOVE before it closes one, and
// release() takes it out of the reactor without closing it.
struct HttpMulti::Watch {
  explicit Watch(const asio::any_io_executor& loop) : descriptor(loop) {}
  stream_descriptor descriptor;
  curl_socket_t socket = CURL_SOCKET_BAD;
  int wants = CURL_POLL_NONE;
  bool is_reading = false;  // a wait for it is under way
  bool is_writing = false;
  bool is_gone = false;
};

HttpMulti::HttpMulti(asio::any_io_executor loop, CurlLibrary curl)
    : loop_(std::move(loop)), curl_(std::move(curl)), timer_(loop_) {}

HttpMulti::~HttpMulti() {
  if (multi_ != nullptr) curl_.multi_cleanup(multi_);  // closes idle connections: on_socket
  for (auto& [socket, watch] : watches_) {
    watch->is_gone = true;
    watch->descriptor.release();
  }
}

HttpResult<void> HttpMulti::open(long max_idle_connections) {
  multi_ = curl_.multi_init();
  if (multi_ == nullptr) return http_fail(HttpFailure::internal, "libcurl is out of memory");
  const auto set = [&](CURLMoption option, auto value) {
    return curl_.multi_setopt(multi_, option, value) == CURLM_OK;
  };
  const bool is_set =
      set(CURLMOPT_SOCKETFUNCTION, &HttpMulti::on_socket) && set(CURLMOPT_SOCKETDATA, this) &&
      set(CURLMOPT_TIMERFUNCTION, &HttpMulti::on_timer) && set(CURLMOPT_TIMERDATA, this) &&
      set(CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX)) &&
      set(CURLMOPT_MAXCONNECTS, max_idle_connections);
  if (!is_set) return http_fail(HttpFailure::internal, "libcurl refuses an option of its loop");
  return {};
}

HttpResult<void> HttpMulti::add(CURL* easy) {
  is_entering_ = true;
  const CURLMcode code = curl_.multi_add_handle(multi_, easy);
  is_entering_ = false;
  if (code != CURLM_OK) {
    return http_fail(HttpFailure::internal,
                     std::string("libcurl takes no request: ") + curl_.multi_strerror(code));
  }
  drive(CURL_SOCKET_TIMEOUT, 0);  // saves a round through the loop
  return {};
}

void HttpMulti::remove(CURL* easy) {
  curl_.multi_remove_handle(multi_, easy);
}

int HttpMulti::on_socket(CURL*, curl_socket_t socket, int wants, void* self, void*) {
  static_cast<HttpMulti*>(self)->watch(socket, wants);
  return 0;
}

int HttpMulti::on_timer(CURLM*, long after_ms, void* self) {
  static_cast<HttpMulti*>(self)->set_timer(after_ms);
  return 0;
}

void HttpMulti::watch(curl_socket_t socket, int wants) {
  auto found = watches_.find(socket);
  if (wants == CURL_POLL_REMOVE) {
    if (found == watches_.end()) return;
    found->second->is_gone = true;
    found->second->descriptor.release();
    watches_.erase(found);
    return;
  }
  if (found == watches_.end()) {
    auto fresh = std::make_shared<Watch>(loop_);
    error_code error;
    fresh->socket = socket;
    fresh->descriptor.assign(socket, error);
    if (error) return;  // the exchange's deadline ends it
    found = watches_.emplace(socket, std::move(fresh)).first;
  }
  found->second->wants = wants;
  arm(found->second);
}

void HttpMulti::arm(const std::shared_ptr<Watch>& watch) {
  const auto wait = [&](stream_descriptor::wait_type type, bool Watch::*is_waiting, int event) {
    (*watch).*is_waiting = true;
    watch->descriptor.async_wait(
        type, [weak = weak_from_this(), watch, is_waiting, event](error_code error) {
          (*watch).*is_waiting = false;
          if (watch->is_gone) return;
          if (const auto self = weak.lock())
            self->ready(watch, error ? event | CURL_CSELECT_ERR : event);
        });
  };
  if ((watch->wants & CURL_POLL_IN) != 0 && !watch->is_reading)
    wait(stream_descriptor::wait_read, &Watch::is_reading, CURL_CSELECT_IN);
  if ((watch->wants & CURL_POLL_OUT) != 0 && !watch->is_writing)
    wait(stream_descriptor::wait_write, &Watch::is_writing, CURL_CSELECT_OUT);
}

void HttpMulti::ready(const std::shared_ptr<Watch>& watch, int event) {
  // What libcurl no longer waits for is not told: CURL_POLL_IN and CURL_CSELECT_IN are one bit.
  if ((event & watch->wants) != 0 || (event & CURL_CSELECT_ERR) != 0) drive(watch->socket, event);
  if (!watch->is_gone) arm(watch);
}

void HttpMulti::set_timer(long after_ms) {
  if (after_ms == 0) {
    if (is_due_ || is_entering_) return;
    is_due_ = true;
    asio::post(loop_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->is_due_ = false;
        self->drive(CURL_SOCKET_TIMEOUT, 0);
      }
    });
    return;
  }
  timer_.cancel();
  if (after_ms < 0) return;
  timer_.expires_after(std::chrono::milliseconds(after_ms));
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    if (error) return;
    if (const auto self = weak.lock()) self->drive(CURL_SOCKET_TIMEOUT, 0);
  });
}

void HttpMulti::drive(curl_socket_t socket, int events) {
  int running = 0;
  curl_.multi_socket_action(multi_, socket, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* user = nullptr;
    curl_.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
    if (user != nullptr) static_cast<HttpMultiUser*>(user)->finished(code);
  }
}

}  // namespace chela::services
