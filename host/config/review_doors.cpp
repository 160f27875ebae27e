// The review's rules on who may talk to agents (channels, hooks), and what agents may do (tools).
#include "base/text.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

void judge_policy(ReviewBench& bench, const Look& policy, bool is_direct) {
  if (text_of(policy) != "open") return;
  auto& finding =
      is_direct ? bench.add("channel-open", Severity::crit, policy,
                            "Anybody who finds this account gives orders to an agent with tools. "
                            "pairing asks you once for each person.")
                : bench.add("group-open", Severity::warn, policy,
                            "Everybody in any group that the account is in gives orders to an "
                            "agent with tools.");
  ReviewBench::set(finding, policy.pointer(), is_direct ? "pairing" : "allowlist");
}

void judge_channels(ReviewBench& bench) {
  for (const auto& [name, channel] : bench.root()["channels"].members()) {
    if (is_false(channel["enabled"])) continue;
    judge_policy(bench, channel["dmPolicy"], true);
    judge_policy(bench, channel["dm"]["policy"], true);
    judge_policy(bench, channel["groupPolicy"], false);
  }
}

void judge_hooks(ReviewBench& bench) {
  const auto hooks = bench.root()["hooks"];
  if (!is_true(hooks["enabled"])) return;
  const auto token = hooks["token"];
  const auto gateway = bench.root()["gateway"]["auth"]["token"];
  const bool is_missing = !token.exists() || token.raw() == json::value("");
  if (is_missing || (gateway.exists() && gateway.raw() == token.raw())) {
    auto& finding =
        bench.add("hooks-token", is_missing ? Severity::crit : Severity::warn, token,
                  is_missing ? "Hooks are on and ask for no token: whoever reaches the port wakes "
                               "agents with a text of their own."
                             : "Hooks have the gateway's token: whoever may wake an agent can "
                               "operate everything. Give them one of their own.");
    ReviewBench::set_variable(finding, token.pointer(), "OPENCLAW_HOOKS_TOKEN");
  }
  const auto allowed = hooks["allowedAgentIds"];
  if (allowed.exists()) return;
  auto& finding = bench.add("hooks-any-agent", Severity::info, allowed,
                            "A hook may start any agent. Name those that are meant for it.");
  ReviewBench::set(finding, allowed.pointer(), json::array{bench.models().default_agent});
}

// One place where tools are allowed or denied.
void judge_tools(ReviewBench& bench, const Look& tools) {
  const auto deny = tools["deny"];
  const bool denies_writing = lists(deny, "write") || lists(deny, "edit");
  const bool denies_exec = lists(deny, "exec") || lists(deny, "group:runtime") ||
                           lists(deny, "*") || text_of(tools["profile"]) == "minimal" ||
                           (tools["allow"].exists() && !lists(tools["allow"], "exec") &&
                            !lists(tools["allow"], "group:runtime") && !lists(tools["allow"], "*"));
  if (denies_writing && !denies_exec) {
    auto& finding = bench.add("write-denied-exec-allowed", Severity::warn, deny,
                              "Writing is denied, but a shell (exec) is not, and it writes "
                              "anything; write denied does not stop apply_patch, either.");
    auto longer = deny.raw().get_array();
    longer.emplace_back("group:runtime");
    if (!lists(deny, "apply_patch")) longer.emplace_back("apply_patch");
    ReviewBench::set(finding, deny.pointer(), std::move(longer));
  }
  if (tools["allow"].exists() && tools["alsoAllow"].exists()) {
    bench.add("allow-and-also-allow", Severity::warn, tools["alsoAllow"],
              "allow and alsoAllow may not stand in one place: OpenClaw refuses the file. Put all "
              "of it into one of them.");
  }
  for (const auto& [channel, people] : tools["elevated"]["allowFrom"].members()) {
    if (!lists(people, "*")) continue;
    bench
        .add("elevated-for-all", Severity::crit, people,
             "Everybody on this channel may lift the agent's commands out of the sandbox. Name "
             "your own id.")
        .snippet =
        "tools: {elevated: {allowFrom: {" + base::printable(channel, 30) + ": [\"your-id\"]}}},";
  }
}

}  // namespace

void review_doors(ReviewBench& bench) {
  judge_channels(bench);
  judge_hooks(bench);
  const auto tools = bench.root()["tools"];
  judge_tools(bench, tools);
  for (const auto& [id, agent] : bench.agents()) judge_tools(bench, agent["tools"]);
  if (text_of(tools["profile"]) == "full" && !tools["deny"].exists() && !tools["allow"].exists()) {
    bench
        .add("tools-unfiltered", Severity::info, tools["profile"],
             "The profile full filters nothing: every agent, also one that only watches, has a "
             "shell. Narrow the agents that need less.")
        .snippet = bench.is_old()
                       ? "// in an agent of agents.list\ntools: {profile: \"minimal\", alsoAllow: "
                         "[\"read\"]},"
                       : "agents: {entries: {monitor: {tools: {profile: \"minimal\",\n  alsoAllow: "
                         "[\"read\"]}}}},";
  }
  if (bench.root()["agents"]["list"].exists() && bench.root()["agents"]["entries"].exists()) {
    bench.add("two-dialects", Severity::warn, bench.root()["agents"]["entries"],
              "agents.list and agents.entries stand side by side: 2026.2 refuses entries, and "
              "2026.9 moves list into them. Keep one.");
  }
}

}  // namespace chela::config
