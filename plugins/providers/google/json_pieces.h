// Cuts a body that is one JSON object, or a list of them, into its objects as they arrive.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace provider_google {

// Looks at brackets and quotes only: what it hands out is for a parser to judge. [instance-serial]
class JsonPieces {
 public:
  static constexpr std::size_t kMaxObjectBytes = 16u << 20;

  // Calls `take` for each object that is whole; the view lives until it returns. False once the
  // bytes are something else, or an object is longer than kMaxObjectBytes: nothing more is read
  // then.
  bool feed(std::string_view bytes, const std::function<void(std::string_view)>& take);

  // Whether the body could end here: the object, or the list with all of its objects, is closed.
  bool is_complete() const { return state_ == State::after; }

 private:
  enum class State { before, in_list, in_object, after, broken };

  // The bytes of `bytes` that belong to the object that is open.
  std::size_t read_object(std::string_view bytes);

  State state_ = State::before;
  bool is_list_ = false;
  bool is_in_string_ = false;
  bool is_escaped_ = false;
  std::size_t depth_ = 0;
  std::string object_;
};

}  // namespace provider_google
