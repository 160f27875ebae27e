#include "services/redact_stream.h"

#include <algorithm>

namespace chela::services {

void ValuePass::put(std::string_view chunk, std::string& out) {
  const std::size_t read_already = held_.size();
  auto text = chunk;
  if (read_already > 0) text = held_ += chunk;
  found_.clear();
  state_ = values_.scan(state_, text, read_already, found_);
  for (const auto& found : found_) note(found);
  const std::size_t safe = text.size() - values_.depth(state_);
  emit(text, base_ + safe, out);
  std::string rest(text.substr(safe));
  held_ = std::move(rest);
  base_ += safe;
}

void ValuePass::finish(std::string& out) {
  emit(held_, base_ + held_.size(), out);
  base_ += held_.size();
  held_.clear();
  state_ = 0;
}

// Secrets that overlap become one mark, those that only touch do not: that way the result does not
// depend on what was passed on between them.
void ValuePass::note(const SecretValues::Found& found) {
  Stretch next;
  next.end = base_ + found.end;
  next.begin = next.end - found.length;
  next.longest = found.length;
  next.which = found.which;
  while (!open_.empty() && next.begin < open_.back().end) {
    const auto& last = open_.back();
    next.begin = std::min(next.begin, last.begin);
    if (last.longest >= next.longest) {
      next.longest = last.longest;
      next.which = last.which;
    }
    open_.pop_back();
  }
  open_.push_back(next);
}

// `text` begins at base_. Nothing that is found later can begin before `end`.
void ValuePass::emit(std::string_view text, std::uint64_t end, std::string& out) {
  std::uint64_t at = base_;
  const auto copy_to = [&](std::uint64_t to) {
    if (to <= at) return;
    out.append(
        text.substr(static_cast<std::size_t>(at - base_), static_cast<std::size_t>(to - at)));
    at = to;
  };
  auto done = open_.begin();
  for (; done != open_.end() && done->begin < end; ++done) {
    copy_to(done->begin);
    if (done->end > end) {  // may still grow
      at = end;
      break;
    }
    out += values_.mark(done->which);
    at = done->end;
  }
  copy_to(end);
  open_.erase(open_.begin(), done);
}

RedactStream::RedactStream(std::shared_ptr<const RedactRules> rules, Reader reader)
    : rules_(std::move(rules)), values_(rules_->values()), lines_(*rules_, reader) {}

std::string RedactStream::put(std::string_view chunk) {
  std::string known;
  values_.put(chunk, known);
  return pass_on(std::move(known), false);
}

std::string RedactStream::finish() {
  std::string known;
  values_.finish(known);
  return pass_on(std::move(known), true);
}

std::string RedactStream::pass_on(std::string known, bool is_last) {
  if (!rules_->has_patterns()) return known;
  std::string clean;
  lines_.put(known, clean);
  if (is_last) lines_.finish(clean);
  return clean;
}

}  // namespace chela::services
