#include "services/redact.h"

#include <algorithm>

#include "base/text.h"

namespace chela::services {
namespace {

constexpr std::size_t kShortest = 8;
constexpr std::size_t kShortestAllowed = 6;
constexpr std::size_t kLongest = 16 * 1024;

// Rules without values, which most of this program's texts are read by; constant.
const std::shared_ptr<const RedactRules>& rules_without_values() {
  static const auto kRules = std::make_shared<const RedactRules>(
      RedactLevel::tools,
      std::make_shared<const SecretValues>(std::vector<NamedSecret>{}, kShortest), nullptr);
  return kRules;
}

}  // namespace

Result<RedactLevel> redact_level(std::string_view word, std::string_view where) {
  if (word == "off") return RedactLevel::off;
  if (word == "tools") return RedactLevel::tools;
  if (word == "all") return RedactLevel::all;
  return fail(
      ErrorCode::invalid_argument,
      std::string(where) + ": wanted off, tools or all, found '" + base::printable(word, 40) + "'");
}

Redactor::Redactor() : shortest_(kShortest), current_(rules_without_values()) {}

Result<void> Redactor::configure(const RedactSettings& settings, std::string_view where) {
  std::shared_ptr<const PatternList> custom;
  if (settings.patterns.size() > kMaxPatterns) {
    return fail(ErrorCode::invalid_argument,
                std::string(where) + ": wanted at most " + std::to_string(kMaxPatterns) +
                    " patterns, found " + std::to_string(settings.patterns.size()));
  }
  std::vector<std::string> expressions;
  for (const auto& text : settings.patterns) {
    const auto place = std::string(where) + "[" + std::to_string(expressions.size()) + "]";
    CHELA_TRY(auto expression, custom_pattern(text, place));
    expressions.push_back(std::move(expression));
  }
  if (!expressions.empty()) custom = std::make_shared<const PatternList>(std::move(expressions));
  const std::lock_guard lock(mutex_);
  level_ = settings.level;
  custom_ = std::move(custom);
  current_ = nullptr;
  return {};
}

Result<void> Redactor::add(std::string_view name, std::string_view value, ShortSecret short_one) {
  while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
  const auto least = short_one == ShortSecret::allowed ? kShortestAllowed : kShortest;
  const auto refuse = [&](const std::string& wanted) {
    return fail(ErrorCode::invalid_argument, "secret '" + base::printable(name, 60) + "': wanted " +
                                                 wanted + ", found " +
                                                 std::to_string(value.size()));
  };
  if (value.size() < least) return refuse("at least " + std::to_string(least) + " bytes");
  if (value.size() > kLongest) return refuse("at most 16384 bytes");
  const std::lock_guard lock(mutex_);
  const auto is_same = [&](const NamedSecret& known) { return known.value == value; };
  if (std::any_of(secrets_.begin(), secrets_.end(), is_same)) return {};
  secrets_.push_back({std::string(name), std::string(value)});
  shortest_ = std::min(shortest_, value.size());
  values_ = nullptr;
  current_ = nullptr;
  return {};
}

void Redactor::keep_newest(std::string_view name, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto has_name = [&](const NamedSecret& known) { return known.name == name; };
  auto count = static_cast<std::size_t>(std::count_if(secrets_.begin(), secrets_.end(), has_name));
  if (count <= most) return;
  std::erase_if(secrets_,
                [&](const NamedSecret& known) { return has_name(known) && count-- > most; });
  values_ = nullptr;
  current_ = nullptr;
}

std::shared_ptr<const RedactRules> Redactor::rules() const {
  const std::lock_guard lock(mutex_);
  if (current_ != nullptr) return current_;
  if (values_ == nullptr) values_ = std::make_shared<const SecretValues>(secrets_, shortest_);
  current_ = std::make_shared<const RedactRules>(level_, values_, custom_);
  return current_;
}

}  // namespace chela::services
