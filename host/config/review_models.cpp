// The review's rules on which model answers whom, and what that costs.
#include <algorithm>

#include "base/text.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

std::string provider_of(const std::string& ref) {
  return ref.substr(0, ref.find('/'));
}

std::string shown(const std::string& ref) {
  return base::printable(ref, 60);
}

// "http://user@10.0.0.5:8080/v1" -> "10.0.0.5"; an IPv6 address keeps its brackets.
std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  auto host = url.substr(scheme == std::string::npos ? 0 : scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto at = host.rfind('@'); at != std::string::npos) host.erase(0, at + 1);
  const auto end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (end == std::string::npos) return host;
  return host.substr(0, host.starts_with('[') ? end + 1 : end);
}

json::array list_of(const std::vector<std::string>& refs) {
  json::array list;
  for (const auto& ref : refs) list.emplace_back(ref);
  return list;
}

// Up to two models that could stand in for `primary`: not expensive, another provider first.
std::vector<std::string> stand_ins(const ReviewBench& bench, const std::string& primary) {
  std::vector<std::string> others;
  for (const bool wants_other_provider : {true, false}) {
    for (const auto& ref : bench.named_models()) {
      const bool is_other = provider_of(ref) != provider_of(primary);
      if (ref == primary || !bench.price(ref) || bench.is_expensive(ref)) continue;
      if (is_other == wants_other_provider && others.size() < 2) others.push_back(ref);
    }
  }
  return others;
}

// The most capable model that is not expensive: the first of the chain, else the dearest named.
std::string affordable(const ReviewBench& bench, const ModelChoice& chain) {
  for (const auto& ref : chain.fallbacks) {
    if (bench.price(ref) && !bench.is_expensive(ref)) return ref;
  }
  std::string best;
  for (const auto& ref : bench.named_models()) {
    if (!bench.price(ref) || bench.is_expensive(ref)) continue;
    if (best.empty() || *bench.price(ref) > *bench.price(best)) best = ref;
  }
  return best;
}

// The whole `model` value: it may have been a text.
void set_chain(ReviewFinding& finding, const Look& model, const std::string& primary,
               const std::vector<std::string>& fallbacks) {
  ReviewBench::set(finding, model.pointer(),
                   json::object{{"primary", primary}, {"fallbacks", list_of(fallbacks)}});
}

void judge_default(ReviewBench& bench) {
  const auto& models = bench.models();
  Look model = bench.defaults()["model"];
  ModelChoice chain = models.defaults;
  for (const auto& [id, agent] : bench.agents()) {
    if (id != models.default_agent || !agent["model"].exists()) continue;
    model = agent["model"];
    chain = models.agents.at(id);
  }
  if (chain.primary.empty()) {
    auto& finding =
        bench.add("no-default-model", Severity::warn, model,
                  "No default model is named, so OpenClaw picks one for you. Name it: cheap "
                  "enough to answer every routine turn.");
    const auto pick = affordable(bench, chain);
    if (!pick.empty()) set_chain(finding, model, pick, stand_ins(bench, pick));
    if (pick.empty())
      finding.snippet =
          "agents: {defaults: {model: {\n  primary: \"provider/a-cheap-model\",\n  fallbacks: "
          "[\"another/cheap-model\"],\n}}},";
    return;
  }
  if (!bench.is_expensive(chain.primary)) return;
  auto& finding =
      bench.add("expensive-default", Severity::warn, model,
                shown(chain.primary) + " (" + bench.priced(chain.primary) +
                    " per million output tokens) answers every routine turn. Let a cheaper model "
                    "coordinate, and pin this one to an agent that you call on purpose.");
  const auto pick = affordable(bench, chain);
  if (pick.empty()) return;
  auto rest = chain.fallbacks;
  rest.erase(std::remove(rest.begin(), rest.end(), pick), rest.end());
  if (rest.empty()) rest = stand_ins(bench, pick);
  set_chain(finding, model, pick, rest);
}

void judge_fallbacks(ReviewBench& bench) {
  const auto& defaults = bench.models().defaults;
  const auto model = bench.defaults()["model"];
  const bool has_none = !defaults.primary.empty() && defaults.fallbacks.empty();
  if (has_none) {
    auto& finding =
        bench.add("no-fallbacks", Severity::warn, model,
                  "Nobody stands behind " + shown(defaults.primary) +
                      ": when it is rate-limited or down, every agent stops. Name one or two of "
                      "other providers.");
    const auto others = stand_ins(bench, defaults.primary);
    if (!others.empty()) set_chain(finding, model, defaults.primary, others);
    if (others.empty())
      finding.snippet = "agents: {defaults: {model: {fallbacks: [\"another-provider/model\"]}}},";
  }
  if (!bench.is_old() || !defaults.fallbacks.empty()) return;
  for (const auto& [id, agent] : bench.agents()) {
    if (agent["model"]["fallbacks"].items().empty()) continue;
    auto& finding = bench.add(
        "agent-fallbacks-inert", Severity::warn, agent["model"]["fallbacks"],
        "OpenClaw 2026.2 uses an agent's fallbacks only where agents.defaults.model.fallbacks is "
        "not empty, too. chela uses them anyway.");
    const auto others = stand_ins(bench, defaults.primary);
    if (others.empty() || defaults.primary.empty()) continue;
    set_chain(finding, model, defaults.primary, others);
  }
}

void judge_chain(ReviewBench& bench, const Look& model, const ModelChoice& chain) {
  if (chain.primary.empty()) return;
  if (chain.is_strict) {
    auto& finding = bench.add("strict-agent", Severity::info, model,
                              "This agent names a model and no fallbacks of its own, which makes "
                              "it strict: when that model fails, the turn fails.");
    auto behind = bench.models().defaults.fallbacks;
    behind.erase(std::remove(behind.begin(), behind.end(), chain.primary), behind.end());
    if (!behind.empty()) set_chain(finding, model, chain.primary, behind);
    return;
  }
  if (chain.fallbacks.empty()) return;
  const bool is_one_provider =
      std::all_of(chain.fallbacks.begin(), chain.fallbacks.end(),
                  [&](const auto& ref) { return provider_of(ref) == provider_of(chain.primary); });
  if (is_one_provider) {
    auto& finding =
        bench.add("one-provider-chain", Severity::info, model,
                  "Every model of this chain is at " + shown(provider_of(chain.primary)) +
                      ": when its key, quota or network fails, all of them do.");
    const auto others = stand_ins(bench, chain.primary);
    if (!others.empty() && provider_of(others.front()) != provider_of(chain.primary)) {
      auto longer = chain.fallbacks;
      longer.push_back(others.front());
      set_chain(finding, model, chain.primary, longer);
    }
  }
  if (bench.is_expensive(chain.primary)) return;
  std::vector<std::string> kept;
  std::string dear;
  for (const auto& ref : chain.fallbacks) {
    if (bench.is_expensive(ref)) {
      dear = ref;
    } else {
      kept.push_back(ref);
    }
  }
  if (dear.empty()) return;
  auto& finding = bench.add("expensive-fallback", Severity::info, model["fallbacks"],
                            "An outage of the cheap primary goes on with " + shown(dear) + " (" +
                                bench.priced(dear) +
                                " per million output tokens), every turn until it is over.");
  if (!kept.empty()) ReviewBench::set(finding, model["fallbacks"].pointer(), list_of(kept));
}

void judge_providers(ReviewBench& bench) {
  const auto providers = bench.root()["models"]["providers"];
  for (const auto& provider : bench.models().providers) {
    const auto at = providers[provider.id];
    const auto& url = provider.base_url;
    const auto host = host_of(url);
    const bool is_near = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    if (url.starts_with("http://") && !is_near) {
      bench
          .add("provider-cleartext", Severity::crit, at["baseUrl"],
               "Prompts and the key travel unencrypted to " + base::printable(host, 60) +
                   ". Use https, or a tunnel that ends on loopback.")
          .snippet = "models: {providers: {\"" + base::printable(provider.id, 40) +
                     "\": {baseUrl: \"https://...\"}}},";
    }
    const auto is_free = [](const ConfiguredModel& model) {
      return model.cost.input == 0 && model.cost.output == 0;
    };
    const bool has_free = std::any_of(provider.models.begin(), provider.models.end(), is_free);
    if (!has_free || is_near) continue;
    bench
        .add("price-zero", Severity::info, at["models"],
             "Models with a price of 0 cost nothing in OpenClaw's figures, whatever the bill "
             "says. chela budgets such models in tokens.")
        .snippet = "cost: {input: 0.6, output: 2.2, cacheRead: 0.11, cacheWrite: 0},  // yours";
  }
}

void judge_profiles(ReviewBench& bench) {
  for (const auto& [id, profile] : bench.root()["auth"]["profiles"].members()) {
    const auto mode = text_of(profile["mode"]);
    if (text_of(profile["provider"]) != "anthropic" || (mode != "token" && mode != "oauth"))
      continue;
    bench
        .add("subscription-token", Severity::info, profile["mode"],
             "A subscription's token: the service does not allow it for other programs, so chela "
             "refuses it. chela needs an API key for this provider.")
        .snippet =
        "auth: {profiles: {\n  \"anthropic:default\": {provider: \"anthropic\", mode: "
        "\"api_key\"},\n}},";
  }
}

}  // namespace

void review_models(ReviewBench& bench) {
  judge_default(bench);
  judge_fallbacks(bench);
  judge_chain(bench, bench.defaults()["model"], bench.models().defaults);
  for (const auto& [id, agent] : bench.agents()) {
    const auto chain = bench.models().agents.find(id);
    if (agent["model"].exists() && chain != bench.models().agents.end())
      judge_chain(bench, agent["model"], chain->second);
  }
  judge_providers(bench);
  judge_profiles(bench);
}

}  // namespace chela::config
