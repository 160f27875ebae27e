#include "holdings.h"

namespace trading {
namespace {

using chela::ErrorCode;
using chela::fail;
using money::Decimal;

constexpr std::size_t kMostSymbols = 2000;

chela::Result<Decimal> quantity_of(const chela::json::value& value) {
  if (value.is_string()) return Decimal::parse(std::string_view(value.get_string()));
  if (value.is_int64()) return Decimal::whole(value.get_int64());
  // A double's shortest text is what stood in the file, as long as it has no exponent.
  if (value.is_double()) {
    const double number = value.get_double();
    const double scaled = number * 1e6;
    if (scaled > -1e15 && scaled < 1e15)
      return Decimal::from_micros(static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5)));
  }
  return fail(ErrorCode::data_loss, "wanted quantities as numbers or texts such as \"2.5\"");
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
    if (here != there) differences.push_back({symbol, here, there});
  }
  return differences;
}

}  // namespace trading
