// openclaw.json: JSON5 becomes JSON that says the same, and strict JSON means what it means
// elsewhere.
#include "config/json5.h"

#include "config/openclaw.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  const auto text = fuzz::text_of(data, size);
  const auto value = config::parse_json5(text, "o.json");
  const auto strict = parse_json(text);
  if (!value) {
    const std::string& message = value.error().message;
    fuzz::require(message.starts_with("o.json:") && fuzz::is_printable(message),
                  "an error says where and is fit to be shown", message);
    const bool is_our_limit = message.find("number") != std::string::npos ||
                              message.find("levels") != std::string::npos ||
                              message.find("nested") != std::string::npos;
    fuzz::require(!strict || is_our_limit, "JSON is JSON5", message);
    return 0;
  }
  if (strict) fuzz::require(fuzz::is_same(*value, *strict), "JSON means the same in JSON5");
  const std::string written = json::serialize(*value);
  const auto again = config::parse_json5(written, "w.json");
  fuzz::require(again && fuzz::is_same(*again, *value), "written as JSON it is the same", written);
  config::parse_openclaw_duration(*value);
  return 0;
}
