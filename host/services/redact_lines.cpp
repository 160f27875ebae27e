// LinePass: windows of text, what the patterns find in them, and secrets longer than a window.
#include <algorithm>

#include "services/redact_stream.h"

namespace chela::services {
namespace {

constexpr std::size_t kWindow = 8 * 1024;
constexpr std::size_t kOverlap = 1024;
constexpr std::size_t kMaxBlock = 64 * 1024;  // a key without an end does not hide all the rest
constexpr std::string_view kBlockEnd = "-----END";

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

bool ends_value(char c, Tail tail) {
  if (is_quote(c) || c == '\\' || c == '\r' || c == '\n') return true;
  return tail == Tail::word && (static_cast<unsigned char>(c) <= ' ' ||
                                std::string_view("&,;)}]<>").find(c) != std::string_view::npos);
}

// What is no secret, or none any more: nothing, a mark, one after the word for the scheme (`Bearer
// [redacted:name]`), the name of a placeholder (`{{secret:name}}`).
bool is_done(std::string_view before, std::string_view value, const MarkStyle& style) {
  const auto blank = value.find(' ');
  return value.empty() || style.begins(value) || before.ends_with("{{") ||
         (blank != std::string_view::npos && style.begins(value.substr(blank + 1)));
}

}  // namespace

void LinePass::put(std::string_view chunk, std::string& out) {
  while (!held_.empty() && !chunk.empty()) {
    auto piece = chunk.substr(0, kWindow - (held_.size() - before_));
    const auto line_end = piece.find('\n');
    if (line_end != std::string_view::npos) piece = piece.substr(0, line_end + 1);
    held_ += piece;
    chunk.remove_prefix(piece.size());
    if (held_.back() == '\n') {
      eat(held_, before_, true, out);
      held_.clear();
      before_ = 0;
    } else if (held_.size() - before_ == kWindow) {
      held_.erase(0, eat(held_, before_, false, out) - 1);
      before_ = 1;
    }
  }
  if (!chunk.empty()) put_in_place(chunk, out);
}

// The same without copying to held_ what is whole already.
void LinePass::put_in_place(std::string_view chunk, std::string& out) {
  std::size_t at = 0, before = 0;
  while (at < chunk.size()) {
    const auto rest = chunk.substr(at - before);
    const auto line_end = rest.substr(0, kWindow + before).find('\n', before);
    if (line_end != std::string_view::npos) {
      eat(rest.substr(0, line_end + 1), before, true, out);
      at += line_end + 1 - before;
      before = 0;
    } else if (rest.size() - before >= kWindow) {
      at += eat(rest.substr(0, kWindow + before), before, false, out) - before;
      before = 1;
    } else {
      break;
    }
  }
  held_ = chunk.substr(at - before);
  before_ = before;
}

void LinePass::finish(std::string& out) {
  if (held_.size() > before_) eat(held_, before_, true, out);
  held_.clear();
  before_ = 0;
  inside_ = Inside::nothing;
}

// Reads one line, or a window of one (then without a line's end, and what it holds at the end is
// left for the next). Returns how far it came: at least one byte.
std::size_t LinePass::eat(std::string_view text, std::size_t from, bool is_whole,
                          std::string& out) {
  if (inside_ != Inside::nothing && !skip_secret(text, is_whole, from)) return from;
  find_spans(text, from, is_whole);
  std::size_t limit = text.size();
  if (!is_whole) limit = std::max(from, limit - kOverlap);
  std::size_t count = spans_.size();
  while (count > 0 && spans_[count - 1].begin >= limit) --count;
  std::size_t at = from;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& span = spans_[i];
    out += text.substr(at, span.secret - at);
    out += rules_.values().mark_of(span.kind);
    at = span.end;
    const bool has_end = span.tail == Tail::block ? text.substr(at).starts_with(kBlockEnd)
                                                  : is_whole || at < text.size();
    if (has_end) continue;
    inside_ = span.tail == Tail::block ? Inside::block : Inside::value;
    tail_ = span.tail;
    block_bytes_ = at - span.secret;
  }
  if (at < limit) {
    out += text.substr(at, limit - at);
    at = limit;
  }
  return at;
}

// Goes on within a secret that began before the window: `from` moves to its end. False: all of the
// window belongs to it, as far as `from`.
bool LinePass::skip_secret(std::string_view text, bool is_whole, std::size_t& from) {
  if (inside_ == Inside::block) {
    const auto end = text.find(kBlockEnd, from);
    if (end != std::string_view::npos) {
      from = end;
      inside_ = Inside::nothing;
      return true;
    }
    const auto dropped = is_whole ? text.size() : text.size() - (kBlockEnd.size() - 1);
    block_bytes_ += dropped - from;
    from = dropped;
    if (block_bytes_ > kMaxBlock) inside_ = Inside::nothing;
    return false;
  }
  while (from < text.size() && !ends_value(text[from], tail_)) ++from;
  if (from == text.size() && !is_whole) return false;
  inside_ = Inside::nothing;
  return true;
}

// Into spans_: in order, apart from each other.
void LinePass::find_spans(std::string_view text, std::size_t from, bool is_whole) {
  hits_.clear();
  spans_.clear();
  auto line = text;
  if (is_whole && line.ends_with('\n')) line.remove_suffix(1);
  rules_.find(line, from, reader_, hits_);
  if (hits_.empty()) return;
  const auto& style = rules_.values().style();
  std::vector<Span> all;
  for (const auto& hit : hits_) {
    Span span{hit.match.begin, hit.match.secret, hit.match.end, hit.match.row, hit.kind, hit.tail};
    if (span.tail == Tail::block) {
      const auto end = line.find(kBlockEnd, span.secret);
      span.end = end != std::string_view::npos ? end
                 : is_whole                    ? text.size()
                                               : text.size() - (kBlockEnd.size() - 1);
      if (span.end <= span.secret) span.end = text.size();  // a window that ends with its head
    } else if (is_done(text.substr(0, span.begin), text.substr(span.secret, span.end - span.secret),
                       style)) {
      continue;
    } else if (span.secret > 0 && is_quote(text[span.secret - 1])) {
      span.tail = Tail::line;
    }
    all.push_back(span);
  }
  std::sort(all.begin(), all.end(), [](const Span& a, const Span& b) {
    return std::pair(a.secret, a.rank) < std::pair(b.secret, b.rank);
  });
  for (const auto& span : all) {
    if (spans_.empty() || span.secret >= spans_.back().end) {
      spans_.push_back(span);
      continue;
    }
    auto& last = spans_.back();
    last.begin = std::min(last.begin, span.begin);
    if (span.end > last.end) {
      last.end = span.end;
      last.tail = span.tail;
    }
    if (span.rank < last.rank) {
      last.rank = span.rank;
      last.kind = span.kind;
    }
  }
}

}  // namespace chela::services
