#include "sse.h"

namespace chela::sse {

bool Reader::feed(std::string_view bytes, const std::function<void(const Event&)>& take) {
  while (!bytes.empty() && !is_too_long_) {
    if (was_cr_) {
      was_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() + data_.size() > kMaxEventBytes) is_too_long_ = true;
    if (end == std::string_view::npos) break;
    was_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(take);
  }
  return !is_too_long_;
}

void Reader::end_line(const std::function<void(const Event&)>& take) {
  std::string_view line = line_;
  if (is_first_line_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  is_first_line_ = false;
  if (line.empty()) {
    if (has_data_) take({name_, data_});
    name_.clear();
    data_.clear();
    has_data_ = false;
    line_.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") name_ = std::string(value);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  }
  line_.clear();
}

}  // namespace chela::sse
