#include "models/trail.h"

#include "base/text.h"

namespace chela::models {

void Trail::skip(const std::vector<Skipped>& skipped) {
  for (const auto& one : skipped) {
    bool is_known = false;
    const std::string what = one.why.substr(0, one.why.find(" for "));  // the rest counts down
    for (const auto& step : steps) {
      is_known = is_known || (step.ref == one.ref && step.key == one.key && !step.was_tried &&
                              step.why.starts_with(what));
    }
    if (!is_known) steps.push_back({one.ref, one.key, false, one.why, std::nullopt, 0, {}, false});
  }
}

json::object to_json(const Trail& trail) {
  json::object out{{"id", trail.id}, {"role", trail.role}, {"asked", trail.asked}};
  out["chain"] = json::array(trail.chain.begin(), trail.chain.end());
  json::array steps;
  for (const auto& step : trail.steps) {
    json::object one{{"ref", step.ref}, {"did", step.was_tried ? "tried" : "skipped"}};
    if (!step.key.empty()) one["key"] = step.key;
    if (step.is_probe) one["probe"] = true;
    if (step.reason) one["reason"] = to_string(*step.reason);
    if (!step.why.empty()) one["why"] = step.why;
    if (step.http_status != 0) one["status"] = step.http_status;
    if (step.was_tried) one["ms"] = step.took.count();
    steps.push_back(std::move(one));
  }
  out["steps"] = std::move(steps);
  out["chosen"] = trail.chosen;
  out["queued_ms"] = trail.queued.count();
  if (trail.first_token) out["first_token_ms"] = trail.first_token->count();
  out["total_ms"] = trail.total.count();
  out["usage"] = to_json(trail.usage);
  if (trail.usd) out["usd"] = decimal_usd(*trail.usd);
  if (!trail.error.empty()) out["error"] = trail.error;
  return out;
}

std::string describe_trail(const json::value& trail) {
  const auto words = [](const json::value& value, const char* key) {
    return base::printable(get_string(value, key), 300);
  };
  std::string text =
      "request  " + words(trail, "id") + "\nasked    " + words(trail, "asked") + "\n";
  if (const auto queued = get_int(trail, "queued_ms"); queued > 0)
    text += "queued   " + std::to_string(queued) + " ms\n";
  const auto* steps = find(trail, "steps");
  if (steps != nullptr && steps->is_array()) {
    for (const auto& step : steps->get_array()) {
      const bool was_tried = get_string(step, "did") == "tried";
      const std::string why = words(step, "why");
      const std::string reason = words(step, "reason");
      text += (was_tried ? "tried    " : "skipped  ") + words(step, "ref");
      if (!get_string(step, "key").empty()) text += " with " + words(step, "key");
      if (was_tried && reason.empty()) text += ": answered";
      if (!reason.empty()) text += ": " + reason;
      if (get_int(step, "status") != 0) text += ", HTTP " + std::to_string(get_int(step, "status"));
      if (was_tried) text += " after " + std::to_string(get_int(step, "ms")) + " ms";
      if (get_bool(step, "probe")) text += " (a probe: all were cooled down)";
      text += "\n";
      if (!why.empty()) text += "         " + why + "\n";
    }
  }
  const std::string chosen = words(trail, "chosen");
  text += "chosen   " + (chosen.empty() ? std::string("nobody") : chosen) + "\n";
  if (find(trail, "first_token_ms") != nullptr)
    text +=
        "first    " + std::to_string(get_int(trail, "first_token_ms")) + " ms to the first token\n";
  text += "total    " + std::to_string(get_int(trail, "total_ms")) + " ms\n";
  if (const auto* usage = find(trail, "usage")) {
    const Usage used = parse_usage(*usage);
    text += "tokens   " + std::to_string(used.input_tokens) + " in, " +
            std::to_string(used.cache_read_tokens) + " from cache, " +
            std::to_string(used.cache_write_5m_tokens + used.cache_write_1h_tokens) +
            " into cache, " + std::to_string(used.output_tokens) + " out\n";
  }
  const auto usd = parse_usd(get_string(trail, "usd"));
  if (!chosen.empty()) text += "cost     " + (usd ? format_usd(*usd) : "no price is known") + "\n";
  if (const std::string error = words(trail, "error"); !error.empty())
    text += "error    " + error + "\n";
  return text;
}

}  // namespace chela::models
