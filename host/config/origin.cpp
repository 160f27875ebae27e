#include "config/origin.h"

#include <algorithm>
#include <charconv>

namespace chela::config {
namespace {

std::string unescaped(std::string_view step) {
  std::string key;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool is_escape = step[i] == '~' && i + 1 < step.size();
    key += !is_escape ? step[i] : step[++i] == '1' ? '/' : '~';
  }
  return key;
}

const Origin* child_of(const Origin& parent, const std::string& step) {
  if (const auto found = parent.members.find(step); found != parent.members.end())
    return &found->second;
  std::size_t index = 0;
  const auto* end = step.data() + step.size();
  const auto read = std::from_chars(step.data(), end, index);
  const bool is_index = read.ec == std::errc() && read.ptr == end && !step.empty();
  return is_index && index < parent.items.size() ? &parent.items[index] : nullptr;
}

}  // namespace

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    steps.push_back(unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return steps;
}

const Origin* find_origin(const Origin& root, std::string_view pointer) {
  const Origin* at = &root;
  for (const auto& step : pointer_steps(pointer)) {
    at = child_of(*at, step);
    if (at == nullptr) return nullptr;
  }
  return at;
}

Position position_of(std::string_view text, std::size_t offset) {
  Position at{1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    const bool is_lone_cr = text[i] == '\r' && text.substr(i, 2) != "\r\n";
    if (text[i] == '\n' || is_lone_cr) {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++at.column;
    }
  }
  return at;
}

FilePosition find_position(const Origins& origins, std::string_view pointer) {
  const Origin* at = &origins.root;
  for (const auto& step : pointer_steps(pointer)) {
    const auto* next = child_of(*at, step);
    if (next == nullptr) break;
    at = next;
  }
  if (at->file < 0 || static_cast<std::size_t>(at->file) >= origins.files.size()) return {};
  const auto& source = origins.files[static_cast<std::size_t>(at->file)];
  return {source.path, position_of(source.text, at->key)};
}

}  // namespace chela::config
