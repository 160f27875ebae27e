// Worker frames: hostile bytes, cut anywhere, give the same frames and cost no more memory than
// they have.
#include "fuzz.h"
#include "plugin/wire.h"

namespace {

using namespace chela;

struct Reading {
  std::vector<plugin::Frame> frames;
  std::optional<ErrorCode> error;
};

Reading read_in_steps(std::string_view bytes, std::size_t step) {
  plugin::FrameReader reader(2000);
  Reading reading;
  for (std::size_t at = 0; at < bytes.size() && !reading.error; at += step) {
    reader.put(bytes.substr(at, step));
    while (true) {
      auto next = reader.next();
      if (!next) reading.error = next.error().code;
      if (!next || !*next) break;
      reading.frames.push_back(std::move(**next));
    }
  }
  return reading;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::text_of(data, size);
  const std::size_t step = fuzz::choose(bytes) % 40 + 1;
  const Reading whole = read_in_steps(bytes, bytes.size() + 1), cut = read_in_steps(bytes, step);
  fuzz::require(whole.error == cut.error, "an error does not depend on how the bytes come");
  fuzz::require(whole.frames.size() == cut.frames.size(), "frames do not depend on it either");
  std::size_t given = 0;
  for (std::size_t i = 0; i < whole.frames.size(); ++i) {
    const auto &frame = whole.frames[i], &other = cut.frames[i];
    given += frame.tail.size() + plugin::kFrameHeaderBytes;
    fuzz::require(frame.id == other.id && frame.head == other.head && frame.tail == other.tail,
                  "a frame does not depend on how its bytes come");
    const auto again = read_in_steps(
        plugin::encode_frame(frame.id, frame.head.as_object(), frame.tail), size + 2000);
    fuzz::require(again.frames.size() == 1 && again.frames[0].id == frame.id &&
                      fuzz::is_same(again.frames[0].head, frame.head) &&
                      again.frames[0].tail == frame.tail,
                  "a frame that is written is read back");
  }
  fuzz::require(given <= bytes.size(), "frames hold no more than came");
  return 0;
}
