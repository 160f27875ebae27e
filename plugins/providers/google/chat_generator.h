// Random conversations that a checked request may hold, for tests of what every encoder promises.
#pragma once

#include <random>
#include <string>

#include "chela/chat.h"

namespace provider_google {

// The same seed gives the same requests.
class ChatGenerator {
 public:
  explicit ChatGenerator(unsigned seed) : random_(seed) {}

  chela::ChatRequest request();

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::string words();
  chela::Part text(bool may_be_signed);
  chela::Part image();
  chela::Part thinking();
  chela::Part call(std::size_t number);
  chela::ChatMessage user();
  chela::ChatMessage assistant(std::size_t calls);
  chela::ChatMessage results(const chela::ChatMessage& calls);

  std::mt19937 random_;
  bool has_file_urls_ = false;
};

}  // namespace provider_google
