#include "openai_usage.h"

#include <algorithm>
#include <charconv>

namespace chela::openai {
namespace {

std::int64_t count_of(const json::value& value, std::string_view key) {
  return std::clamp<std::int64_t>(get_int(value, key), 0, std::int64_t{1} << 40);
}

// Walks over JSON that is known to be valid; no position is ever beyond the text.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // A string without its quotes, escapes as they are.
  std::string_view string() {
    if (!take('"')) return {};
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    const auto found = text_.substr(from, at_ - from);
    if (at_ < text_.size()) ++at_;
    return found;
  }
  std::string_view number() {
    skip_blanks();
    const std::size_t end = std::min(text_.find_first_not_of("0123456789+-.eE", at_), text_.size());
    return text_.substr(at_, end - at_);
  }
  void skip_value() {
    int depth = 0;
    do {
      skip_blanks();
      if (at_ >= text_.size()) return;
      const char c = text_[at_];
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
      }
    } while (depth > 0);
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  std::string_view text_;
  std::size_t at_ = 0;
};

// "7.159e-05" -> "0.00007159"; "" for what is no plain positive number.
std::string plain_decimal(std::string_view number) {
  const std::size_t mark = number.find_first_of("eE");
  int exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view text = number.substr(mark + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    number = number.substr(0, mark);
  }
  const std::size_t dot = std::min(number.find('.'), number.size());
  std::string digits(number.substr(0, dot));
  if (dot < number.size()) digits += number.substr(dot + 1);
  if (digits.empty() || digits.size() > 60 || exponent < -30 || exponent > 30 ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return {};
  long point = static_cast<long>(dot) + exponent;  // digits before the point
  if (point <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - point), '0');
    point = 1;
  }
  if (static_cast<std::size_t>(point) > digits.size())
    digits.append(static_cast<std::size_t>(point) - digits.size(), '0');
  std::string whole = digits.substr(0, static_cast<std::size_t>(point));
  std::string part = digits.substr(static_cast<std::size_t>(point));
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  while (part.ends_with('0')) part.pop_back();
  return part.empty() ? whole : whole + '.' + part;
}

}  // namespace

Usage usage_of(const json::value& usage) {
  const json::value none = json::object();
  const auto* prompt = find(usage, "prompt_tokens_details");
  const auto* completion = find(usage, "completion_tokens_details");
  if (prompt == nullptr) prompt = &none;
  if (completion == nullptr) completion = &none;
  Usage out;
  const std::int64_t all_input = count_of(usage, "prompt_tokens");
  out.cache_read_tokens = count_of(*prompt, "cached_tokens");
  if (out.cache_read_tokens == 0)  // Moonshot, DeepSeek
    out.cache_read_tokens =
        std::max(count_of(usage, "cached_tokens"), count_of(usage, "prompt_cache_hit_tokens"));
  out.cache_read_tokens = std::min(out.cache_read_tokens, all_input);
  out.cache_write_5m_tokens =
      std::min(count_of(*prompt, "cache_write_tokens"), all_input - out.cache_read_tokens);
  out.input_tokens = all_input - out.cache_read_tokens - out.cache_write_5m_tokens;
  out.output_tokens = count_of(usage, "completion_tokens");
  out.reasoning_tokens = count_of(*completion, "reasoning_tokens");
  const std::int64_t total = count_of(usage, "total_tokens");
  if (out.reasoning_tokens > 0 && total == all_input + out.output_tokens + out.reasoning_tokens)
    out.output_tokens += out.reasoning_tokens;
  out.reasoning_tokens = std::min(out.reasoning_tokens, out.output_tokens);
  return out;
}

std::string decimal_at(std::string_view text, std::initializer_list<std::string_view> path) {
  Walk walk(text);
  for (const auto wanted : path) {
    if (!walk.take('{')) return {};
    while (true) {
      const auto name = walk.string();
      if (!walk.take(':')) return {};
      if (name == wanted) break;
      walk.skip_value();
      if (!walk.take(',')) return {};
    }
  }
  return plain_decimal(walk.number());
}

}  // namespace chela::openai
