// The daemon's control socket: any line is a request that is read back the same, in both
// directions.
#include "app/control.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  const auto line = parse_json(fuzz::text_of(data, size));
  if (!line) return 0;
  const auto request = app::to_json(app::request_from(*line));
  fuzz::require(app::to_json(app::request_from(request)) == request, "a request is read back");
  const auto text = json::serialize(request);
  fuzz::require(text.find('\n') == std::string::npos, "a request is one line", text);
  const auto summary = app::to_json(app::summary_from(*line));
  fuzz::require(app::to_json(app::summary_from(summary)) == summary, "an answer is read back");
  return 0;
}
