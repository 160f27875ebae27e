#include "heartbeat/raw_json.h"

#include <algorithm>
#include <map>

#include "chela/json.h"

namespace chela::heartbeat {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Walks over text that is known to be valid JSON.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  bool skip(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // The next value, without the blanks around it.
  std::string_view value() {
    skip_blanks();
    const std::size_t start = at_;
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth, ++at_;
      } else if (c == '}' || c == ']') {
        --depth, ++at_;
      } else if (depth == 0) {
        at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
    return text_.substr(start, at_ - start);
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  void skip_string() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<RawMember>> split_object(std::string_view text) {
  CHELA_TRY(const json::value parsed, parse_json(text));
  if (!parsed.is_object()) return fail(ErrorCode::invalid_argument, "not a JSON object");
  std::vector<RawMember> members;
  members.reserve(parsed.get_object().size());
  std::map<std::string, std::size_t, std::less<>> places;
  Walker walker(text);
  walker.skip('{');
  while (!walker.skip('}')) {
    CHELA_TRY(const json::value key, parse_json(walker.value()));
    walker.skip(':');
    std::string name(key.get_string());
    std::string value(walker.value());
    const auto [place, is_new] = places.emplace(name, members.size());
    if (is_new) {
      members.push_back({std::move(name), std::move(value)});
    } else {
      members[place->second].json = std::move(value);
    }
    walker.skip(',');
  }
  return members;
}

std::string join_object(const std::vector<RawMember>& members, int indent) {
  if (members.empty()) return "{}";
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  std::string text = "{";
  for (const RawMember& member : members) {
    text += (text.size() == 1 ? "\n" : ",\n") + margin + "  " +
            json::serialize(json::string(member.key)) + ": " + member.json;
  }
  return text + "\n" + margin + "}";
}

void set_member(std::vector<RawMember>& members, std::string_view key, std::string json) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const RawMember& member) { return member.key == key; });
  if (found != members.end()) {
    found->json = std::move(json);
  } else {
    members.push_back({std::string(key), std::move(json)});
  }
}

}  // namespace chela::heartbeat
