#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>
#include <vector>

#include "base/text.h"
#include "chela/utf8.h"
#include "config/scalar.h"

namespace chela::config {
namespace {

constexpr std::size_t kMaxBytes = 256 * 1024;
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxNodes = 10'000;
constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

// Byte offset -> line and column in characters, for messages about the raw text.
Position position_of(std::string_view text, std::size_t offset) {
  Position at{1, 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++at.column;
    }
  }
  return at;
}

// yaml-cpp counts columns in bytes; people's editors count characters.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
      lines_.push_back(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
  Position at(const YAML::Mark& mark) const {
    if (mark.is_null()) return {};
    const auto line = static_cast<std::size_t>(mark.line);
    if (line >= lines_.size()) return {mark.line + 1, mark.column + 1};
    const auto before = lines_[line].substr(0, static_cast<std::size_t>(mark.column));
    return {mark.line + 1, position_of(before, before.size()).column};
  }

 private:
  std::vector<std::string_view> lines_;
};

// Builds the value from the event stream. After the first error all further events are ignored:
// yaml-cpp's own depth guard and our size cap bound what is left, and no exception of ours has to
// cross a library.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Lines& lines, Document& document) : lines_(lines), document_(document) {}

  const std::optional<Error>& error() const { return error_; }
  void refuse(Position at, const std::string& message) {
    if (!error_)
      error_ = Error{ErrorCode::invalid_argument, where(document_.file, at) + ": " + message};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      refuse(lines_.at(mark),
             "a second document starts here; wanted one document per file; found ---");
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!admit(mark, anchor)) return;
    if (wants_key())
      return refuse(lines_.at(mark),
                    "a key is missing; wanted a name before the colon; found nothing");
    put(nullptr, lines_.at(mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(lines_.at(mark), "aliases are not allowed; wanted the value written out; found a *name");
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    refuse(lines_.at(mark), "anchors are not allowed; wanted the value without a name; found &" +
                                base::printable(name, 60));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(json::array(), "seq", mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(json::object(), "map", mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    json::value value;
    std::string pointer;
    std::optional<std::string> key;  // read, its value not yet
    Position key_at;
  };

  bool wants_key() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().key;
  }
  // False where the node must not be looked at: an earlier error, an anchor, one node too many.
  bool admit(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (error_) return false;
    if (anchor != 0)
      refuse(lines_.at(mark), "anchors are not allowed; wanted a plain value; found &");
    if (++nodes_ > kMaxNodes) {
      refuse(lines_.at(mark),
             "the file is too large; wanted at most 10000 keys and values; found more");
    }
    return !error_;
  }
  bool is_core_tag(const YAML::Mark& mark, const std::string& tag, std::string_view wanted) {
    if (tag == "?" || tag == "!" || tag == std::string(kCoreTag) + std::string(wanted)) return true;
    refuse(lines_.at(mark),
           "this tag is not allowed here; wanted no tag; found " + base::printable(tag, 60));
    return false;
  }
  std::string pointer_of_next() const {
    if (levels_.empty()) return "";
    const auto& level = levels_.back();
    if (const auto* list = level.value.if_array()) {
      return child_pointer(level.pointer, std::to_string(list->size()));
    }
    return child_pointer(level.pointer, *level.key);
  }
  void put(json::value value, Position at) {
    const auto pointer = pointer_of_next();
    // A container was noted when it opened.
    document_.places.try_emplace(
        pointer, Place{levels_.empty() || !levels_.back().key ? at : levels_.back().key_at, at});
    if (levels_.empty()) {
      document_.value = std::move(value);
    } else if (auto* list = levels_.back().value.if_array()) {
      list->push_back(std::move(value));
    } else {
      levels_.back().value.get_object()[*levels_.back().key] = std::move(value);
      levels_.back().key.reset();
    }
  }
  void open(json::value empty, std::string_view core, const YAML::Mark& mark,
            const std::string& tag, YAML::anchor_t anchor) {
    if (!admit(mark, anchor) || !is_core_tag(mark, tag, core)) return;
    const auto at = lines_.at(mark);
    if (wants_key())
      return refuse(at,
                    "a key must be a name; wanted text before the colon; found a list or mapping");
    if (levels_.size() >= kMaxDepth)
      return refuse(at, "nested too deeply; wanted at most 16 levels; found more");
    const auto pointer = pointer_of_next();
    const auto key_at = levels_.empty() || !levels_.back().key ? at : levels_.back().key_at;
    document_.places.try_emplace(pointer, Place{key_at, at});
    levels_.push_back({std::move(empty), pointer, std::nullopt, {}});
  }
  void close() {
    if (error_) return;
    auto level = std::move(levels_.back());
    levels_.pop_back();
    put(std::move(level.value), document_.places.at(level.pointer).value);
  }
  void take_key(const std::string& key, Position at) {
    auto& level = levels_.back();
    const auto earlier = document_.places.find(child_pointer(level.pointer, key));
    if (earlier != document_.places.end()) {
      return refuse(at, "the key '" + base::printable(key, 60) +
                            "' stands here a second time; wanted it once; found it in line " +
                            std::to_string(earlier->second.key.line) + " already");
    }
    level.key = key;
    level.key_at = at;
  }

  const Lines& lines_;
  Document& document_;
  std::optional<Error> error_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// The JSON value of one scalar: `tag` is "?" for plain and "!" for quoted text, else the written
// one.
Result<json::value> read_scalar(const std::string& tag, const std::string& text) {
  if (tag == "!" || tag == std::string(kCoreTag) + "str") return json::value(text);
  if (tag == "?") return read_plain_scalar(text);
  CHELA_TRY(json::value value, read_plain_scalar(text));
  const auto name = std::string_view(tag).substr(std::min(tag.size(), kCoreTag.size()));
  const bool fits = tag.starts_with(kCoreTag) &&
                    ((name == "int" && (value.is_int64() || value.is_uint64())) ||
                     (name == "float" && value.is_number()) ||
                     (name == "bool" && value.is_bool()) || (name == "null" && value.is_null()));
  if (fits) return value;
  return fail(ErrorCode::invalid_argument,
              "this tag is not allowed here; wanted no tag, or one of YAML's core that fits the "
              "value; found " +
                  base::printable(tag, 60));
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& text) {
  if (!admit(mark, anchor)) return;
  const auto at = lines_.at(mark);
  // Double quotes can spell by escape what the raw text must not contain.
  if (std::find_if(text.begin(), text.end(), is_forbidden_control) != text.end() ||
      !is_utf8(text)) {
    return refuse(
        at, "the text holds a control character; wanted printable UTF-8; found an escape for one");
  }
  if (wants_key()) return take_key(text, at);
  auto value = read_scalar(tag, text);
  if (!value) return refuse(at, value.error().message);
  put(std::move(*value), at);
}

Result<void> check_text(std::string_view text, const std::string& file) {
  const auto refuse = [&](std::size_t offset, const std::string& message) {
    return fail(ErrorCode::invalid_argument,
                where(file, position_of(text, offset)) + ": " + message);
  };
  if (text.size() > kMaxBytes) {
    return fail(ErrorCode::invalid_argument,
                file + ": the file is too large; wanted at most 262144 bytes; found " +
                    std::to_string(text.size()));
  }
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8_sequence(text.substr(i));
    if (length == 0) return refuse(i, "not valid UTF-8; wanted UTF-8 text; found a stray byte");
    if (is_forbidden_control(text[i])) {
      return refuse(i, "a control character; wanted printable text; found byte " +
                           std::to_string(static_cast<unsigned char>(text[i])));
    }
    i += length;
  }
  return {};
}

// yaml-cpp 0.7 takes a quoted text that never ends for a finished one where the file ends in a
// blank line. A comment in that line makes it see the end.
std::string with_visible_end(std::string_view text) {
  std::string whole(text);
  const auto last_line = text.substr(text.rfind('\n') + 1);  // npos + 1 = 0
  if (text.empty() || last_line.find_first_not_of(" \t\r") != std::string_view::npos) return whole;
  return whole + (last_line.empty() ? "#" : "\n#");
}

// yaml-cpp says "illegal map value" and the like; it has no more to tell.
std::string syntax_message(const std::string& message) {
  return "not valid YAML: " + base::printable(message, 200) +
         "; wanted YAML 1.2; found something else";
}

// Runs yaml-cpp over the text. Its exceptions end here, as a message that begins behind the file's
// name.
Result<void> send_events(std::string_view text, Builder& builder, const Lines& lines) try {
  std::istringstream stream{with_visible_end(text)};
  YAML::Parser parser(stream);
  while (!builder.error() && parser.HandleNextDocument(builder)) {
  }
  return {};
} catch (const YAML::ParserException& e) {
  return fail(ErrorCode::invalid_argument,
              where("", lines.at(e.mark)) + ": " + syntax_message(e.msg));
} catch (const std::exception& e) {
  return fail(ErrorCode::invalid_argument, ": " + syntax_message(e.what()));
}

}  // namespace

Result<Document> parse_yaml(std::string_view text, const std::string& file) {
  CHELA_TRY(check_text(text, file));
  Document document{json::object(), {}, file};
  const Lines lines(text);
  Builder builder(lines, document);
  const auto syntax = send_events(text, builder, lines);
  // Ours came first and says more: after it yaml-cpp may still stumble over its own depth guard.
  if (builder.error()) return fail(*builder.error());
  if (!syntax) return fail(syntax.error().code, file + syntax.error().message);
  if (document.value.is_null()) document.value = json::object();
  document.places.try_emplace("", Place{{1, 1}, {1, 1}});
  return document;
}

std::string where(const std::string& file, Position position) {
  if (position.line <= 0) return file;
  return file + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  std::string child(pointer);
  child += '/';
  for (const char c : key) {
    if (c == '~') {
      child += "~0";
    } else if (c == '/') {
      child += "~1";
    } else {
      child += c;
    }
  }
  return child;
}

Place find_place(const Places& places, std::string_view pointer) {
  for (;;) {
    const auto found = places.find(pointer);
    if (found != places.end()) return found->second;
    if (pointer.empty()) return {};
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
}

}  // namespace chela::config
