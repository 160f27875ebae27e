// The review's rules on OpenClaw's own heartbeat: what it costs, when it beats, who answers when
// its model fails.
#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

// Prompt tokens of one beat with nothing to do, and of one that reads its state, runs a check and
// writes the state. Measured with default workspaces and an empty history.
struct BeatCost {
  std::int64_t idle;
  std::int64_t rotating;
};
BeatCost cost_of_beat(bool is_old) {
  return is_old ? BeatCost{11'900, 49'900} : BeatCost{11'000, 45'600};
}

// Heartbeat blocks that beat: those of agents where any agent has one, else the defaults'.
std::vector<std::pair<std::string, Look>> blocks(const ReviewBench& bench) {
  std::vector<std::pair<std::string, Look>> own;
  for (const auto& [id, agent] : bench.agents()) {
    if (agent["heartbeat"].exists()) own.emplace_back(id, agent["heartbeat"]);
  }
  if (own.empty()) own.emplace_back("", bench.defaults()["heartbeat"]);
  return own;
}

// The block's own key, or that of the defaults.
Look setting(const ReviewBench& bench, const Look& block, const char* key) {
  return block[key].exists() ? block[key] : bench.defaults()["heartbeat"][key];
}

bool beats(const ReviewBench& bench, const Look& block) {
  const auto every = setting(bench, block, "every");
  if (!every.exists()) return true;
  return parse_openclaw_duration(every.value()).value_or(Duration(1)) > Duration::zero();
}

std::string every_millions(std::int64_t tokens) {
  const auto tenths = (tokens + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " million";
}

void turn_off(ReviewBench& bench, ReviewFinding& finding) {
  ReviewBench::set(finding, bench.defaults()["heartbeat"]["every"].pointer(), "0m");
  for (const auto& [id, agent] : bench.agents()) {
    const auto every = agent["heartbeat"]["every"];
    if (every.exists() && beats(bench, agent["heartbeat"]))
      ReviewBench::set(finding, every.pointer(), "0m");
  }
}

void judge_cost(ReviewBench& bench) {
  const auto every = bench.input().openclaw.heartbeat_every;
  if (!bench.input().openclaw.heartbeat_is_on || every <= Duration::zero()) return;
  const auto cost = cost_of_beat(bench.is_old());
  const auto beats_a_day = std::max<std::int64_t>(std::chrono::hours(24) / every, 1);
  auto& finding = bench.add(
      "model-heartbeat", Severity::warn, bench.defaults()["heartbeat"]["every"],
      "A model is asked every " + base::format_duration(every) + ": about " +
          every_millions(beats_a_day * cost.idle) + " prompt tokens a day for nothing new, " +
          every_millions(beats_a_day * cost.rotating) +
          " with a rotating checklist. chela's checks do that for none (chela run); then turn "
          "this off.");
  turn_off(bench, finding);
}

std::string model_of(const ReviewBench& bench, const std::string& id, const Look& block) {
  const auto& models = bench.models();
  const auto own = models.agent_heartbeat_models.find(id);
  if (block["model"].exists() && own != models.agent_heartbeat_models.end()) return own->second;
  if (models.heartbeat_model) return *models.heartbeat_model;
  const auto agent = models.agents.find(id.empty() ? models.default_agent : id);
  return agent == models.agents.end() ? models.defaults.primary : agent->second.primary;
}

void judge_model(ReviewBench& bench, const std::string& id, const Look& block) {
  const auto model = model_of(bench, id, block);
  const auto at = setting(bench, block, "model");
  if (bench.is_expensive(model)) {
    auto& finding = bench.add(
        "expensive-heartbeat", Severity::crit, at,
        "Every beat asks " + base::printable(model, 60) + " (" + bench.priced(model) +
            " per million output tokens), day and night. A beat needs the cheapest model that "
            "can follow a checklist, or none.");
    const auto cheap = bench.cheapest();
    if (cheap.empty()) {
      turn_off(bench, finding);
    } else {
      ReviewBench::set(finding, at.pointer(), cheap);
    }
    return;
  }
  if (!at.exists()) return;
  const auto& models = bench.models();
  const auto agent = models.agents.find(id.empty() ? models.default_agent : id);
  const auto& chain = agent == models.agents.end() ? models.defaults : agent->second;
  std::vector<std::string> behind = chain.fallbacks;
  behind.push_back(chain.primary);
  const auto dear = std::find_if(behind.begin(), behind.end(),
                                 [&](const auto& ref) { return bench.is_expensive(ref); });
  if (dear == behind.end()) return;
  bench
      .add("heartbeat-fallback", Severity::warn, at,
           "The heartbeat's model has no fallbacks of its own: when it fails, the beat goes on "
           "with the agent's chain, which ends at " +
               base::printable(*dear, 60) + " (" + bench.priced(*dear) +
               " per million output tokens). Give the heartbeat to an agent with a cheap chain.")
      .snippet =
      bench.is_old()
          ? "// in agents.list\n{id: \"monitor\", heartbeat: {every: \"30m\"}, model: {\n  "
            "primary: \"provider/cheap\", fallbacks: [\"other/cheap\"],\n}},"
          : "agents: {entries: {monitor: {heartbeat: {every: \"30m\"}, model: {\n  primary: "
            "\"provider/cheap\", fallbacks: [\"other/cheap\"],\n}}}},";
}

// Minutes after midnight of "HH:MM"; 24:00 only as an end.
std::optional<int> minutes_of(const std::string& text, bool is_end) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) ||
      !is_digit(text[3]) || !is_digit(text[4]))
    return std::nullopt;
  const int hour = (text[0] - '0') * 10 + text[1] - '0';
  const int minute = (text[3] - '0') * 10 + text[4] - '0';
  const bool is_midnight = is_end && hour == 24 && minute == 0;
  if (!is_midnight && (hour > 23 || minute > 59)) return std::nullopt;
  return hour * 60 + minute;
}

void judge_hours(ReviewBench& bench, const Look& hours) {
  const auto start = minutes_of(text_of(hours["start"]), false);
  const auto end = minutes_of(text_of(hours["end"]), true);
  const bool is_written = hours["start"].exists() && hours["end"].exists();
  if (is_written && (!start || !end)) {
    auto& finding = bench.add("active-hours-unreadable", Severity::warn, hours,
                              "Not both ends are a time such as 08:00 (or 24:00 for the end). "
                              "OpenClaw 2026.2 takes that for always active.");
    if (!start) ReviewBench::set(finding, hours["start"].pointer(), "08:00");
    if (!end) ReviewBench::set(finding, hours["end"].pointer(), "22:00");
    return;
  }
  if (!is_written || start != end) return;
  auto& finding = bench.add("active-hours-empty", Severity::crit, hours,
                            "Start and end are equal: OpenClaw 2026.2 then beats always, 2026.9 "
                            "never. Say which you mean.");
  ReviewBench::set(finding, hours["start"].pointer(), "00:00");
  ReviewBench::set(finding, hours["end"].pointer(), "24:00");
}

void judge_block(ReviewBench& bench, const std::string& id, const Look& block) {
  const auto every = block["every"];
  if (every.exists() && !parse_openclaw_duration(every.value())) {
    auto& finding = bench.add("heartbeat-every-unreadable", Severity::warn, every,
                              "Not a duration such as 30m, 1h or 0m (off).");
    ReviewBench::set(finding, every.pointer(), "30m");
  }
  if (block["activeHours"].exists()) judge_hours(bench, block["activeHours"]);
  if (!beats(bench, block)) return;
  judge_model(bench, id, block);
  const auto hours = setting(bench, block, "activeHours");
  if (!hours.exists()) {
    auto& finding = bench.add("no-active-hours", Severity::info, hours,
                              "The heartbeat beats at night, too, when nobody reads what it "
                              "finds.");
    ReviewBench::set(finding, hours.pointer(), json::object{{"start", "08:00"}, {"end", "22:00"}});
  }
  if (bench.is_old()) return;
  const auto isolated = setting(bench, block, "isolatedSession");
  const auto light = setting(bench, block, "lightContext");
  if (is_true(isolated) && is_true(light)) return;
  auto& finding = bench.add(
      "heartbeat-shared-session", Severity::info, is_true(isolated) ? light : isolated,
      "Each beat drags the main session and every workspace file along, and its model stays in "
      "that session. Alone and light it takes a quarter fewer tokens (45.6k to 34.6k measured).");
  if (!is_true(isolated)) ReviewBench::set(finding, isolated.pointer(), true);
  if (!is_true(light)) ReviewBench::set(finding, light.pointer(), true);
}

}  // namespace

void review_heartbeat(ReviewBench& bench) {
  judge_cost(bench);
  for (const auto& [id, block] : blocks(bench)) judge_block(bench, id, block);
}

}  // namespace chela::config
