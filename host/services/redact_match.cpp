#include "services/redact_match.h"

#include "base/text.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

namespace chela::services {
namespace {

constexpr std::int64_t kMaxMemory = 8 << 20;      // of one expression, in bytes
constexpr std::int64_t kMaxSetMemory = 64 << 20;  // of all together
constexpr std::size_t kManyPatterns = 4;          // more than that are sorted out by the Set
constexpr std::size_t kMaxCustomBytes = 1024;
constexpr std::size_t kMaxGroups = 9;

RE2::Options options(std::int64_t max_memory) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // invalid UTF-8 hides nothing
  options.set_log_errors(false);
  options.set_max_mem(max_memory);
  return options;
}

}  // namespace

struct PatternList::Compiled {
  struct One {
    std::string text;
    mutable std::once_flag once;
    mutable std::unique_ptr<const RE2> expression;  // set by once
  };
  std::vector<One> patterns;
  mutable std::once_flag set_once;
  mutable std::unique_ptr<const RE2::Set> set;  // set by set_once; null: it could not be built
  mutable std::atomic<std::size_t> count{0};

  explicit Compiled(std::vector<std::string> texts) : patterns(texts.size()) {
    for (std::size_t i = 0; i < texts.size(); ++i) patterns[i].text = std::move(texts[i]);
  }

  const RE2& expression(std::size_t row) const {
    const auto& one = patterns[row];
    std::call_once(one.once, [&] {
      one.expression = std::make_unique<const RE2>(one.text, options(kMaxMemory));
      ++count;
    });
    return *one.expression;
  }

  // `asked` without the rows that cannot match. All of them where the Set cannot tell.
  PatternBits narrowed(std::string_view line, const PatternBits& asked) const {
    std::call_once(set_once, [&] {
      auto all = std::make_unique<RE2::Set>(options(kMaxSetMemory), RE2::UNANCHORED);
      for (const auto& one : patterns) {
        if (all->Add(one.text, nullptr) < 0) return;
      }
      if (all->Compile()) set = std::move(all);
      ++count;
    });
    if (set == nullptr) return asked;
    std::vector<int> rows;
    RE2::Set::ErrorInfo error{};
    set->Match({line.data(), line.size()}, &rows, &error);
    if (error.kind != RE2::Set::kNoError) return asked;
    PatternBits hit;
    for (const int row : rows) hit.set(static_cast<std::size_t>(row));
    return hit & asked;
  }

  void find_all(std::size_t row, std::string_view line, std::size_t from,
                std::vector<Match>& found) const {
    const RE2& search = expression(row);
    std::array<re2::StringPiece, kMaxGroups + 1> groups;
    const auto count_of = std::min<int>(search.NumberOfCapturingGroups(), kMaxGroups) + 1;
    const re2::StringPiece text(line.data(), line.size());
    while (from <= line.size() &&
           search.Match(text, from, line.size(), RE2::UNANCHORED, groups.data(), count_of)) {
      const auto offset = [&](const char* at) {
        return static_cast<std::size_t>(at - line.data());
      };
      Match match;
      match.row = row;
      match.begin = match.secret = offset(groups[0].data());
      match.end = match.begin + groups[0].size();
      from = std::max(match.end, match.begin + 1);
      for (auto i = static_cast<std::size_t>(count_of) - 1; i > 0; --i) {
        if (groups[i].data() == nullptr) continue;
        match.secret = offset(groups[i].data());
        match.end = match.secret + groups[i].size();
        break;
      }
      found.push_back(match);
    }
  }
};

PatternList::PatternList(std::vector<std::string> expressions)
    : compiled_(std::make_unique<Compiled>(std::move(expressions))) {}
PatternList::~PatternList() = default;
PatternList::PatternList(PatternList&&) noexcept = default;

std::size_t PatternList::size() const {
  return compiled_->patterns.size();
}
std::size_t PatternList::compiled() const {
  return compiled_->count;
}

void PatternList::find(std::string_view line, std::size_t from, const PatternBits& asked,
                       std::vector<Match>& found) const {
  const auto rows = asked.count() > kManyPatterns ? compiled_->narrowed(line, asked) : asked;
  if (rows.none()) return;
  for (std::size_t row = 0; row < size(); ++row) {
    if (rows.test(row)) compiled_->find_all(row, line, from, found);
  }
}

Result<std::string> custom_pattern(std::string_view text, std::string_view where) {
  const auto refuse = [&](const std::string& wanted, const std::string& found) {
    return fail(ErrorCode::invalid_argument,
                std::string(where) + ": wanted " + wanted + ", found " + found);
  };
  if (text.size() > kMaxCustomBytes) {
    return refuse("a pattern of at most 1024 bytes", std::to_string(text.size()) + " bytes");
  }
  std::string flags = "(?i)", body(text);
  const auto slash = text.rfind('/');
  const auto given = text.substr(std::min(slash + 1, text.size()));
  const bool is_delimited = text.starts_with('/') && slash > 0 &&
                            given.find_first_not_of("gimsuy") == std::string_view::npos;
  if (is_delimited) {
    std::string kept;
    for (const char flag : std::string_view("ims")) {
      if (given.find(flag) != std::string_view::npos) kept += flag;
    }
    flags = kept.empty() ? "" : "(?" + kept + ")";
    body = text.substr(1, slash - 1);
  }
  const RE2 tried(flags + body, options(kMaxMemory));
  if (!tried.ok()) {
    return refuse("a regular expression of RE2 (no look-around, no back-references)",
                  "'" + base::printable(body, 60) + "': " + base::printable(tried.error(), 80));
  }
  if (body.empty() || RE2::FullMatch("", tried)) {
    return refuse("a pattern that needs at least one byte",
                  "'" + base::printable(body, 60) + "', which is in every line");
  }
  return flags + body;
}

}  // namespace chela::services
