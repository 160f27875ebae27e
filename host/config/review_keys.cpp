#include "config/review_keys.h"

#include <algorithm>

#include "base/text.h"
#include "config/plain_secrets.h"
#include "config/review_bench.h"
#include "config/review_key_table.h"

namespace chela::config {
namespace {

std::vector<std::string_view> steps_of(std::string_view path) {
  std::vector<std::string_view> steps;
  while (!path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    steps.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return steps;
}

bool covers(const std::vector<std::string_view>& pattern, const std::vector<std::string>& steps) {
  return pattern.size() <= steps.size() &&
         std::equal(pattern.begin(), pattern.end(), steps.begin(),
                    [](auto wanted, const auto& step) { return wanted == "*" || wanted == step; });
}

bool goes_through_chela(const json::value& raw) {
  const auto* agents = find(raw, "agents");
  const auto* defaults = agents == nullptr ? nullptr : find(*agents, "defaults");
  const auto* model = defaults == nullptr ? nullptr : find(*defaults, "model");
  if (model == nullptr) return false;
  const auto primary =
      model->is_string() ? std::string(model->get_string()) : get_string(*model, "primary");
  return primary.starts_with("chela/");
}

std::vector<std::string> keepers(const KeyFact* fact, const json::value& raw,
                                 OpenClawVersion version) {
  if (fact == nullptr) return {};
  std::vector<std::string> who;
  const auto status = status_of(*fact, version);
  if (fact->chela != KeyFact::Chela::no) who.push_back("chela");
  if (fact->chela == KeyFact::Chela::routes && goes_through_chela(raw)) {
    who.push_back("OpenClaw through chela");
  } else if (status == KeyStatus::accepts || status == KeyStatus::moves) {
    who.push_back("OpenClaw");
  }
  if (who.empty()) who.push_back("nobody");
  return who;
}

class Walker {
 public:
  explicit Walker(const json::value& raw, OpenClawVersion version) : raw_(raw), version_(version) {}

  std::vector<KeyUse> walk() {
    visit(raw_, "", {});
    return std::move(uses_);
  }

 private:
  // A value belongs to the fact that covers it; it is looked into only where a longer one may lie
  // inside.
  void visit(const json::value& value, const std::string& pointer,
             const std::vector<std::string>& steps) {
    const auto* fact = find_fact(steps);
    const bool goes_on = steps.empty() || has_longer(steps);
    if (!goes_on || !is_container(value)) {
      use(fact, pointer, steps);
      return;
    }
    const auto before = uses_count_;
    if (const auto* object = value.if_object()) {
      for (const auto& member : *object)
        visit_child(member.value(), pointer, steps, std::string(member.key()));
    } else {
      const auto& list = value.get_array();
      for (std::size_t i = 0; i < list.size(); ++i)
        visit_child(list[i], pointer, steps, std::to_string(i));
    }
    if (uses_count_ == before) use(fact, pointer, steps);  // empty
  }

  void visit_child(const json::value& value, const std::string& pointer,
                   std::vector<std::string> steps, const std::string& step) {
    steps.push_back(step);
    visit(value, child_pointer(pointer, step), steps);
  }

  static bool is_container(const json::value& value) {
    return value.is_object() || value.is_array();
  }

  static bool has_longer(const std::vector<std::string>& steps) {
    const auto table = key_table();
    return std::any_of(table.begin(), table.end(), [&](const KeyFact& fact) {
      auto pattern = steps_of(fact.path);
      if (pattern.size() <= steps.size()) return false;
      pattern.resize(steps.size());
      return covers(pattern, steps);
    });
  }

  void use(const KeyFact* fact, const std::string& pointer, const std::vector<std::string>& steps) {
    if (steps.empty()) return;
    ++uses_count_;
    const auto path = fact != nullptr ? std::string(fact->path) : joined(steps);
    auto found =
        std::find_if(uses_.begin(), uses_.end(), [&](const auto& use) { return use.path == path; });
    if (found == uses_.end()) {
      uses_.push_back({path, fact, {}, keepers(fact, raw_, version_)});
      found = std::prev(uses_.end());
    }
    found->pointers.push_back(pointer);
  }

  static std::string joined(const std::vector<std::string>& steps) {
    std::string path;
    for (const auto& step : steps) path += (path.empty() ? "" : ".") + base::printable(step, 80);
    return path;
  }

  const json::value& raw_;
  OpenClawVersion version_;
  std::vector<KeyUse> uses_;
  std::size_t uses_count_ = 0;
};

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

KeyStatus status_of(const KeyFact& fact, OpenClawVersion version) {
  return version == OpenClawVersion::v2026_2 ? fact.in_2026_2 : fact.in_2026_9;
}

const char* to_string(KeyStatus status) {
  switch (status) {
    case KeyStatus::accepts:
      return "accepts";
    case KeyStatus::ignores:
      return "ignores";
    case KeyStatus::rejects:
      return "rejects";
    case KeyStatus::moves:
      return "moves";
  }
  return "?";
}

const KeyFact* find_fact(const std::vector<std::string>& steps) {
  const KeyFact* best = nullptr;
  std::size_t best_length = 0;
  for (const auto& fact : key_table()) {
    const auto pattern = steps_of(fact.path);
    if (pattern.size() <= best_length || !covers(pattern, steps)) continue;
    best = &fact;
    best_length = pattern.size();
  }
  return best;
}

std::vector<std::string> keepers_of(const json::value& raw, std::string_view pointer,
                                    OpenClawVersion version) {
  return keepers(find_fact(pointer_steps(pointer)), raw, version);
}

std::vector<KeyUse> used_keys(const json::value& raw, OpenClawVersion version) {
  return Walker(raw, version).walk();
}

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
