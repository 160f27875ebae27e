#include "imap_reader.h"

#include <algorithm>
#include <charconv>

#include "words.h"

namespace check_email {
namespace {

// The words of a status line are for people and may end in anything; it has no literal.
bool may_have_literals(const Response& response) {
  const std::string_view text = response.text();
  if (!text.starts_with("* ")) return false;
  if (response.pieces.size() > 1) return true;
  const std::string_view rest = text.substr(2);
  const std::string word = upper_ascii(rest.substr(0, rest.find(' ')));
  return word != "OK" && word != "NO" && word != "BAD" && word != "BYE" && word != "PREAUTH";
}

// "... {12}" -> 12, and where the count begins; more digits than a number has are a very large one.
struct Count {
  std::size_t begin;
  std::uint64_t bytes;
};
std::optional<Count> literal_at_end(std::string_view text) {
  if (!text.ends_with('}')) return std::nullopt;
  const auto open = text.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(open + 1, text.size() - open - 2);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::uint64_t bytes = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (read.ec != std::errc()) bytes = UINT64_MAX;
  // literal8 of RFC 3516 has a tilde before it.
  const bool has_tilde = open > 0 && text[open - 1] == '~';
  return Count{has_tilde ? open - 1 : open, bytes};
}

}  // namespace

Result<void> ImapReader::refuse(const std::string& what) {
  broken_ = chela::Error{chela::ErrorCode::resource_exhausted, what};
  return chela::fail(*broken_);
}

Result<void> ImapReader::feed(std::string_view bytes) {
  if (broken_) return chela::fail(*broken_);
  total_bytes_ += bytes.size();
  if (total_bytes_ > limits_.total_bytes) {
    return refuse("the mail server sent more than " + std::to_string(limits_.total_bytes >> 20) +
                  " MiB in one conversation");
  }
  while (!bytes.empty()) {
    if (literal_left_) {
      take_literal(bytes);
    } else {
      CHELA_TRY(take_line(bytes));
    }
  }
  return {};
}

std::optional<Response> ImapReader::next() {
  if (whole_.empty()) return std::nullopt;
  Response response = std::move(whole_.front());
  whole_.pop_front();
  return response;
}

Result<void> ImapReader::take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto piece = bytes.substr(0, end);
  line_bytes_ += piece.size();
  if (line_bytes_ > limits_.line_bytes) {
    return refuse("the mail server sent a line of more than " +
                  std::to_string(limits_.line_bytes >> 10) + " KiB");
  }
  current_.pieces.back() += piece;
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  return end == std::string_view::npos ? Result<void>() : end_line();
}

Result<void> ImapReader::end_line() {
  std::string& text = current_.pieces.back();
  if (text.ends_with('\r')) text.pop_back();
  const auto literal = may_have_literals(current_) ? literal_at_end(text) : std::nullopt;
  if (!literal) {
    whole_.push_back(std::move(current_));
    current_ = Response{{""}};
    line_bytes_ = 0;
    return {};
  }
  if (literal->bytes > limits_.literal_bytes) {
    return refuse("the mail server announced a piece of more than " +
                  std::to_string(limits_.literal_bytes >> 20) + " MiB");
  }
  if (current_.pieces.size() / 2 >= limits_.literals)
    return refuse("the mail server sent a response of too many pieces");
  text.resize(literal->begin);
  current_.pieces.emplace_back();
  if (literal->bytes == 0) {
    current_.pieces.emplace_back();
  } else {
    literal_left_ = literal->bytes;
  }
  return {};
}

void ImapReader::take_literal(std::string_view& bytes) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(*literal_left_, bytes.size()));
  current_.pieces.back().append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  *literal_left_ -= size;
  if (*literal_left_ > 0) return;
  literal_left_.reset();
  current_.pieces.emplace_back();
}

}  // namespace check_email
