// What the stub server does with one request, as a list of steps.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chela::test {

struct HttpStep {
  enum class Kind {
    send,    // `bytes`
    pause,   // for `time`
    hold,    // until `is_free`, asked on the server's thread
    stall,   // until the peer closes the connection
    close,   // with everything sent delivered
    reset,   // with a TCP reset
    tunnel,  // to `port` on 127.0.0.1: what a proxy does after CONNECT
  };
  Kind kind = Kind::send;
  std::string bytes;
  std::chrono::milliseconds time{0};
  std::function<bool()> is_free;
  unsigned short port = 0;
};

using HttpFields = std::vector<std::pair<std::string, std::string>>;

// HttpAnswer::whole(200, "hello")
// HttpAnswer::chunked(200).chunk("one").pause(20ms).chunk("two").end()
// HttpAnswer::raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").close()
class HttpAnswer {
 public:
  static HttpAnswer raw(std::string bytes) {
    HttpAnswer answer;
    answer.send(std::move(bytes));
    return answer;
  }
  static HttpAnswer head(int status, const HttpFields& fields) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
    for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
    return raw(text + "\r\n");
  }
  static HttpAnswer whole(int status, const std::string& body, HttpFields fields = {}) {
    fields.emplace_back("Content-Length", std::to_string(body.size()));
    HttpAnswer answer = head(status, fields);
    answer.steps_.front().bytes += body;
    return answer;
  }
  static HttpAnswer chunked(int status, HttpFields fields = {}) {
    fields.emplace_back("Transfer-Encoding", "chunked");
    return head(status, fields);
  }
  // Says that `size` bytes will follow; send() them.
  static HttpAnswer sized(int status, std::size_t size, HttpFields fields = {}) {
    fields.emplace_back("Content-Length", std::to_string(size));
    return head(status, fields);
  }

  HttpAnswer& send(std::string bytes) {
    if (!steps_.empty() && steps_.back().kind == HttpStep::Kind::send) {
      steps_.back().bytes += bytes;  // one write
      return *this;
    }
    return add(HttpStep::Kind::send, std::move(bytes));
  }
  HttpAnswer& chunk(std::string_view bytes) {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return send(std::string(size) + std::string(bytes) + "\r\n");
  }
  HttpAnswer& end() { return send("0\r\n\r\n"); }
  HttpAnswer& pause(std::chrono::milliseconds time) {
    add(HttpStep::Kind::pause);
    steps_.back().time = time;
    return *this;
  }
  HttpAnswer& hold(std::function<bool()> is_free) {
    add(HttpStep::Kind::hold);
    steps_.back().is_free = std::move(is_free);
    return *this;
  }
  // Sends `bytes` in pieces of `size`, `time` apart.
  HttpAnswer& drip(std::string_view bytes, std::size_t size, std::chrono::milliseconds time) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
      send(std::string(bytes.substr(0, size)));
      pause(time);
    }
    return *this;
  }
  HttpAnswer& then(const HttpAnswer& other) {
    steps_.insert(steps_.end(), other.steps_.begin(), other.steps_.end());
    return *this;
  }
  HttpAnswer& stall() { return add(HttpStep::Kind::stall); }
  HttpAnswer& close() { return add(HttpStep::Kind::close); }
  HttpAnswer& reset() { return add(HttpStep::Kind::reset); }
  HttpAnswer& tunnel(unsigned short port) {
    add(HttpStep::Kind::tunnel);
    steps_.back().port = port;
    return *this;
  }

  // Everything up to byte `size` of what would be sent, then `kind` (close or reset).
  HttpAnswer cut_at(std::size_t size, HttpStep::Kind kind = HttpStep::Kind::close) const {
    HttpAnswer shorter;
    for (const auto& step : steps_) {
      shorter.steps_.push_back(step);
      if (step.kind != HttpStep::Kind::send) continue;
      if (step.bytes.size() >= size) {
        shorter.steps_.back().bytes.resize(size);
        break;
      }
      size -= step.bytes.size();
    }
    shorter.add(kind);
    return shorter;
  }

  const std::vector<HttpStep>& steps() const { return steps_; }

 private:
  HttpAnswer& add(HttpStep::Kind kind, std::string bytes = "") {
    steps_.push_back({kind, std::move(bytes), {}, {}, 0});
    return *this;
  }

  std::vector<HttpStep> steps_;
};

}  // namespace chela::test
