#include "config/openclaw_models.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/openclaw_look.h"
#include "config/openclaw_providers.h"

namespace chela::config {
namespace {

constexpr std::int64_t kMostAtOnce = 10'000;

std::string lowered(std::string text) {
  for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

class Reader {
 public:
  explicit Reader(const OpenClaw& openclaw)
      : root_(openclaw), defaults_(root_["agents"]["defaults"]) {}

  Result<ModelSettings> read() {
    CHELA_TRY(root_["agents"].want_object());
    CHELA_TRY(defaults_.want_object());
    CHELA_TRY(read_aliases());
    CHELA_TRY(auto choice, read_choice(defaults_["model"]));
    read_.defaults = {choice.primary.value_or(""), choice.fallbacks.value_or(Names{}), false};
    if (read_.defaults.primary.empty())
      read_.notes.push_back(defaults_["model"].note("names no primary model"));
    CHELA_TRY(defaults_["heartbeat"].want_object());
    CHELA_TRY(read_.heartbeat_model, read_ref(defaults_["heartbeat"]["model"]));
    CHELA_TRY(const auto at_once, defaults_["maxConcurrent"].whole(1, kMostAtOnce));
    CHELA_TRY(const auto subagents, defaults_["subagents"]["maxConcurrent"].whole(1, kMostAtOnce));
    read_.max_concurrent = static_cast<int>(at_once.value_or(read_.max_concurrent));
    read_.subagents_max_concurrent =
        static_cast<int>(subagents.value_or(read_.subagents_max_concurrent));
    CHELA_TRY(read_agents());
    CHELA_TRY(read_logging());
    CHELA_TRY(const auto mode, root_["models"]["mode"].text());
    if (mode && *mode != "merge" && *mode != "replace")
      return root_["models"]["mode"].refuse("merge or replace");
    read_.replaces_catalogue = mode == "replace";
    CHELA_TRY(read_.providers, read_providers(root_, read_.notes));
    return std::move(read_);
  }

 private:
  using Names = std::vector<std::string>;
  struct Choice {
    std::optional<std::string> primary;
    std::optional<Names> fallbacks;
  };

  Result<void> read_aliases() {
    CHELA_TRY(defaults_["models"].want_object());
    for (const auto& [ref, model] : defaults_["models"].members()) {
      CHELA_TRY(const auto alias, model["alias"].text());
      if (!alias || alias->empty()) continue;
      const auto [place, is_new] = read_.aliases.emplace(*alias, ref);
      if (!is_new)
        read_.notes.push_back(model["alias"].note("stands for two models; " +
                                                  base::printable(place->second, 120) + " holds"));
    }
    return {};
  }

  std::string resolved(const std::string& name, const Look& at) {
    if (name.find('/') != std::string::npos) {
      if (!split_model_ref(name)) read_.notes.push_back(at.note("wanted provider/model"));
      return name;
    }
    if (const auto found = read_.aliases.find(name); found != read_.aliases.end())
      return found->second;
    for (const auto& [alias, ref] : read_.aliases) {
      if (lowered(alias) == lowered(name)) return ref;
    }
    read_.notes.push_back(at.note("names no provider and is no alias; wanted provider/model"));
    return name;
  }

  Result<std::optional<std::string>> read_ref(const Look& at) {
    CHELA_TRY(auto name, at.text());
    if (!name) return std::optional<std::string>();
    if (name->empty()) return at.refuse("a model such as openai/gpt-5-nano");
    return std::optional(resolved(*name, at));
  }

  Result<Choice> read_choice(const Look& model) {
    Choice choice;
    if (!model.exists()) return choice;
    if (model.value().is_string()) {
      CHELA_TRY(choice.primary, read_ref(model));
      return choice;
    }
    if (!model.value().is_object()) return model.refuse("a text or {primary, fallbacks}");
    CHELA_TRY(choice.primary, read_ref(model["primary"]));
    const auto written = model["fallbacks"];
    if (!written.exists()) return choice;
    CHELA_TRY(written.want_list());
    Names fallbacks;
    for (const auto& item : written.items()) {
      CHELA_TRY(auto ref, read_ref(item));
      const bool is_twice = ref == choice.primary ||
                            std::find(fallbacks.begin(), fallbacks.end(), *ref) != fallbacks.end();
      if (is_twice) {
        read_.notes.push_back(item.note("stands in the chain already; left out"));
      } else {
        fallbacks.push_back(std::move(*ref));
      }
    }
    choice.fallbacks = std::move(fallbacks);
    return choice;
  }

  Result<void> read_agent(const std::string& id, const Look& agent) {
    CHELA_TRY(agent.want_object());
    if (read_.agents.count(id) != 0) {
      read_.notes.push_back(agent.note("the agent is there already; the first one holds"));
      return {};
    }
    CHELA_TRY(auto choice, read_choice(agent["model"]));
    ModelChoice chain = read_.defaults;
    if (choice.primary) chain = {*choice.primary, {}, !choice.fallbacks};
    if (choice.fallbacks) chain.fallbacks = std::move(*choice.fallbacks);
    read_.agents.emplace(id, std::move(chain));
    CHELA_TRY(agent["heartbeat"].want_object());
    CHELA_TRY(const auto beat, read_ref(agent["heartbeat"]["model"]));
    if (beat) read_.agent_heartbeat_models[id] = *beat;
    CHELA_TRY(const auto is_default, agent["default"].flag());
    if (is_default.value_or(false) && !has_default_) {
      read_.default_agent = id;
      has_default_ = true;
    }
    if (first_agent_.empty()) first_agent_ = id;
    return {};
  }

  Result<void> read_agents() {
    CHELA_TRY(root_["agents"]["list"].want_list());
    CHELA_TRY(root_["agents"]["entries"].want_object());
    for (const auto& agent : root_["agents"]["list"].items()) {
      CHELA_TRY(const auto id, agent["id"].text());
      if (!id || id->empty()) return agent["id"].refuse("the agent's id");
      CHELA_TRY(read_agent(*id, agent));
    }
    for (const auto& [id, agent] : root_["agents"]["entries"].members())
      CHELA_TRY(read_agent(id, agent));
    if (!has_default_ && !first_agent_.empty()) read_.default_agent = first_agent_;
    return {};
  }

  Result<void> read_logging() {
    const auto logging = root_["logging"];
    CHELA_TRY(logging.want_object());
    CHELA_TRY(const auto redact, logging["redactSensitive"].text());
    using Redact = LoggingSettings::Redact;
    if (redact && *redact != "off" && *redact != "tools" && *redact != "all")
      return logging["redactSensitive"].refuse("off, tools or all");
    if (redact)
      read_.logging.redact_sensitive = *redact == "off"   ? Redact::off
                                       : *redact == "all" ? Redact::all
                                                          : Redact::tools;
    CHELA_TRY(read_.logging.redact_patterns, logging["redactPatterns"].texts());
    return {};
  }

  Look root_;
  Look defaults_;
  ModelSettings read_;
  bool has_default_ = false;
  std::string first_agent_;
};

}  // namespace

Result<ModelSettings> read_model_settings(const OpenClaw& openclaw) {
  return Reader(openclaw).read();
}

std::optional<std::pair<std::string, std::string>> split_model_ref(const std::string& ref) {
  const auto slash = ref.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == ref.size()) return std::nullopt;
  return std::pair(ref.substr(0, slash), ref.substr(slash + 1));
}

}  // namespace chela::config
