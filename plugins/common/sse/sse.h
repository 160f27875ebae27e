// Reads a stream of server-sent events out of bytes that may be cut anywhere.
//
// Source: WHATWG HTML, "Server-sent events", parsing an event stream (id and retry are dropped).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace chela::sse {

struct Event {
  std::string_view name;  // of `event:`, "" where there was none
  std::string_view data;  // the `data:` lines, joined by newlines
};

// [instance-serial]
class Reader {
 public:
  static constexpr std::size_t kMaxEventBytes = 16u << 20;

  // Calls `take` for each event that has data and is complete. The views live until it returns.
  // False once an event is longer than kMaxEventBytes: nothing more is read then.
  bool feed(std::string_view bytes, const std::function<void(const Event&)>& take);

  // Whether bytes of an unfinished event are waiting: the stream was cut inside.
  bool has_partial() const { return !line_.empty() || has_data_; }

 private:
  void end_line(const std::function<void(const Event&)>& take);

  std::string line_;  // an unfinished line
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool was_cr_ = false;  // a '\n' that follows belongs to it
  bool is_first_line_ = true;
  bool is_too_long_ = false;
};

}  // namespace chela::sse
