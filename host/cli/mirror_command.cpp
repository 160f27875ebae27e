// `chela task mirror`: keeps the mirrors like the source now, and says what that took.
#include <cstdio>

#include "base/text.h"
#include "cli/backends.h"
#include "cli/output.h"
#include "cli/session.h"

namespace chela::cli {
namespace {

using heartbeat::MirrorRound;

constexpr Duration kPatience = std::chrono::seconds(30);

// A first round may take many operations; what was done stays, so it may be cut off at any point.
std::vector<MirrorRound> rounds_of(app::Engine& engine, const MirrorCommand& command) {
  const std::string only = command.mirror.empty() ? "*" : command.mirror;
  heartbeat::MirrorWish wish;
  wish.is_dry = command.is_dry;
  wish.believes_removals = command.accepts_removals;
  auto all = wait_for(engine, engine.mirror(only, wish));
  for (auto& round : all) {
    while (round.has_more && (round.problem.empty() || round.is_partial)) {
      auto next = wait_for(engine, engine.mirror(round.mirror, wish));
      if (next.empty() || next.front().done.empty()) break;

      MirrorRound& more = next.front();
      more.done.insert(more.done.begin(), round.done.begin(), round.done.end());
      more.conflicts.insert(more.conflicts.begin(), round.conflicts.begin(), round.conflicts.end());
      round = std::move(more);
    }
  }
  return all;
}

json::object to_json(const MirrorRound& round) {
  json::array done, conflicts;
  for (const auto& line : round.done) done.emplace_back(line);
  for (const auto& line : round.conflicts) conflicts.emplace_back(line);
  return {{"mirror", round.mirror},
          {"source", round.source},
          {"pairs", round.pairs},
          {"done", std::move(done)},
          {"conflicts", std::move(conflicts)},
          {"problem", round.problem}};
}

void print(const MirrorRound& round, bool is_dry) {
  for (const auto& line : round.done)
    std::printf("%s%s\n", is_dry ? "would do: " : "", base::printable(line, 300).c_str());
  for (const auto& line : round.conflicts)
    std::printf("%s  %s\n", tinted(Tone::warn, "conflict").c_str(),
                base::printable(line, 400).c_str());
  if (!round.problem.empty()) {
    std::fprintf(stderr, "chela: %s: %s\n", round.mirror.c_str(),
                 base::printable(round.problem, 600).c_str());
    return;
  }
  const std::string pairs =
      std::to_string(round.pairs) + (round.pairs == 1 ? " task" : " tasks") + " on both sides";
  if (is_dry && !round.done.empty()) {
    std::printf("%s is not like %s yet; %s\n", round.mirror.c_str(), round.source.c_str(),
                pairs.c_str());
    return;
  }
  std::printf("%s is like %s, %s\n", round.mirror.c_str(), round.source.c_str(), pairs.c_str());
}

}  // namespace

int run_mirror(const Global& global, const MirrorCommand& command) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  auto& engine = *(*session)->engine;
  if (!command.mirror.empty()) {
    const auto known = check_backend(engine.setup(), command.mirror);
    if (!known) return report(known.error());
  }
  const auto lock = app::lock_mirrors(engine.setup(), kPatience);
  if (!lock) {
    return report({lock.error().code,
                   "the mirrors are being kept by another chela: " + lock.error().message});
  }
  const auto rounds = rounds_of(engine, command);

  for (const auto& remark : engine.take_remarks())
    std::fprintf(stderr, "chela: %s\n", remark.c_str());
  if (rounds.empty()) {
    return report({ErrorCode::failed_precondition,
                   command.mirror.empty()
                       ? "no task backend is a mirror: enable a second one (chela plugin list)"
                       : command.mirror + " is the source; the mirrors are kept like it"});
  }
  bool is_good = true;
  json::array list;
  for (const auto& round : rounds) {
    is_good = is_good && round.problem.empty();
    if (global.json) {
      list.push_back(to_json(round));
    } else {
      print(round, command.is_dry);
    }
  }
  if (global.json) print_json(json::object{{"mirrors", std::move(list)}});
  return is_good ? kOk : kFailed;
}

}  // namespace chela::cli
