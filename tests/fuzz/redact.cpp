// The redactor: a registered secret is nowhere in what comes out, wherever it stood.
#include "services/redact.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  auto input = fuzz::text_of(data, size);
  const std::size_t length = 6 + fuzz::choose(input) % 26, place = fuzz::choose(input);
  if (input.size() < length) return 0;
  const std::string secret(input.substr(0, length));
  input.remove_prefix(length);
  // Such a secret would stand in the mark itself, or grow out of it and its neighbours.
  if (secret.find_first_of("[]") != std::string::npos) return 0;
  if (std::string_view("redacted").find(secret) != std::string_view::npos) return 0;
  services::Redactor redactor;
  redactor.add(secret);
  std::string text(input);
  text.insert(std::min(place, text.size()), secret);
  const std::string shown = redactor.redact(text);
  fuzz::require(shown.find(secret) == std::string::npos, "the secret is gone", shown);
  return 0;
}
