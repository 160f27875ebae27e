#include "services/certificate_time.h"

#include <charconv>
#include <chrono>

namespace chela::services {
namespace {

std::string_view next_word(std::string_view& text) {
  const auto begin = text.find_first_not_of(" :");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  const auto word = text.substr(0, text.find_first_of(" :"));
  text.remove_prefix(word.size());
  return word;
}

std::optional<int> number(std::string_view word, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value >= least && value <= most ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Timestamp> parse_certificate_time(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto name = next_word(text);
  const auto at = name.size() == 3 ? kMonths.find(name) : std::string_view::npos;
  const auto day = number(next_word(text), 1, 31);
  const auto hour = number(next_word(text), 0, 23);
  const auto minute = number(next_word(text), 0, 59);
  const auto second = number(next_word(text), 0, 60);
  const auto year = number(next_word(text), 1950, 9999);
  const bool is_known_month = at != std::string_view::npos && at % 3 == 0;
  if (!is_known_month || !day || !hour || !minute || !second || !year) return std::nullopt;
  if (next_word(text) != "GMT") return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(at / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::time_point_cast<Duration>(
      std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
      std::chrono::seconds(*second));
}

}  // namespace chela::services
