// The table behind review_keys.h, as data. Sources: `config validate`, `doctor` and the code of
// 2026.9.6 and 2026.2.17, tried on a configuration of each era.
#include "config/review_key_table.h"

namespace chela::config {
namespace {

using S = KeyStatus;
using C = KeyFact::Chela;

constexpr KeyFact kFacts[] = {
    {"meta", S::accepts, S::accepts, C::no, ""},
    {"wizard", S::accepts, S::accepts, C::no, ""},
    {"update", S::accepts, S::accepts, C::no, ""},
    {"env", S::accepts, S::accepts, C::no, ""},
    {"auth", S::accepts, S::accepts, C::no, ""},
    {"auth.cooldowns", S::accepts, S::rejects, C::no, "The times are fixed in 2026.9."},
    {"models", S::accepts, S::accepts, C::routes, ""},
    {"logging", S::accepts, S::accepts, C::no, ""},
    {"logging.redactSensitive", S::ignores, S::rejects, C::keeps,
     "2026.9 always redacts; 2026.2's npm package ignores the key."},
    {"logging.redactPatterns", S::ignores, S::accepts, C::keeps, ""},
    {"agents.defaults", S::accepts, S::accepts, C::no, ""},
    {"agents.defaults.model", S::accepts, S::accepts, C::routes, ""},
    {"agents.defaults.models", S::accepts, S::accepts, C::routes, ""},
    {"agents.defaults.modelPolicy", S::rejects, S::accepts, C::no, ""},
    {"agents.defaults.workspace", S::accepts, S::accepts, C::keeps, ""},
    {"agents.defaults.userTimezone", S::accepts, S::accepts, C::keeps, ""},
    {"agents.defaults.maxConcurrent", S::accepts, S::accepts, C::routes,
     "OpenClaw caps runs, not requests or cost."},
    {"agents.defaults.subagents", S::accepts, S::accepts, C::no, ""},
    {"agents.defaults.subagents.maxConcurrent", S::accepts, S::accepts, C::routes, ""},
    {"agents.defaults.memorySearch", S::accepts, S::rejects, C::no, "2026.9 has memory.search."},
    {"agents.defaults.contextPruning", S::ignores, S::accepts, C::no,
     "The code that prunes is not in 2026.2's npm packages."},
    {"agents.defaults.contextPruning.keepLastAssistants", S::ignores, S::rejects, C::no, ""},
    {"agents.defaults.contextPruning.softTrimRatio", S::ignores, S::rejects, C::no, ""},
    {"agents.defaults.contextPruning.hardClearRatio", S::ignores, S::rejects, C::no, ""},
    {"agents.defaults.contextPruning.minPrunableToolChars", S::ignores, S::rejects, C::no, ""},
    {"agents.defaults.contextPruning.softTrim", S::ignores, S::rejects, C::no, ""},
    {"agents.defaults.compaction", S::accepts, S::accepts, C::no, ""},
    {"agents.defaults.compaction.memoryFlush.prompt", S::accepts, S::rejects, C::no,
     "2026.9 has a prompt of its own."},
    {"agents.defaults.compaction.memoryFlush.systemPrompt", S::accepts, S::rejects, C::no, ""},
    {"agents.defaults.compaction.memoryFlush.model", S::rejects, S::accepts, C::no, ""},
    {"agents.defaults.compaction.memoryFlush.forceFlushTranscriptBytes", S::rejects, S::accepts,
     C::no, ""},
    {"agents.defaults.heartbeat", S::accepts, S::accepts, C::no, ""},
    {"agents.defaults.heartbeat.model", S::accepts, S::accepts, C::routes, ""},
    {"agents.defaults.heartbeat.ackMaxChars", S::accepts, S::rejects, C::no, "Fixed at 300."},
    {"agents.defaults.heartbeat.includeReasoning", S::accepts, S::rejects, C::no, ""},
    {"agents.defaults.heartbeat.suppressToolErrorWarnings", S::accepts, S::rejects, C::no, ""},
    {"agents.defaults.heartbeat.agentId", S::rejects, S::accepts, C::no, ""},
    {"agents.defaults.heartbeat.directPolicy", S::rejects, S::accepts, C::no, ""},
    {"agents.defaults.heartbeat.timeoutSeconds", S::rejects, S::accepts, C::no, ""},
    {"agents.defaults.heartbeat.lightContext", S::rejects, S::accepts, C::no, ""},
    {"agents.defaults.heartbeat.isolatedSession", S::rejects, S::accepts, C::no, ""},
    {"agents.list", S::accepts, S::moves, C::no, "Its doctor makes agents.entries of it."},
    {"agents.list.*.model", S::accepts, S::moves, C::routes, ""},
    {"agents.list.*.heartbeat.model", S::accepts, S::moves, C::routes, ""},
    {"agents.list.*.heartbeat.ackMaxChars", S::accepts, S::rejects, C::no, ""},
    {"agents.list.*.heartbeat.includeReasoning", S::accepts, S::rejects, C::no, ""},
    {"agents.list.*.heartbeat.suppressToolErrorWarnings", S::accepts, S::rejects, C::no, ""},
    {"agents.entries", S::rejects, S::accepts, C::no, "2026.2 has agents.list."},
    {"agents.entries.*.model", S::rejects, S::accepts, C::routes, ""},
    {"agents.entries.*.heartbeat.model", S::rejects, S::accepts, C::routes, ""},
    {"memory", S::accepts, S::accepts, C::no, ""},
    {"memory.search", S::rejects, S::accepts, C::no, "2026.2 has agents.defaults.memorySearch."},
    {"tools", S::accepts, S::accepts, C::no, ""},
    {"tools.loopDetection", S::ignores, S::accepts, C::no, "2026.2 warns, but the run goes on."},
    {"tools.web.search.apiKey", S::accepts, S::rejects, C::no, ""},
    {"tools.media.audio.models", S::accepts, S::rejects, C::no, ""},
    {"messages", S::accepts, S::accepts, C::no, ""},
    {"messages.tts", S::accepts, S::rejects, C::no, ""},
    {"commands", S::accepts, S::accepts, C::no, ""},
    {"hooks", S::accepts, S::accepts, C::no, ""},
    {"channels", S::accepts, S::accepts, C::no, ""},
    {"cron", S::accepts, S::accepts, C::no, ""},
    {"gateway", S::accepts, S::accepts, C::no, ""},
    {"gateway.tailscale.resetOnExit", S::accepts, S::rejects, C::no, ""},
    {"plugins", S::accepts, S::accepts, C::no, ""},
    {"mcp", S::rejects, S::accepts, C::no, ""},
    {"secrets", S::rejects, S::accepts, C::no, ""},
};

}  // namespace

std::span<const KeyFact> key_table() {
  return kFacts;
}

}  // namespace chela::config
