#include "plugin/wire.h"

#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

static_assert(std::endian::native == std::endian::little,
              "frames are copied as they lie in memory");

namespace chela::plugin {
namespace {

template <class T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void append(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

std::string encode_frame(std::uint64_t id, const json::object& head, std::string_view tail) {
  const std::string envelope = json::serialize(head);
  const std::size_t total = kFrameHeaderBytes - 4 + envelope.size() + tail.size();
  assert(total <= std::numeric_limits<std::uint32_t>::max());
  std::string bytes;
  bytes.reserve(total + 4);
  append(bytes, static_cast<std::uint32_t>(total));
  append(bytes, static_cast<std::uint32_t>(envelope.size()));
  append(bytes, id);
  bytes += envelope;
  bytes += tail;
  return bytes;
}

Result<std::optional<Frame>> FrameReader::next() {
  const char* at = buffer_.data() + used_;
  const std::size_t have = buffer_.size() - used_;
  if (have < 4) return std::optional<Frame>();
  const std::size_t total = load<std::uint32_t>(at);
  if (total > max_bytes_ && have < 8) return std::optional<Frame>();
  if (total < kFrameHeaderBytes - 4 || total > max_bytes_) {
    // With a sound second number it is an answer that is too long, not garbage.
    const bool is_sound = total > max_bytes_ && load<std::uint32_t>(at + 4) <= kMaxEnvelopeBytes;
    return fail(is_sound ? ErrorCode::resource_exhausted : ErrorCode::invalid_argument,
                "a frame of " + std::to_string(total) + " bytes; at most " +
                    std::to_string(max_bytes_) + " are accepted");
  }
  if (have < kFrameHeaderBytes) return std::optional<Frame>();
  const std::size_t envelope_size = load<std::uint32_t>(at + 4);
  if (envelope_size > total - (kFrameHeaderBytes - 4) || envelope_size > kMaxEnvelopeBytes) {
    return fail(ErrorCode::invalid_argument, "a frame whose JSON part is longer than allowed");
  }
  if (have < total + 4) return std::optional<Frame>();

  Frame frame;
  frame.id = load<std::uint64_t>(at + 8);
  auto head = parse_json(std::string_view(at + kFrameHeaderBytes, envelope_size));
  if (!head)
    return fail(ErrorCode::invalid_argument,
                "a frame whose JSON part is broken: " + head.error().message);
  if (!find_string(*head, "type"))
    return fail(ErrorCode::invalid_argument, "a frame without a type");
  frame.head = std::move(*head);
  frame.tail.assign(at + kFrameHeaderBytes + envelope_size,
                    total + 4 - kFrameHeaderBytes - envelope_size);

  used_ += total + 4;
  if (used_ == buffer_.size()) {
    buffer_.clear();
    used_ = 0;
  } else if (used_ > buffer_.size() / 2) {
    buffer_.erase(0, used_);
    used_ = 0;
  }
  return std::optional<Frame>(std::move(frame));
}

}  // namespace chela::plugin
