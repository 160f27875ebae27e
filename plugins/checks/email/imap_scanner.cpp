#include "imap_scanner.h"

#include <charconv>

#include "words.h"

namespace check_email {

namespace {
constexpr int kMaxDepth = 64;
constexpr std::string_view kWordEnds = " ()\"";
}  // namespace

std::string_view Scanner::rest() const {
  return std::string_view(response_.pieces[piece_]).substr(at_);
}

bool Scanner::is_at_literal() const {
  return rest().empty() && piece_ + 1 < response_.pieces.size();
}

bool Scanner::is_at_end() const {
  return rest().empty() && !is_at_literal();
}

void Scanner::skip_blanks() {
  while (!rest().empty() && rest().front() == ' ') ++at_;
}

bool Scanner::take(char c) {
  if (rest().empty() || rest().front() != c) return false;
  ++at_;
  return true;
}

std::string Scanner::word() {
  const auto text = rest();
  const auto size = std::min(text.find_first_of(kWordEnds), text.size());
  at_ += size;
  return upper_ascii(text.substr(0, size));
}

std::string Scanner::item_name() {
  const auto text = rest();
  std::size_t size = std::min(text.find_first_of(" ()[\""), text.size());
  if (size < text.size() && text[size] == '[') {
    const auto close = text.find(']', size);
    if (close == std::string_view::npos) return "";
    size = close + 1;
    // The origin of a part of it: <0>
    size += std::min(text.substr(size).find_first_of(kWordEnds), text.size() - size);
  }
  at_ += size;
  return upper_ascii(text.substr(0, size));
}

std::optional<std::string> Scanner::quoted() {
  const auto text = rest();
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      at_ += i + 1;
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

std::optional<std::string> Scanner::string() {
  if (is_at_literal()) {
    piece_ += 2;
    at_ = 0;
    return response_.pieces[piece_ - 1];
  }
  const auto text = rest();
  if (text.starts_with('"')) return quoted();
  const auto size = std::min(text.find_first_of(kWordEnds), text.size());
  if (size == 0) return std::nullopt;
  at_ += size;
  const auto value = text.substr(0, size);
  return is_same_word(value, "NIL") ? std::string() : std::string(value);
}

std::optional<std::uint64_t> Scanner::number() {
  const auto text = rest();
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc()) return std::nullopt;
  at_ += static_cast<std::size_t>(read.ptr - text.data());
  return value;
}

bool Scanner::skip_value() {
  int depth = 0;
  do {
    skip_blanks();
    if (take('(')) {
      if (++depth > kMaxDepth) return false;
    } else if (take(')')) {
      --depth;
    } else if (!string()) {
      return false;
    }
  } while (depth > 0);
  return depth == 0;
}

}  // namespace check_email
