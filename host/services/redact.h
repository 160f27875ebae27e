// Takes secrets out of text on its way into a log, a report or a message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chela::services {

// Exact values that were registered, and a few shapes that are secrets wherever they turn up:
// `Authorization:` and `Bearer` values, sk-..., ghp_... and its sisters, AKIA..., `password=` and
// the like. Each becomes "[redacted]". Linear in the text for shapes, times the number of values.
// Copy it to share it between threads. [one-thread]
class Redactor {
 public:
  // Values shorter than 6 bytes are not registered: they would blacken ordinary text.
  void add(std::string secret);
  std::string redact(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace chela::services
