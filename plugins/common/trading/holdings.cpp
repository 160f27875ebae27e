#include "holdings.h"

#include <charconv>

namespace trading {
namespace {

using chela::ErrorCode;
using chela::fail;
using money::Decimal;

constexpr std::size_t kMostSymbols = 2000;

chela::Result<Decimal> quantity_of(const chela::json::value& value) {
  if (value.is_string()) return Decimal::parse(std::string_view(value.get_string()));
  if (value.is_int64()) return Decimal::whole(value.get_int64());
  if (value.is_double()) {
    // The shortest text of a double is what stood in the file; 1e308 has 309 digits.
    char text[400];
    const auto [end, error] =
        std::to_chars(text, text + sizeof text, value.get_double(), std::chars_format::fixed);
    if (error == std::errc()) return Decimal::parse({text, end});
  }
  return fail(ErrorCode::data_loss, "wanted quantities as numbers or texts such as \"2.5\"");
}

// Below a billionth, the finest quantity that is traded: what sums of doubles leave, such as
// 0.30000000000000004.
bool is_same(Decimal a, Decimal b) {
  static const Decimal kFinest = Decimal::parse("0.000000001").value();
  const auto difference = Decimal::subtract(a, b);
  return difference && difference->magnitude() < kFinest;
}

}  // namespace

chela::Result<Holdings> parse_holdings(std::string_view text) {
  const auto document = chela::parse_json(text);
  if (!document || !document->is_object()) {
    return fail(ErrorCode::data_loss,
                "wanted JSON such as {\"positions\": {\"AAPL\": \"10\"}}, found something else");
  }
  const auto* inner = chela::find(*document, "positions");
  const auto& object =
      inner != nullptr && inner->is_object() ? inner->get_object() : document->get_object();
  if (object.size() > kMostSymbols)
    return fail(ErrorCode::data_loss, "wanted at most 2,000 positions, found more");
  Holdings holdings;
  for (const auto& [symbol, value] : object) {
    CHELA_TRY(const Decimal quantity, quantity_of(value));
    if (!quantity.is_zero()) holdings[std::string(symbol)] = quantity;
  }
  return holdings;
}

std::vector<Difference> compare(const Holdings& bot, const Holdings& service) {
  std::vector<Difference> differences;
  const auto of = [](const Holdings& holdings, const std::string& symbol) {
    const auto found = holdings.find(symbol);
    return found == holdings.end() ? Decimal() : found->second;
  };
  Holdings all = bot;
  all.insert(service.begin(), service.end());
  for (const auto& [symbol, quantity] : all) {
    const Decimal here = of(bot, symbol), there = of(service, symbol);
    if (!is_same(here, there)) differences.push_back({symbol, here, there});
  }
  return differences;
}

}  // namespace trading
