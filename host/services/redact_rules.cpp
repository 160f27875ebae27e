#include "services/redact_rules.h"

#include <array>

#include "services/redact_stream.h"

namespace chela::services {
namespace {

// The pattern table made ready: constant, compiled piece by piece when first needed.
struct Shapes {
  const std::vector<PatternRow>& table = pattern_table();
  KeywordIndex index{table};
  PatternList list{expressions(table)};
  std::array<PatternBits, 3> of_scope{};

  Shapes() {
    for (std::size_t row = 0; row < table.size(); ++row) {
      of_scope[static_cast<std::size_t>(table[row].scope)].set(row);
    }
  }

  static std::vector<std::string> expressions(const std::vector<PatternRow>& table) {
    std::vector<std::string> all;
    for (const auto& row : table) all.emplace_back(row.regex);
    return all;
  }

  PatternBits wanted(RedactLevel level, Reader reader) const {
    PatternBits bits;
    if (level == RedactLevel::off) return bits;
    bits = of_scope[static_cast<std::size_t>(PatternScope::exact_shape)];
    if (reader == Reader::model) return bits;
    bits |= of_scope[static_cast<std::size_t>(PatternScope::assigned)];
    if (level == RedactLevel::all) {
      bits |= of_scope[static_cast<std::size_t>(PatternScope::personal)];
    }
    return bits;
  }
};

const Shapes& shapes() {
  static const Shapes kShapes;
  return kShapes;
}

}  // namespace

RedactRules::RedactRules(RedactLevel level, std::shared_ptr<const SecretValues> values,
                         std::shared_ptr<const PatternList> custom)
    : level_(level), values_(std::move(values)), custom_(std::move(custom)) {}

void RedactRules::find(std::string_view line, std::size_t from, Reader reader,
                       std::vector<Hit>& hits) const {
  const auto& known = shapes();
  const auto bits = known.index.candidates(line, from, known.wanted(level_, reader));
  if (bits.none() && custom_ == nullptr) return;
  std::vector<Match> matches;
  known.list.find(line, from, bits, matches);
  for (const auto& match : matches) {
    const auto& row = known.table[match.row];
    const auto secret = line.substr(match.secret, match.end - match.secret);
    if (row.is_secret != nullptr && !row.is_secret(secret)) continue;
    hits.push_back({match, row.kind, row.tail});
  }
  if (custom_ == nullptr) return;
  matches.clear();
  custom_->find(line, from, PatternBits().set(), matches);
  for (auto match : matches) {
    match.row += known.table.size();
    hits.push_back({match, "", Tail::word});
  }
}

std::string RedactRules::redact_values(std::string_view text) const {
  if (values_->is_empty()) return std::string(text);
  std::string known;
  ValuePass pass(*values_);
  known.reserve(text.size());
  pass.put(text, known);
  pass.finish(known);
  return known;
}

std::string RedactRules::redact(std::string_view text, Reader reader) const {
  std::string known, clean;
  if (!values_->is_empty()) {
    known = redact_values(text);
    text = known;
  }
  if (!has_patterns()) return std::string(text);
  LinePass pass(*this, reader);
  clean.reserve(text.size());
  pass.put(text, clean);
  pass.finish(clean);
  return clean;
}

std::size_t compiled_patterns() {
  return shapes().list.compiled();
}

}  // namespace chela::services
