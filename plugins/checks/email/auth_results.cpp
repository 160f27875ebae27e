#include "auth_results.h"

#include <algorithm>

#include "words.h"

namespace check_email {
namespace {

constexpr std::size_t kMaxMethods = 100;
constexpr std::size_t kMaxProperties = 50;

// Words, quoted strings, comments.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  bool is_at_end() const { return at_ >= text_.size(); }
  bool is_broken() const { return is_broken_; }
  char peek() const { return is_at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    skip();
    if (peek() != c || is_at_end()) return false;
    ++at_;
    return true;
  }
  // Blanks and comments.
  void skip() {
    while (!is_at_end()) {
      if (is_blank(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '(') {
        skip_comment();
      } else {
        return;
      }
    }
  }
  // A quoted string without its marks, or all up to a blank, a semicolon, a comment or one of
  // `ends`.
  std::string word(std::string_view ends) {
    skip();
    if (peek() == '"') return quoted();
    const std::size_t begin = at_;
    while (!is_at_end() && !is_blank(text_[at_]) &&
           std::string_view(";(\"").find(text_[at_]) == std::string_view::npos &&
           ends.find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  // To the semicolon that ends this clause.
  void skip_clause() {
    while (!is_at_end()) {
      skip();
      if (is_at_end() || peek() == ';') return;
      if (peek() == '"') {
        quoted();
      } else {
        ++at_;
      }
    }
  }

 private:
  void skip_comment() {
    int depth = 0;
    while (!is_at_end()) {
      const char c = text_[at_++];
      if (c == '\\' && !is_at_end()) ++at_;
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) return;
    }
    is_broken_ = true;
  }
  std::string quoted() {
    std::string value;
    ++at_;
    while (!is_at_end()) {
      char c = text_[at_++];
      if (c == '"') return value;
      if (c == '\\' && !is_at_end()) c = text_[at_++];
      value += c;
    }
    is_broken_ = true;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_broken_ = false;
};

// method ["/" version] "=" result *(property "=" value)
std::optional<Method> read_method(Walk& walk) {
  Method method;
  method.name = lower_ascii(walk.word("=/"));
  if (walk.take('/')) walk.word("=");
  if (method.name.empty() || !walk.take('=')) return std::nullopt;
  method.result = lower_ascii(walk.word("="));
  if (method.result.empty()) return std::nullopt;
  while (true) {
    walk.skip();
    if (walk.is_at_end() || walk.peek() == ';') return method;
    const std::string name = lower_ascii(walk.word("="));
    if (name.empty() || !walk.take('=')) return std::nullopt;
    std::string value = walk.word("");
    if (method.properties.size() < kMaxProperties)
      method.properties.emplace_back(name, std::move(value));
  }
}

}  // namespace

std::string_view Method::property(std::string_view wanted) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const auto& one) { return one.first == wanted; });
  return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<AuthResults> parse_auth_results(std::string_view value) {
  Walk walk(value);
  AuthResults results;
  const std::string first = walk.word("=");
  walk.skip();
  const bool has_id = walk.peek() != '=';
  if (has_id) {
    results.id = lower_ascii(first);
    if (results.id.empty()) return std::nullopt;
    if (walk.peek() != ';' && !walk.is_at_end() && walk.word("") != "1") return std::nullopt;
    walk.skip();
    if (!walk.is_at_end() && !walk.take(';')) return std::nullopt;
  } else {
    walk = Walk(value);
    results.id = kNoAuthservId;
  }
  while (!walk.is_at_end() && results.methods.size() < kMaxMethods) {
    auto method = read_method(walk);
    walk.skip();
    // What follows a clause is a semicolon; anything else makes it one that cannot be read.
    if (!walk.is_at_end() && walk.peek() != ';') method.reset();
    if (method) results.methods.push_back(std::move(*method));
    walk.skip_clause();
    walk.take(';');
    walk.skip();
  }
  if (walk.is_broken()) return std::nullopt;
  if (!has_id && results.methods.empty()) return std::nullopt;
  return results;
}

std::string received_by(std::string_view value) {
  Walk walk(value);
  while (true) {
    walk.skip();
    if (walk.is_at_end() || walk.peek() == ';') return "";
    const bool is_quoted = walk.peek() == '"';
    const std::string word = walk.word("");
    if (!is_quoted && is_same_word(word, "by")) return lower_ascii(walk.word(""));
  }
}

}  // namespace check_email
