// The network as FakeHost shows it: HTTP answers, one mail server's stream, signatures.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/host.h"

namespace chela::testing {

// One answer of a server.
struct FakeHttpAnswer {
  std::string method{};        // empty: any
  std::string url{};           // the whole url; empty: see url_contains
  std::string url_contains{};  // empty as well: any
  FetchReply reply{};
  std::optional<Error> error{};
  int times = -1;  // how often it answers, -1 = for ever
};

// The other side of the streams that a plugin opens. `talk` is called with "" when one is opened
// and with each write; what it returns can be read afterwards. An Error is what the read or the
// opening fails with.
struct FakeStreamServer {
  std::function<Result<std::string>(std::string_view written)> talk;
  std::size_t bytes_per_read = 0;  // 0: all that is there
  bool ends = false;  // a read that finds nothing is the stream's end, not deadline_exceeded

  std::string waiting{};
  std::optional<Error> broken{};
};

// A server that says lines of a script: each step waits for a write that contains `expect` and
// answers `send`. A write that does not fit breaks the stream with `internal`, so that a test sees
// it. Writes are joined until a line has ended.
struct ScriptedStep {
  std::string expect{};
  std::string send{};
};
inline FakeStreamServer scripted_server(std::string greeting, std::vector<ScriptedStep> steps) {
  FakeStreamServer server;
  server.talk = [greeting = std::move(greeting), steps = std::move(steps), next = std::size_t{0},
                 line = std::string()](std::string_view written) mutable -> Result<std::string> {
    if (written.empty()) return greeting;
    line += written;
    if (!line.ends_with('\n')) return std::string();
    const std::string whole = std::exchange(line, "");
    if (next == steps.size() || whole.find(steps[next].expect) == std::string::npos) {
      return fail(ErrorCode::internal,
                  "the script wanted " +
                      (next == steps.size() ? "nothing more" : "'" + steps[next].expect + "'") +
                      ", found '" + whole + "'");
    }
    return steps[next++].send;
  };
  return server;
}

}  // namespace chela::testing
