// Prints messages on chela's standard output. A worker has none of its own, so each line is handed
// to the host as an event of the topic "stdout".
#include <chela/notifier.h>

#include "words.h"

namespace print {
namespace {

namespace json = chela::json;

// What the host takes of one call: lines of 64 KiB, 256 KiB of events; a byte may become six in
// JSON.
constexpr std::size_t kLineBytes = 1900;  // leaves room for the id
constexpr std::size_t kBytes = 32u << 10;
constexpr std::size_t kLines = 500;

// A brief is no trouble: its lines have no severity worth a word.
std::string line_of(const chela::MessageLine& line) {
  if (line.kind == "brief") return notify::cut(line.text, kLineBytes);
  return notify::cut(notify::with_severity(line.text, line.severity), kLineBytes);
}

// Line by line, the message's id at the end of the last. The title is left out: it is made of the
// lines.
std::vector<std::string> printed_lines(const chela::Message& message) {
  std::vector<std::string> printed;
  std::size_t bytes = 0;
  for (const auto& line : message.lines) {
    std::string text = line_of(line);
    bytes += text.size();
    if (printed.size() == kLines || bytes > kBytes) {
      const auto rest = message.lines.size() - printed.size();
      printed.push_back("(and " + std::to_string(rest) + " more: chela status)");
      break;
    }
    printed.push_back(std::move(text));
  }
  if (printed.empty()) printed.push_back(notify::headline(message));
  printed.back() += " (" + message.id + ")";
  return printed;
}

// The message as it came, on one line. Of one that is too long fewer lines: cut, it would be no
// JSON.
std::string json_of(const json::value& message) {
  std::string text = json::serialize(message);
  if (text.size() <= kBytes || !message.is_object()) return text;
  json::object shorter = message.get_object();
  auto* lines = shorter["lines"].if_array();
  const std::size_t all = lines == nullptr ? 0 : lines->size();
  for (std::size_t kept = all; text.size() > kBytes && kept > 0;) {
    kept /= 2;
    lines->resize(kept);
    shorter["more"] = all - kept;
    lines = shorter["lines"].if_array();
    text = json::serialize(shorter);
  }
  return text;
}

class Stdout : public chela::Notifier {
 public:
  explicit Stdout(const chela::Config& config) : is_json_(config.get("form", "text") == "json") {}

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    const auto lines = is_json_ ? std::vector{json_of(host.request())} : printed_lines(message);
    for (const auto& line : lines) CHELA_TRY(host.emit("stdout", json::object{{"text", line}}));
    return chela::Delivery{"printed"};
  }

 private:
  bool is_json_;
};

}  // namespace
}  // namespace print

using print::Stdout;
CHELA_NOTIFIER(Stdout)
