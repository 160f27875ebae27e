// The frames between host and worker: u32 total, u32 JSON length, u64 id, JSON, raw tail (all
// little-endian).
//
// `total` counts what follows the first four bytes. JSON is a small envelope; documents, file bytes
// and output travel in the tail. Either side treats what it reads as foreign: lengths are checked
// before anything is allocated.
//
//   host -> worker   {"type":"open","kind":"chela.check/1","id":"check.git","version":"0.1.0"}
//   tail: config
//                    {"type":"call","op":"run","timeout_ms":30000,"attempt":0} tail: request
//                    {"type":"reply","status":0,"message":"","result":{..},"parts":[12,0]} tail:
//                    parts joined
//   worker -> host   {"type":"ready","enforced":{..}} {"type":"refused","status":9,"message":".."}
//                    {"type":"result","status":0,"message":".."} tail: reply document
//                    {"type":"service","service":"chela.files/1","op":"read","args":{..}} tail:
//                    bytes
//                    {"type":"log","level":2,"message":".."}   {"type":"emit","topic":".."} no
//                    answer
//
// A reply carries the id of its service frame, a result that of its call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::plugin {

struct Frame {
  std::uint64_t id = 0;
  json::value head;  // always an object with a string "type"
  std::string tail;

  std::string type() const { return get_string(head, "type"); }
};

inline constexpr std::size_t kFrameHeaderBytes = 16;
inline constexpr std::size_t kMaxEnvelopeBytes = 2 * 1024 * 1024;

// The bytes of one frame. `head` must be an object; a tail beyond 4 GiB cannot be sent (asserted).
std::string encode_frame(std::uint64_t id, const json::object& head, std::string_view tail = {});

// Takes bytes as they come and gives out whole frames.
class FrameReader {
 public:
  // max_bytes: the largest `total` that is accepted; more is a protocol error, before anything is
  // stored.
  explicit FrameReader(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void put(std::string_view bytes) { buffer_.append(bytes); }
  // The next frame; nullopt where more bytes are needed; invalid_argument when what came is no
  // frame, resource_exhausted when it begins like one but is longer than max_bytes.
  Result<std::optional<Frame>> next();
  // Whether bytes of an unfinished frame are waiting.
  bool has_partial() const { return buffer_.size() > used_; }

 private:
  std::size_t max_bytes_;
  std::string buffer_;
  std::size_t used_ = 0;  // bytes of buffer_ that were given out already
};

}  // namespace chela::plugin
