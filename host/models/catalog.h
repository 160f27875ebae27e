// Which models there are, what they take and what they cost; data, not code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "chela/chat.h"
#include "chela/json.h"
#include "chela/result.h"
#include "models/money.h"

namespace chela::models {

// The provider's instance in a ref: "anthropic" of "anthropic/claude-sonnet-4-5".
inline std::string_view provider_of(std::string_view ref) {
  return ref.substr(0, ref.find('/'));
}

// Per million tokens. Input counts what is neither read from a cache nor written to one.
struct Prices {
  Usd input;
  Usd output;
  Usd cache_read;
  Usd cache_write_5m;
  Usd cache_write_1h;
  bool operator==(const Prices&) const = default;
};

// Prices that hold once the whole prompt is longer than `above_tokens`.
struct PriceTier {
  std::int64_t above_tokens = 0;
  Prices prices;
  bool operator==(const PriceTier&) const = default;
};

struct Model {
  std::string ref;  // "anthropic/claude-sonnet-4-5": provider instance, then the id on the wire
  std::string provider;  // "anthropic"
  std::string wire_id;   // "claude-sonnet-4-5"; may hold slashes and colons
  std::string name;
  std::int64_t context_tokens = 0;     // 0: unknown
  std::int64_t max_output_tokens = 0;  // 0: unknown
  std::optional<Prices> prices;        // nullopt: unknown, which is not free
  std::vector<PriceTier> tiers;        // rising
  std::vector<std::string> can;        // "images", "tools", "thinking", "embeddings"
  bool is_known = false;               // in a catalogue or a configuration; else made from its ref
  bool is_subscription = false;        // a plan is paid for, single calls are not
  std::optional<std::chrono::year_month_day> end_of_life;
  std::string successor;  // a ref; "" where none is named
  std::string source;     // "catalogue of 2026-11-22", "openclaw.json"

  bool can_do(std::string_view what) const;
};

class Catalog {
 public:
  // The shipped file, see catalog.json. invalid_argument says what is wrong where.
  static Result<Catalog> parse(std::string_view text);

  // Puts a model over what is known of it; members that are not known in `model` are kept.
  void put(const Model& model);

  // "provider/id" -> the model, rewrites followed. A ref of good form that nobody has described is
  // a model without prices and limits. nullopt where there is no '/' or a half is empty.
  std::optional<Model> find(std::string_view ref) const;

  // Where `ref` is sent instead ("kimi-coding/k2p5" -> "kimi-coding/kimi-for-coding"), else `ref`.
  std::string rewritten(std::string_view ref) const;

  const std::map<std::string, Model, std::less<>>& models() const { return models_; }
  const std::string& date() const { return date_; }

 private:
  std::string date_;
  std::map<std::string, Model, std::less<>> models_;  // by ref
  std::map<std::string, std::string, std::less<>> rewrites_;
};

// The prices for a prompt of that length.
std::optional<Prices> prices_for(const Model& model, std::int64_t prompt_tokens);

// What a call cost; nullopt where the model has no prices. What the service says it charged counts
// more than our own sum.
std::optional<Usd> cost_of(const Model& model, const Usage& usage);

enum class LifeState { fine, ending, ended };

// ending: within 45 days.
LifeState life_state(const Model& model, Timestamp now);

// "anthropic/claude-sonnet-4-5 ends on 2026-11-30 (in 3 days); its successor is ..", "" where all
// is fine.
std::string describe_life(const Model& model, Timestamp now);

}  // namespace chela::models
