#include "calls_in_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chela::anthropic {
namespace {

constexpr std::string_view kSectionBegin = "<|tool_calls_section_begin|>";
constexpr std::string_view kSectionEnd = "<|tool_calls_section_end|>";
constexpr std::string_view kCallBegin = "<|tool_call_begin|>";
constexpr std::string_view kArguments = "<|tool_call_argument_begin|>";
constexpr std::string_view kCallEnd = "<|tool_call_end|>";
constexpr std::array kMarkers{kSectionBegin, kSectionEnd, kCallBegin, kArguments, kCallEnd};

// Where in `text` the first marker begins, and which one; npos and "" where there is none.
std::pair<std::size_t, std::string_view> first_marker(std::string_view text) {
  for (std::size_t at = text.find("<|"); at != std::string_view::npos;
       at = text.find("<|", at + 1)) {
    for (const std::string_view marker : kMarkers) {
      if (text.substr(at).starts_with(marker)) return {at, marker};
    }
  }
  return {std::string_view::npos, {}};
}

// How many bytes at the end of `text` may be the beginning of a marker.
std::size_t unfinished_marker(std::string_view text) {
  const std::size_t longest = std::min(text.size(), kSectionBegin.size() - 1);
  for (std::size_t size = longest; size > 0; --size) {
    const std::string_view end = text.substr(text.size() - size);
    for (const std::string_view marker : kMarkers) {
      if (marker.starts_with(end)) return size;
    }
  }
  return 0;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// "functions.read:0" -> "read"
std::string_view name_of(std::string_view id) {
  if (id.starts_with("functions.")) id.remove_prefix(10);
  const std::size_t colon = id.rfind(':');
  if (colon == std::string_view::npos) return id;
  const bool is_number = id.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return is_number ? id.substr(0, colon) : id;
}

}  // namespace

void CallsInText::feed(std::string_view piece, Sink& sink) {
  held_ += piece;
  while (step(sink)) {
  }
}

bool CallsInText::step(Sink& sink) {
  const auto [at, marker] = first_marker(held_);
  if (marker.empty()) {
    const std::size_t ready = held_.size() - unfinished_marker(held_);
    take(std::string_view(held_).substr(0, ready), sink);
    held_.erase(0, ready);
    return false;
  }
  take(std::string_view(held_).substr(0, at), sink);
  held_.erase(0, at + marker.size());
  if (where_ == Where::id && marker != kCallBegin) begin_call(sink);
  if (marker == kSectionBegin || marker == kSectionEnd) is_in_section_ = marker == kSectionBegin;
  if (marker == kCallBegin) {
    id_.clear();
    where_ = Where::id;
  } else if (marker != kArguments) {
    where_ = is_in_section_ ? Where::section : Where::text;
  } else if (where_ == Where::id) {
    where_ = Where::arguments;
  }
  return true;
}

void CallsInText::take(std::string_view piece, Sink& sink) {
  if (piece.empty()) return;
  switch (where_) {
    case Where::text:
      sink.on_text(piece);
      break;
    case Where::section:
      break;  // line ends between calls
    case Where::id:
      id_ += piece;
      break;
    case Where::arguments:
      sink.on_arguments(piece);
      break;
  }
}

void CallsInText::begin_call(Sink& sink) {
  const std::string number = std::to_string(calls_++);
  std::string id(trim(id_));
  std::string name(name_of(id));
  if (name.empty()) name = "unnamed";
  if (id.empty()) id = "call:" + number;
  sink.on_call(id, name);
}

void CallsInText::finish(Sink& sink) {
  const std::string rest = std::exchange(held_, {});
  if (where_ == Where::text) take(rest, sink);
  where_ = Where::text;
  is_in_section_ = false;
}

}  // namespace chela::anthropic
