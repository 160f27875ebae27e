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
    // A quotation mark means nothing in here. Where one stands alone, though, the comment ended in
    // the middle of an address that its sender chose: "x) dmarc=pass ("@evil.example.
    bool is_quoting = false;
    while (!is_at_end()) {
      const char c = text_[at_++];
      if (c == '\\' && !is_at_end()) ++at_;
      if (c == '"') is_quoting = !is_quoting;
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) {
        is_broken_ = is_broken_ || is_quoting;
        return;
      }
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

// method ["/" version] "=" result *(property "=" value), up to the semicolon. false where it is
// none; the name is there as far as it could be read.
bool read_method(Walk& walk, Method& method) {
  method.name = lower_ascii(walk.word("=/"));
  if (walk.take('/')) walk.word("=");
  if (method.name.empty() || !walk.take('=')) return false;
  method.result = lower_ascii(walk.word("="));
  if (method.result.empty()) return false;
  while (true) {
    walk.skip();
    if (walk.is_at_end() || walk.peek() == ';') return true;
    const std::string name = lower_ascii(walk.word("="));
    if (name.empty() || !walk.take('=')) return false;
    std::string value = walk.word("");
    // "the user"@example.org
    if (walk.peek() == '@') value += walk.word("");
    if (method.properties.size() == kMaxProperties) return false;
    method.properties.emplace_back(name, std::move(value));
  }
}

// The id and what stands before the first clause. false where it is none of version 1.
bool read_start(Walk& walk, AuthResults& results) {
  const Walk start = walk;
  const std::string first = walk.word("=");
  walk.skip();
  if (walk.peek() == '=') {
    walk = start;
    results.id = kNoAuthservId;
    return true;
  }
  results.id = lower_ascii(first);
  if (walk.peek() != ';' && !walk.is_at_end() && walk.word("") != "1") return false;
  walk.skip();
  return walk.is_at_end() || walk.take(';');
}

}  // namespace

bool is_verdict(std::string_view method) {
  return method == "dmarc" || method == "dkim" || method == "spf";
}

std::string_view Method::property(std::string_view wanted) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const auto& one) { return one.first == wanted; });
  return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<AuthResults> parse_auth_results(std::string_view value) {
  Walk walk(value);
  AuthResults results;
  bool is_sound = read_start(walk, results);
  if (results.id.empty() || walk.is_broken()) return std::nullopt;
  while (is_sound && !walk.is_at_end()) {
    Method method;
    const bool is_read = read_method(walk, method);
    walk.skip();
    const bool is_at_clause_end = walk.is_at_end() || walk.peek() == ';';
    // "id; none" and "a=b;; c=d" say nothing more than they seem to.
    const bool is_none = is_at_clause_end && (method.name.empty() || method.name == "none");
    results.is_whole = results.is_whole && (is_read || is_none);
    // DMARC sums up the others: where its word is lost, theirs may not be taken for it.
    if (!is_read && method.name == "dmarc") is_sound = false;
    if (is_read) results.methods.push_back(std::move(method));
    walk.skip_clause();
    walk.take(';');
    walk.skip();
    is_sound = is_sound && results.methods.size() <= kMaxMethods;
  }
  if (results.id == kNoAuthservId && results.methods.empty()) is_sound = false;
  if (is_sound && !walk.is_broken()) return results;
  return AuthResults{results.id, {}, false};
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
