// The review's rules on keys that one version of OpenClaw refuses, ignores or moves.
#include <algorithm>
#include <cstdlib>

#include "config/plain_secrets.h"
#include "config/review_bench.h"
#include "config/review_keys.h"

namespace chela::config {
namespace {

Look look_at(const Look& root, const std::string& pointer) {
  Look at = root;
  for (const auto& step : pointer_steps(pointer)) {
    const auto items = at.items();
    at = items.empty() ? at[step] : items[static_cast<std::size_t>(std::stoul(step))];
  }
  return at;
}

// {source, provider, id} objects, which 2026.2 does not know.
void find_references(const Look& at, std::vector<Look>& found) {
  for (const auto& item : at.items()) find_references(item, found);
  for (const auto& [key, member] : at.members()) {
    const bool is_reference = member.raw().is_object() && member.raw().get_object().size() <= 3 &&
                              find_string(member.raw(), "source") &&
                              find_string(member.raw(), "id");
    if (is_reference) {
      found.push_back(member);
    } else {
      find_references(member, found);
    }
  }
}

// agents.entries{} as agents.list[].
json::array as_list(const json::value& entries) {
  json::array list;
  for (const auto& entry : entries.get_object()) {
    json::object agent{{"id", entry.key()}};
    if (const auto* settings = entry.value().if_object()) {
      for (const auto& setting : *settings) agent[setting.key()] = setting.value();
    }
    list.push_back(std::move(agent));
  }
  return list;
}

// Takes the key out; what the other version has under another name goes there. `clean` is the
// document without its secrets: those become references before anything is moved.
void mend_refused(ReviewBench& bench, ReviewFinding& finding, const Look& at,
                  const json::value& clean) {
  const auto remove = [&](const std::string& pointer) {
    const bool is_gone =
        std::any_of(finding.edits.begin(), finding.edits.end(), [&](const Edit& edit) {
          return edit.what == Edit::What::remove && edit.pointer == pointer;
        });
    if (!is_gone) finding.edits.push_back({Edit::What::remove, pointer, nullptr, ""});
    return !is_gone;
  };
  const auto moved = [&](std::initializer_list<std::string_view> keys) {
    const json::value* value = &clean;
    for (const auto key : keys) value = value == nullptr ? nullptr : find(*value, key);
    return value == nullptr ? json::value() : *value;
  };
  if (at.pointer().starts_with("/agents/entries")) {
    if (!remove("/agents/entries")) return;
    const auto entries = moved({"agents", "entries"});
    if (!bench.root()["agents"]["list"].exists() && entries.is_object())
      ReviewBench::set(finding, "/agents/list", as_list(entries));
    return;
  }
  remove(at.pointer());
  const auto old_search = bench.defaults()["memorySearch"];
  const auto new_search = bench.root()["memory"]["search"];
  if (at.pointer() == old_search.pointer() && !new_search.exists())
    ReviewBench::set(finding, new_search.pointer(), moved({"agents", "defaults", "memorySearch"}));
  if (at.pointer() == new_search.pointer() && !old_search.exists())
    ReviewBench::set(finding, old_search.pointer(), moved({"memory", "search"}));
}

}  // namespace

void review_keys(ReviewBench& bench) {
  const auto version = bench.input().version;
  const std::string name = std::string("OpenClaw ") + to_string(version);
  std::vector<std::pair<const KeyUse*, Look>> refused, ignored, moved;
  const auto uses = used_keys(bench.input().openclaw.raw, version);
  for (const auto& use : uses) {
    if (use.fact == nullptr) continue;
    const auto status = status_of(*use.fact, version);
    for (const auto& pointer : use.pointers) {
      const auto at = look_at(bench.root(), pointer);
      if (status == KeyStatus::rejects) refused.emplace_back(&use, at);
      if (status == KeyStatus::ignores) ignored.emplace_back(&use, at);
      if (status == KeyStatus::moves) moved.emplace_back(&use, at);
    }
  }
  const auto add = [&](const char* rule, Severity severity, const auto& keys,
                       const std::string& why) -> ReviewFinding* {
    if (keys.empty()) return nullptr;
    auto& finding = bench.add(rule, severity, keys.front().second, why);
    for (std::size_t i = 1; i < keys.size(); ++i)
      ReviewBench::also(finding, keys[i].second, bench.input().openclaw);
    return &finding;
  };
  if (auto* finding = add("keys-rejected", Severity::crit, refused,
                          name + " refuses the file because of these keys, and the gateway does "
                                 "not start.")) {
    const auto clean = without_secrets(bench.root());
    for (const auto& [use, at] : refused) mend_refused(bench, *finding, at, clean);
  }
  std::vector<Look> references;
  if (bench.is_old()) find_references(bench.root()["models"], references);
  for (const auto& at : references) {
    auto& finding = bench.add("secret-ref-rejected", Severity::crit, at,
                              "OpenClaw 2026.2 knows no {source, provider, id}; it reads ${NAME} "
                              "from the environment only.");
    if (get_string(at.raw(), "source") == "env")
      ReviewBench::set_variable(finding, at.pointer(), get_string(at.raw(), "id"));
  }
  add("keys-ignored", Severity::info, ignored,
      name + " accepts these keys and does nothing with them.");
  add("keys-moved", Severity::info, moved,
      name +
          " still reads these keys; its doctor rewrites the file in place, and other models "
          "with it (claude-sonnet-4-5, gpt-5-nano, gpt-5-mini become newer ones). Keep a copy.");
}

}  // namespace chela::config
