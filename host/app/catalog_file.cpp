#include "app/catalog_file.h"

#include <optional>

#include "base/durable_file.h"

namespace chela::app {
namespace {

constexpr std::size_t kMaxCatalogBytes = 4u << 20;

// Micros of a dollar per million tokens, as openclaw.json's settings hold them.
std::optional<models::Usd> price(const std::optional<std::int64_t>& micros) {
  if (!micros) return std::nullopt;
  return models::Usd{*micros * 1000};
}

models::Model model_of(const config::ConfiguredProvider& provider,
                       const config::ConfiguredModel& configured) {
  models::Model model;
  model.provider = provider.id;
  model.wire_id = configured.id;
  model.ref = provider.id + "/" + configured.id;
  model.name = configured.name;
  model.context_tokens = configured.context_window.value_or(0);
  model.max_output_tokens = configured.max_tokens.value_or(0);
  model.is_known = true;
  model.source = "openclaw.json";
  const auto& cost = configured.cost;
  if (cost.input && cost.output) {
    models::Prices prices;
    prices.input = price(cost.input).value_or(models::Usd{});
    prices.output = price(cost.output).value_or(models::Usd{});
    prices.cache_read = price(cost.cache_read).value_or(prices.input);
    prices.cache_write_5m = price(cost.cache_write).value_or(prices.input);
    prices.cache_write_1h = prices.cache_write_5m;
    model.prices = prices;
    // OpenClaw writes zeros where a plan is paid for, and where nobody filled the table in.
    model.is_subscription = prices == models::Prices();
  }
  return model;
}

}  // namespace

Result<models::Catalog> read_catalog(const std::string& file) {
  CHELA_TRY(const std::string text, base::read_file(file, kMaxCatalogBytes));
  auto catalog = models::Catalog::parse(text);
  if (!catalog) return fail(catalog.error().code, file + ": " + catalog.error().message);
  return catalog;
}

void put_configured_models(const config::ModelSettings& openclaw, models::Catalog& catalog) {
  for (const auto& provider : openclaw.providers) {
    for (const auto& configured : provider.models) {
      models::Model model = model_of(provider, configured);
      // Zeros stand there also where nobody filled the table in: a known price counts more.
      const auto known = catalog.find(model.ref);
      if (model.prices == models::Prices() && known && known->prices) model.prices.reset();
      catalog.put(model);
    }
  }
}

}  // namespace chela::app
