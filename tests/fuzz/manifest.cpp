// Manifests: any text is a manifest or an error for people, and what chela writes is read back to
// the same settings.
#include "config/manifest.h"

#include "config/write.h"
#include "fuzz.h"

namespace {

using namespace chela;

void expect_error(const Error& error) {
  fuzz::require(error.code == ErrorCode::invalid_argument, "a bad manifest is the writer's matter");
  fuzz::require(error.message.starts_with("m.yaml:"), "an error says where", error.message);
  fuzz::require(fuzz::is_printable(error.message), "an error is fit to be shown", error.message);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const unsigned what = fuzz::choose(text) % 5;
  const auto document = config::parse_yaml(text, "m.yaml");
  if (!document) return expect_error(document.error()), 0;
  for (const auto& [pointer, place] : document->places) {
    fuzz::require(place.value.line >= 1 && place.value.line <= static_cast<int>(size) + 1,
                  "a place lies in the file", pointer);
  }
  if (what == 4) {
    const auto host = config::parse_host(*document);
    if (!host) expect_error(host.error());
    return 0;
  }
  const auto kind = static_cast<config::Kind>(what);
  const auto instance = config::parse_instance(*document, kind);
  if (!instance) return expect_error(instance.error()), 0;
  const std::string written = config::write_instance(*instance);
  const auto again = config::parse_yaml(written, "w.yaml");
  fuzz::require(again.has_value(), "what chela writes is YAML", written);
  const auto read = config::parse_instance(*again, kind);
  fuzz::require(read && read->has_same_settings(*instance), "and reads back the same", written);
  return 0;
}
