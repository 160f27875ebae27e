#include "entries.h"

#include <algorithm>
#include <cctype>

#include "plain.h"
#include "tidy.h"
#include "xml.h"

namespace feed {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kEntries = 500;
constexpr std::size_t kTextBytes = 2048;
constexpr std::size_t kBodyBytes = 65536;  // of what an entry says; its markup may be long
constexpr std::size_t kWordsBytes = 100;
constexpr std::size_t kCategories = 20;

std::string trim(std::string_view text) {
  const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string attribute(const Attributes& attributes, std::string_view name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : trim(found->second);
}

// Whether a text of Atom with this type has markup left after its XML is read; that of XHTML is
// part of the XML. "text/html" is of Atom 0.3.
bool is_escaped_html(std::string_view type) {
  return type == "html" || type == "text/html";
}

// Whether an entry's content of this type is text: Atom may have pictures and programs there.
bool is_readable(std::string_view type) {
  return type.empty() || type == "html" || type == "xhtml" || type.starts_with("text");
}

// The blanks of a text as single ones.
std::string in_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return trim(line);
}

// The start of a line, whole words where it has some.
std::string first_words(std::string_view line) {
  if (line.size() <= kWordsBytes) return std::string(line);
  auto end = line.rfind(' ', kWordsBytes);
  if (end == std::string_view::npos) {
    end = kWordsBytes;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
  }
  return std::string(line.substr(0, end)) + "...";
}

class FeedReader : public XmlReader {
 public:
  void start(std::string_view full_name, const Attributes& attributes) override {
    const std::string name = local_name(full_name);
    path_.push_back(name);
    if (path_.size() == 1) return begin_document(full_name, name);
    if (in_entry_) return start_inside(name, attributes);
    if (name != "item" && name != "entry") return;
    in_entry_ = true;
    entry_depth_ = path_.size();
    entry_ = Entry{};
    summary_ = content_ = Body{};
    entry_.id = attribute(attributes, "rdf:about");
  }

  void end(std::string_view) override {
    if (path_.empty()) return;
    const std::string name = path_.back();
    if (in_entry_ && path_.size() == entry_depth_) {
      finish_entry();
    } else if (in_entry_ && path_.size() == collected_depth_) {
      finish_text(name);
    }
    path_.pop_back();
  }

  void text(std::string_view piece) override {
    if (collected_depth_ != 0 && text_.size() < kBodyBytes) text_ += piece;
  }

  bool has_enough() const override { return entries_.size() >= kEntries; }
  bool is_feed() const { return is_feed_; }
  std::vector<Entry> take_entries() { return std::move(entries_); }

 private:
  // What an entry says, as it came.
  struct Body {
    std::string text{};
    bool is_html = false;
  };

  // Names without the prefix of the root; others keep theirs ("dc:creator", "media:title").
  std::string local_name(std::string_view name) const {
    if (!prefix_.empty() && name.starts_with(prefix_)) name.remove_prefix(prefix_.size());
    return std::string(name);
  }

  void begin_document(std::string_view full_name, const std::string& name) {
    is_feed_ = name == "rss" || name == "rdf:RDF" || name == "feed" || name.ends_with(":feed");
    if (!name.ends_with(":feed")) return;
    prefix_ = std::string(full_name.substr(0, full_name.find(':') + 1));
    path_.back() = "feed";
  }

  void start_inside(const std::string& name, const Attributes& attributes) {
    if (collected_depth_ != 0) return;  // markup inside of a title
    const std::size_t depth = path_.size() - entry_depth_;
    if (name == "category" && entry_.categories.size() < kCategories) {
      if (const auto term = attribute(attributes, "term"); !term.empty())
        entry_.categories.push_back(term.substr(0, kTextBytes));
    }
    if (name == "link" && depth == 1) {
      const auto relation = attribute(attributes, "rel");
      const auto href = attribute(attributes, "href");
      if (!href.empty() && (relation.empty() || relation == "alternate") && entry_.link.empty())
        entry_.link = href.substr(0, kTextBytes);
    }
    const bool is_person = depth == 2 && path_[path_.size() - 2] == "author";
    const bool is_text =
        depth == 1 && (name == "title" || name == "guid" || name == "id" || name == "link" ||
                       name == "author" || name == "category" || name == "dc:creator" ||
                       name == "dc:subject" || body_named(name) != nullptr);
    // An author of Atom is no text but has its parts.
    if (depth == 1 && name == "author" && path_.front() == "feed") return;
    if (!is_text && !(is_person && (name == "name" || name == "email"))) return;
    const std::string type = attribute(attributes, "type");
    if (name == "content" && !is_readable(type)) return;
    collected_depth_ = path_.size();
    text_.clear();
    is_html_ = path_.front() != "feed" || is_escaped_html(type);
  }

  // Where the text of such an element goes; nullptr where it is none that says something.
  Body* body_named(std::string_view name) {
    if (name == "description" || name == "summary") return &summary_;
    return name == "content" || name == "content:encoded" ? &content_ : nullptr;
  }

  void finish_text(const std::string& name) {
    collected_depth_ = 0;
    if (Body* body = body_named(name)) {
      *body = Body{std::move(text_), is_html_};
      return;
    }
    std::string text = trim(text_);
    if (is_html_ && (name == "title" || name == "dc:creator" || name == "author"))
      text = trim(plain_from_html(text));
    if (text.size() > kTextBytes) text.resize(kTextBytes);
    if (text.empty()) return;
    if (name == "title") entry_.title = text;
    if (name == "guid" || name == "id") entry_.id = text;
    if (name == "link" && entry_.link.empty()) entry_.link = text;
    if (name == "author" || name == "dc:creator" || name == "name" || name == "email")
      entry_.author += (entry_.author.empty() ? "" : " ") + text;
    if ((name == "category" || name == "dc:subject") && entry_.categories.size() < kCategories)
      entry_.categories.push_back(text);
  }

  static std::string words_of(const Body& body) {
    return in_one_line(body.is_html ? plain_from_html(body.text) : body.text);
  }

  void finish_entry() {
    in_entry_ = false;
    std::string said;
    if (entry_.title.empty()) {
      said = words_of(summary_);
      if (said.empty()) said = words_of(content_);
    }
    if (entry_.id.empty()) entry_.id = entry_.link.empty() ? entry_.title : entry_.link;
    if (entry_.id.empty()) entry_.id = said.substr(0, kTextBytes);
    if (entry_.title.empty()) entry_.title = first_words(said);
    if (!entry_.id.empty()) entries_.push_back(std::move(entry_));
  }

  std::vector<std::string> path_{};
  std::string prefix_{};
  bool is_feed_ = false;
  bool in_entry_ = false;
  std::size_t entry_depth_ = 0;
  std::size_t collected_depth_ = 0;  // of the element whose text is gathered; 0: none
  bool is_html_ = false;
  std::string text_{};
  Body summary_{};
  Body content_{};
  Entry entry_{};
  std::vector<Entry> entries_{};
};

}  // namespace

chela::Result<Document> parse_feed(std::string_view bytes, const std::string& charset) {
  const bool has_mark = bytes.starts_with("\xEF\xBB\xBF");
  // The server's word counts more than the document's (RFC 7303), a byte order mark more than both.
  std::string encoding = is_known_charset(charset) ? charset : "";
  if (has_mark) encoding = "utf-8";
  const std::string written = encoding.empty() ? declared_encoding(bytes) : encoding;
  const std::string text = tidy(bytes, written.empty() || written == "utf-8");
  FeedReader reader;
  const auto done = read_xml(text, encoding, reader);
  Document document;
  document.entries = reader.take_entries();
  if (done && reader.is_feed()) return document;
  if (!done && reader.is_feed() && !document.entries.empty()) {
    document.broken = done.error();
    return document;
  }
  if (!done) return fail(done.error());
  return fail(ErrorCode::data_loss, "it is XML, but no RSS and no Atom");
}

std::string charset_of(std::string_view content_type) {
  std::string text(content_type);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto at = text.find("charset=");
  if (at == std::string::npos) return "";
  at += 8;
  if (at < text.size() && text[at] == '"') ++at;
  return text.substr(at, text.find_first_of("\"; \t", at) - at);
}

}  // namespace feed
