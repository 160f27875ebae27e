#include "models/catalog.h"

#include <algorithm>
#include <cstdio>

namespace chela::models {
namespace {

constexpr auto kSoon = std::chrono::days(45);

tl::unexpected<Error> bad(const std::string& where, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "model catalogue: " + where + ": " + what);
}

Result<Usd> price(const json::value& prices, const char* key, const std::string& where,
                  Usd otherwise) {
  const auto* written = find(prices, key);
  if (written == nullptr) return otherwise;
  const auto amount =
      written->is_string() ? parse_usd(std::string(written->get_string())) : std::nullopt;
  if (!amount) return bad(where + "." + key, "wanted USD as text, such as \"0.25\"");
  return *amount;
}

// Caches that are not priced cost what input costs: rather too much than too little.
Result<Prices> parse_prices(const json::value& value, const std::string& where) {
  Prices prices;
  CHELA_TRY(prices.input, price(value, "input", where, {}));
  CHELA_TRY(prices.output, price(value, "output", where, {}));
  CHELA_TRY(prices.cache_read, price(value, "cache_read", where, prices.input));
  CHELA_TRY(prices.cache_write_5m, price(value, "cache_write_5m", where, prices.input));
  CHELA_TRY(prices.cache_write_1h, price(value, "cache_write_1h", where, prices.cache_write_5m));
  return prices;
}

Result<std::chrono::year_month_day> parse_date(const std::string& text, const std::string& where) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%c", &year, &month, &day, &rest) == 3) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (date.ok()) return date;
  }
  return bad(where, "wanted a date such as 2026-11-30, found '" + text + "'");
}

bool split(std::string_view ref, Model& model) {
  const std::size_t slash = ref.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == ref.size()) return false;
  model.ref = std::string(ref);
  model.provider = std::string(ref.substr(0, slash));
  model.wire_id = std::string(ref.substr(slash + 1));
  return true;
}

Result<Model> parse_model(const json::value& value, const std::string& where,
                          const std::string& source) {
  Model model;
  const std::string ref = get_string(value, "ref");
  if (!split(ref, model)) return bad(where + ".ref", "wanted provider/model, found '" + ref + "'");
  model.name = get_string(value, "name", model.wire_id);
  model.context_tokens = get_int(value, "context_tokens");
  model.max_output_tokens = get_int(value, "max_output_tokens");
  model.can = get_strings(value, "can");
  model.is_subscription = get_bool(value, "subscription");
  model.successor = get_string(value, "successor");
  model.source = source;
  model.is_known = true;
  if (const auto* prices = find(value, "prices"); prices != nullptr) {
    CHELA_TRY(model.prices, parse_prices(*prices, where + ".prices"));
  }
  if (const auto* tiers = find(value, "tiers"); tiers != nullptr && tiers->is_array()) {
    for (const auto& one : tiers->get_array()) {
      PriceTier tier{get_int(one, "above_tokens"), {}};
      CHELA_TRY(tier.prices, parse_prices(one, where + ".tiers"));
      model.tiers.push_back(tier);
    }
  }
  if (const auto date = find_string(value, "end_of_life")) {
    CHELA_TRY(model.end_of_life, parse_date(*date, where + ".end_of_life"));
  }
  return model;
}

}  // namespace

bool Model::can_do(std::string_view what) const {
  return std::find(can.begin(), can.end(), what) != can.end();
}

Result<Catalog> Catalog::parse(std::string_view text) {
  CHELA_TRY(const json::value value, parse_json(text));
  Catalog catalog;
  catalog.date_ = get_string(value, "date");
  if (catalog.date_.empty()) return bad("date", "is missing");
  const std::string source = "catalogue of " + catalog.date_;
  const auto* models = chela::find(value, "models");
  if (models == nullptr || !models->is_array()) return bad("models", "wanted a list");
  for (const auto& one : models->get_array()) {
    const std::string where = "models[" + std::to_string(catalog.models_.size()) + "]";
    CHELA_TRY(Model model, parse_model(one, where, source));
    if (catalog.models_.contains(model.ref)) return bad(where, model.ref + " is there twice");
    catalog.models_.emplace(model.ref, std::move(model));
  }
  if (const auto* rewrites = chela::find(value, "rewrites");
      rewrites != nullptr && rewrites->is_object()) {
    for (const auto& [from, to] : rewrites->get_object()) {
      if (!to.is_string()) return bad("rewrites", "wanted a ref for '" + std::string(from) + "'");
      catalog.rewrites_.emplace(std::string(from), std::string(to.get_string()));
    }
  }
  return catalog;
}

void Catalog::put(const Model& model) {
  const auto [found, is_new] = models_.try_emplace(model.ref, model);
  if (is_new) return;
  Model& known = found->second;
  if (!model.name.empty()) known.name = model.name;
  if (model.context_tokens > 0) known.context_tokens = model.context_tokens;
  if (model.max_output_tokens > 0) known.max_output_tokens = model.max_output_tokens;
  if (model.prices) {
    known.prices = model.prices;
    known.tiers = model.tiers;
    known.is_subscription = model.is_subscription;
  }
  if (!model.can.empty()) known.can = model.can;
  if (model.end_of_life) known.end_of_life = model.end_of_life;
  if (!model.successor.empty()) known.successor = model.successor;
  if (!model.source.empty()) known.source = model.source;
  known.is_known = known.is_known || model.is_known;
}

std::string Catalog::rewritten(std::string_view ref) const {
  const auto found = rewrites_.find(ref);
  return found == rewrites_.end() ? std::string(ref) : found->second;
}

std::optional<Model> Catalog::find(std::string_view ref) const {
  const std::string target = rewritten(ref);
  if (const auto found = models_.find(target); found != models_.end()) return found->second;
  Model model;
  if (!split(target, model)) return std::nullopt;
  model.name = model.wire_id;
  return model;
}

std::optional<Prices> prices_for(const Model& model, std::int64_t prompt_tokens) {
  std::optional<Prices> prices = model.prices;
  for (const auto& tier : model.tiers) {
    if (prompt_tokens > tier.above_tokens) prices = tier.prices;
  }
  return prices;
}

std::optional<Usd> cost_of(const Model& model, const Usage& usage) {
  if (const auto charged = parse_charged_usd(usage.cost_usd)) return charged;
  const std::int64_t prompt = usage.input_tokens + usage.cache_read_tokens +
                              usage.cache_write_5m_tokens + usage.cache_write_1h_tokens;
  const auto prices = prices_for(model, prompt);
  if (!prices) return std::nullopt;
  return cost_of(usage.input_tokens, prices->input) +
         cost_of(usage.cache_read_tokens, prices->cache_read) +
         cost_of(usage.cache_write_5m_tokens, prices->cache_write_5m) +
         cost_of(usage.cache_write_1h_tokens, prices->cache_write_1h) +
         cost_of(usage.output_tokens, prices->output);
}

LifeState life_state(const Model& model, Timestamp now) {
  if (!model.end_of_life) return LifeState::fine;
  const Timestamp end{std::chrono::sys_days(*model.end_of_life)};
  if (now >= end) return LifeState::ended;
  return now + kSoon >= end ? LifeState::ending : LifeState::fine;
}

std::string describe_life(const Model& model, Timestamp now) {
  const LifeState state = life_state(model, now);
  if (state == LifeState::fine) return "";
  const auto& date = *model.end_of_life;
  char day[32];
  std::snprintf(day, sizeof day, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  const auto left =
      std::chrono::ceil<std::chrono::days>(Timestamp{std::chrono::sys_days(date)} - now).count();
  std::string text = model.ref;
  if (state == LifeState::ended) {
    text += " ended on " + std::string(day);
  } else {
    text += " ends on " + std::string(day) + " (in " + std::to_string(left) +
            (left == 1 ? " day)" : " days)");
  }
  if (!model.successor.empty()) text += "; its successor is " + model.successor;
  return text;
}

}  // namespace chela::models
