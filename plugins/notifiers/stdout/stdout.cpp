// Prints messages on chela's standard output. A worker has none of its own, so the text is handed
// to the host as an event of the topic "stdout".
#include <chela/notifier.h>

#include "words.h"

namespace print {
namespace {

namespace json = chela::json;

class Stdout : public chela::Notifier {
 public:
  explicit Stdout(const chela::Config& config) : is_json_(config.get("form", "text") == "json") {}

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    std::string text = notify::plain_text(message, 64u << 10) + " (" + message.id + ")";
    if (is_json_) text = json::serialize(host.request());
    CHELA_TRY(host.emit("stdout", json::object{{"text", text}}));
    return chela::Delivery{"printed"};
  }

 private:
  bool is_json_;
};

}  // namespace
}  // namespace print

using print::Stdout;
CHELA_NOTIFIER(Stdout)
