// A started plugin instance, wherever it runs: one call at a time, failures as values.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "chela/json.h"

namespace chela::plugin {

// Something that a plugin handed out before its result.
struct Event {
  std::string topic;
  std::string document;  // as it came
};

struct CallOutcome {
  // The reply document, or why there is none: the plugin's own words, or the host's where it broke
  // a promise.
  Result<json::value> reply;
  // Set where the plugin crashed, hung, lied or flooded: "crashed with signal 11 (Segmentation
  // fault)". Such a fault counts towards quarantine; a plugin that merely reports a failure has
  // none.
  std::optional<std::string> fault;
  std::vector<Event> events{};  // the first 256 KiB; also where the plugin reports a failure
};

// The same for operations whose documents have bytes behind them (chela/document.h).
struct TextOutcome {
  Result<std::string> reply;  // as it came: not checked for being JSON or UTF-8
  std::optional<std::string> fault;
  std::vector<Event> events{};
};

class Instance {
 public:
  virtual ~Instance() = default;

  // Calls operation `op` ("run", "list", ..) with a document. After a fault, or a call that ran
  // into its timeout, the instance must not be called again (is_usable() is false). [loop-thread]
  boost::asio::awaitable<CallOutcome> call(std::string op, json::value request, Duration timeout);
  virtual boost::asio::awaitable<TextOutcome> call_text(std::string op, std::string request,
                                                        Duration timeout) = 0;
  // It gave an answer that cannot be: is_usable() is false from now on.
  virtual void distrust() = 0;
  virtual bool is_usable() const = 0;
  // How its process ended between two calls, nobody having asked it to; nullopt while it lives.
  virtual std::optional<std::string> died() { return std::nullopt; }
  // Ends it now. A call that is under way comes back as `cancelled`, without a fault.
  virtual void end() {}
  // What confines it: {"layers":{"seccomp":true,..},..}; {} inside the host.
  virtual const json::object& enforced() const = 0;
};

}  // namespace chela::plugin
