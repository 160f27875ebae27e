// `chela check learn`: runs a check that looks at what there is and proposes a setting.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"

namespace chela::cli {
namespace {

// Whether the plugin says in its note that it answers such a question.
Result<void> can_learn(const app::Setup& setup, const std::string& id) {
  std::vector<std::string> known;
  for (const auto& instance : setup.instances) {
    if (instance.kind != config::Kind::check) continue;
    known.push_back(instance.id);
    if (instance.id != id) continue;
    CHELA_TRY(const auto* file, setup.registry.find(instance.plugin));
    const auto& answers = file->metadata.answers;
    if (std::find(answers.begin(), answers.end(), "learn") != answers.end()) return {};
    return fail(ErrorCode::failed_precondition,
                id + " (" + instance.plugin + ") has nothing to learn");
  }
  const auto meant = base::closest(id, known);
  return fail(ErrorCode::not_found, "no check '" + base::printable(id, 60) + "' is enabled" +
                                        (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
}

}  // namespace

int run_check_learn(const Global& global, const std::string& id) {
  CHELA_CLI_TRY(const auto session, open_session(global));
  app::Engine& engine = *session->engine;
  if (const auto able = can_learn(engine.setup(), id); !able) return report(able.error());
  const auto learned = wait_for(engine, engine.ask_check(id, json::object{{"learn", true}}));
  if (!learned) return report(learned.error());
  if (global.json) {
    json::array findings;
    for (const auto& finding : learned->findings)
      findings.push_back(json::object{{"title", finding.title}, {"detail", finding.detail}});
    print_json(json::object{{"check", id}, {"findings", std::move(findings)}});
    return kOk;
  }
  if (!learned->summary.empty()) std::printf("%s\n", base::printable(learned->summary).c_str());
  for (const auto& finding : learned->findings) {
    std::printf("%s\n", base::printable(finding.title).c_str());
    std::string_view detail = finding.detail;
    while (!detail.empty()) {
      const auto end = std::min(detail.find('\n'), detail.size());
      std::printf("  %s\n", base::printable(detail.substr(0, end)).c_str());
      detail.remove_prefix(std::min(end + 1, detail.size()));
    }
  }
  return kOk;
}

}  // namespace chela::cli
