#include "config/review_keys.h"

#include <algorithm>

#include "base/text.h"
#include "config/origin.h"
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

}  // namespace chela::config
