#include "config/review_bench.h"

#include <algorithm>

namespace chela::config {

std::vector<std::pair<std::string, Look>> ReviewBench::agents() const {
  std::vector<std::pair<std::string, Look>> all;
  for (const auto& agent : root_["agents"]["list"].items())
    all.emplace_back(text_of(agent["id"]), agent);
  for (const auto& [id, agent] : root_["agents"]["entries"].members()) all.emplace_back(id, agent);
  return all;
}

bool ReviewBench::is_expensive(const std::string& ref) const {
  return price(ref).value_or(0) >= kExpensiveMicros;
}

std::string ReviewBench::priced(const std::string& ref) const {
  const auto micros = price(ref);
  if (!micros) return "";
  auto text = std::to_string(*micros / 1'000'000);
  auto fraction = std::to_string(*micros % 1'000'000 + 1'000'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text + (fraction.empty() ? "" : "." + fraction) + " USD";
}

std::vector<std::string> ReviewBench::named_models() const {
  std::vector<std::string> all;
  const auto add = [&](const std::string& ref) {
    const bool is_new = std::find(all.begin(), all.end(), ref) == all.end();
    if (split_model_ref(ref) && is_new) all.push_back(ref);
  };
  const auto add_chain = [&](const ModelChoice& chain) {
    add(chain.primary);
    for (const auto& ref : chain.fallbacks) add(ref);
  };
  add_chain(models().defaults);
  for (const auto& [id, chain] : models().agents) add_chain(chain);
  if (models().heartbeat_model) add(*models().heartbeat_model);
  for (const auto& [id, ref] : models().agent_heartbeat_models) add(ref);
  for (const auto& [ref, model] : defaults_["models"].members()) add(ref);
  for (const auto& provider : models().providers) {
    for (const auto& model : provider.models) add(provider.id + "/" + model.id);
  }
  return all;
}

std::string ReviewBench::cheapest() const {
  std::string best;
  for (const auto& ref : named_models()) {
    if (!price(ref) || is_expensive(ref)) continue;
    if (best.empty() || *price(ref) < *price(best)) best = ref;
  }
  return best;
}

ReviewFinding& ReviewBench::add(std::string rule, Severity severity, const Look& at,
                                std::string why) {
  ReviewFinding finding;
  finding.rule = std::move(rule);
  finding.severity = severity;
  finding.why = std::move(why);
  also(finding, at, input_.openclaw);
  findings_.push_back(std::move(finding));
  return findings_.back();
}

void ReviewBench::also(ReviewFinding& finding, const Look& at, const OpenClaw& openclaw) {
  auto position = find_position(openclaw.origins, at.pointer());
  if (position.file.empty()) position.file = openclaw.file;
  finding.places.push_back({at.path(), at.pointer(), std::move(position)});
}

void ReviewBench::set(ReviewFinding& finding, const std::string& pointer, json::value value) {
  finding.edits.push_back({Edit::What::set, pointer, std::move(value), ""});
}
void ReviewBench::set(ReviewFinding& finding, const std::string& pointer, const std::string& text) {
  set(finding, pointer, json::value(json::string(text)));
}
void ReviewBench::set(ReviewFinding& finding, const std::string& pointer, const char* text) {
  set(finding, pointer, std::string(text));
}

void ReviewBench::set_variable(ReviewFinding& finding, const std::string& pointer,
                               const std::string& name) {
  finding.edits.push_back({Edit::What::set, pointer, json::string("${" + name + "}"), name});
}

std::string text_of(const Look& at) {
  return at.exists() && at.value().is_string() ? std::string(at.value().get_string())
                                               : std::string();
}

bool is_true(const Look& at) {
  return at.exists() && at.value().is_bool() && at.value().get_bool();
}

bool is_false(const Look& at) {
  return at.exists() && at.value().is_bool() && !at.value().get_bool();
}

double number_of(const Look& at, double otherwise) {
  if (!at.exists() || !at.value().is_number()) return otherwise;
  json::error_code error;
  const auto number = at.value().to_number<double>(error);
  return error ? otherwise : number;
}

bool lists(const Look& at, std::string_view text) {
  const auto all = at.items();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& item) { return text_of(item) == text; });
}

}  // namespace chela::config
