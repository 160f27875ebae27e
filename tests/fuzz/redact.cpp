// The redactor: a registered secret is nowhere in what comes out, wherever it stood and however it
// was encoded; and pieces give the same as the whole.
#include "services/redact.h"

#include "fuzz.h"
#include "services/redact_encodings.h"
#include "services/redact_stream.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  auto input = fuzz::text_of(data, size);
  const std::size_t length = 6 + fuzz::choose(input) % 26, place = fuzz::choose(input);
  if (input.size() < length) return 0;
  std::string secret(input.substr(0, length));
  input.remove_prefix(length);
  const auto how = fuzz::choose(input), piece_size = 1 + fuzz::choose(input);

  services::Redactor redactor;
  const auto level = how % 3 == 0   ? services::RedactLevel::off
                     : how % 3 == 1 ? services::RedactLevel::tools
                                    : services::RedactLevel::all;
  fuzz::require(redactor.configure({level, {}}).has_value(), "levels can be set");
  // Too short without its line ends.
  if (!redactor.add("name", secret, services::ShortSecret::allowed)) return 0;
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  const auto encodings = services::encodings_of(secret, 6);
  std::string text(input);
  text.insert(std::min(place, text.size()), encodings[how % encodings.size()]);

  const auto reader = how % 2 == 0 ? services::Reader::person : services::Reader::model;
  const std::string shown = redactor.redact(text, reader);
  for (const auto& encoded : encodings) {
    fuzz::require(shown.find(encoded) == std::string::npos, "no encoding is left", shown);
  }
  services::RedactStream stream(redactor.rules(), reader);
  std::string pieces;
  for (std::string_view rest = text; !rest.empty();) {
    const auto piece = rest.substr(0, piece_size);
    pieces += stream.put(piece);
    rest.remove_prefix(piece.size());
  }
  fuzz::require(pieces + stream.finish() == shown, "pieces give the same as the whole", shown);
  return 0;
}
