#include "json_pieces.h"

namespace provider_google {

std::size_t JsonPieces::read_object(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (is_in_string_) {
      if (is_escaped_) {
        is_escaped_ = false;
      } else if (c == '\\') {
        is_escaped_ = true;
      } else if (c == '"') {
        is_in_string_ = false;
      }
      continue;
    }
    if (c == '"') is_in_string_ = true;
    if (c == '{' || c == '[') ++depth_;
    if ((c == '}' || c == ']') && --depth_ == 0) return i + 1;
  }
  return bytes.size();
}

bool JsonPieces::feed(std::string_view bytes, const std::function<void(std::string_view)>& take) {
  while (!bytes.empty() && state_ != State::broken) {
    if (state_ == State::in_object) {
      const std::size_t size = read_object(bytes);
      object_.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
      if (object_.size() > kMaxObjectBytes) {
        state_ = State::broken;
      } else if (depth_ == 0) {
        state_ = is_list_ ? State::in_list : State::after;
        take(object_);
        object_.clear();
      }
      continue;
    }
    const char c = bytes.front();
    if (c == '{' && (state_ == State::before || state_ == State::in_list)) {
      state_ = State::in_object;
      continue;
    }
    bytes.remove_prefix(1);
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '[' && state_ == State::before) {
      is_list_ = true;
      state_ = State::in_list;
    } else if (c == ']' && state_ == State::in_list) {
      state_ = State::after;
    } else if (c != ',' || state_ != State::in_list) {
      state_ = State::broken;
    }
  }
  return state_ != State::broken;
}

}  // namespace provider_google
