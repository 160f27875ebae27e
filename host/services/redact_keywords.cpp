#include "services/redact_keywords.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace chela::services {
namespace {

constexpr std::uint64_t kCase = 0x2020202020202020u;

constexpr std::size_t kLongestFlag = 32;  // `--` and what the pattern allows before the keyword

// Letters lose their case; other bytes may become equal to others, which RE2 then tells apart.
char fold(char c) {
  return static_cast<char>(c | 0x20);
}

std::uint32_t hash_of(std::uint32_t three_folded_bytes) {
  return (three_folded_bytes * 0x9e3779b1u) >> 18;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::size_t skip(std::string_view line, std::size_t at, std::string_view what) {
  while (at < line.size() && what.find(line[at]) != std::string_view::npos) ++at;
  return at;
}

bool holds(Hint hint, std::string_view line, std::size_t begin, std::size_t end) {
  switch (hint) {
    case Hint::anywhere:
      return true;
    case Hint::word_start:
      return begin == 0 || !is_word(line[begin - 1]);
    case Hint::assignment: {
      const auto at = skip(line, skip(line, end, "\"'\\"), " \t");
      return at < line.size() && (line[at] == ':' || line[at] == '=');
    }
    case Hint::credentials: {
      const auto at = line.find_first_of("@/ \t\"'\\", end);
      return at != std::string_view::npos && line[at] == '@';
    }
    case Hint::flag: {
      const auto length = std::min(begin, kLongestFlag);
      return line.substr(begin - length, length).find("--") != std::string_view::npos;
    }
  }
  return true;
}

// The end of the part at the front of `keyword`: a byte, or a class of bytes in brackets.
std::size_t part_end(std::string_view keyword) {
  return keyword.front() == '[' ? keyword.find(']') + 1 : 1;
}

}  // namespace

KeywordIndex::KeywordIndex(const std::vector<PatternRow>& table) {
  assert(table.size() <= kMaxPatterns);
  entries_.reserve(512);
  for (std::size_t row = 0; row < table.size(); ++row) {
    auto rest = table[row].keywords;
    if (rest.empty()) always_.set(row);
    while (!rest.empty()) {
      const auto keyword = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(keyword.size() + 1, rest.size()));
      Entry entry;
      entry.row = static_cast<std::uint16_t>(row);
      entry.hint = table[row].hint;
      add(keyword, entry);
    }
  }
}

// `entry` has the word's front already; every word that `rest` stands for is added.
void KeywordIndex::add(std::string_view rest, Entry entry) {
  if (!rest.empty()) {
    assert(entry.size < entry.word.size());
    const auto end = part_end(rest);
    auto choices = end == 1 ? rest.substr(0, 1) : rest.substr(1, end - 2);
    if (choices == "0-9") choices = "0123456789";
    if (choices == "0-9a-f") choices = "0123456789abcdef";
    const auto at = entry.size++;
    for (const char c : choices) {
      entry.word[at] = fold(c);
      add(rest.substr(end), entry);
    }
    return;
  }
  assert(entry.size >= 3);
  std::uint32_t three = 0;
  std::memcpy(&three, entry.word.data(), 3);
  const auto hash = hash_of(three);
  known_[hash] = 1;
  auto& first = first_[hash >> 4];
  entry.next = first;
  entries_.push_back(entry);
  first = static_cast<std::uint16_t>(entries_.size());
}

void KeywordIndex::look(std::string_view line, std::size_t at, std::uint32_t hash,
                        PatternBits& found) const {
  for (auto next = first_[hash >> 4]; next != 0;) {
    const auto& entry = entries_[next - 1u];
    next = entry.next;
    if (found.test(entry.row) || line.size() - at < entry.size) continue;
    const auto* word = entry.word.data();
    const bool is_here = std::equal(word, word + entry.size, line.data() + at,
                                    [](char a, char b) { return a == fold(b); });
    if (is_here && holds(entry.hint, line, at, at + entry.size)) found.set(entry.row);
  }
}

PatternBits KeywordIndex::candidates(std::string_view line, std::size_t from,
                                     const PatternBits& wanted) const {
  // Rows that nobody wants count as found, so that they are not looked at.
  PatternBits found = ~wanted | always_;
  std::size_t at = from;
  const auto look_at = [&](std::uint64_t folded, unsigned shift) {
    const auto hash = hash_of(static_cast<std::uint32_t>(folded >> shift) & 0xffffff);
    if (known_[hash] != 0) look(line, at + shift / 8, hash, found);
  };
  for (; at + 8 <= line.size(); at += 6) {
    std::uint64_t folded;
    std::memcpy(&folded, line.data() + at, 8);
    folded |= kCase;
    // Six places at once, without a branch: most hold nothing.
    unsigned any = 0;
    for (unsigned shift = 0; shift < 48; shift += 8) {
      any |= known_[hash_of(static_cast<std::uint32_t>(folded >> shift) & 0xffffff)];
    }
    if (any == 0) [[likely]]
      continue;
    for (unsigned shift = 0; shift < 48; shift += 8) look_at(folded, shift);
  }
  for (; at + 3 <= line.size(); ++at) {
    std::uint32_t three = 0;
    std::memcpy(&three, line.data() + at, 3);
    look_at(three | (kCase & 0xffffff), 0);
  }
  return found & wanted;
}

}  // namespace chela::services
