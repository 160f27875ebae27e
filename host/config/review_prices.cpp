#include "config/review_prices.h"

#include <string_view>

namespace chela::config {
namespace {

struct Family {
  std::string_view part;       // of the model's name, in small letters
  std::int64_t output_micros;  // per million tokens
  std::int64_t window_tokens;  // 0: not known
};

// The first that fits, so the longer name stands before the shorter one. List prices as of
// 2026-07, from litellm's and models.dev's tables (both MIT); where generations differ, the newest.
constexpr Family kFamilies[] = {
    {"opus", 25'000'000, 200'000},        {"sonnet", 15'000'000, 200'000},
    {"haiku", 5'000'000, 200'000},        {"gpt-5-nano", 400'000, 272'000},
    {"gpt-5.4-nano", 400'000, 272'000},   {"gpt-5-mini", 2'000'000, 272'000},
    {"gpt-5.4-mini", 2'000'000, 272'000}, {"gpt-4o-mini", 600'000, 128'000},
    {"gpt-4.1-nano", 400'000, 1'000'000}, {"gpt-4.1-mini", 1'600'000, 1'000'000},
    {"gpt-4.1", 8'000'000, 1'000'000},    {"gpt-4o", 10'000'000, 128'000},
    {"gpt-5", 10'000'000, 272'000},       {"flash-lite", 400'000, 1'000'000},
    {"flash", 3'000'000, 1'000'000},      {"gemini", 12'000'000, 1'000'000},
    {"k2p5", 3'000'000, 262'144},         {"kimi", 3'000'000, 256'000},
    {"glm", 2'190'000, 198'000},
};

std::string lowered(std::string text) {
  for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

const Family* family_of(const std::string& ref) {
  const auto slash = ref.find('/');
  if (slash == std::string::npos) return nullptr;
  const auto model = lowered(ref.substr(slash + 1));
  for (const auto& family : kFamilies) {
    if (model.find(family.part) != std::string::npos) return &family;
  }
  return nullptr;
}

}  // namespace

std::optional<std::int64_t> family_price(const std::string& ref) {
  for (const auto* own : {"ollama/", "lmstudio/", "vllm/"}) {
    if (ref.starts_with(own)) return 0;
  }
  const auto* family = family_of(ref);
  return family == nullptr ? std::nullopt : std::optional(family->output_micros);
}

std::optional<std::int64_t> family_window(const std::string& ref) {
  const auto* family = family_of(ref);
  if (family == nullptr || family->window_tokens == 0) return std::nullopt;
  return family->window_tokens;
}

}  // namespace chela::config
