// One configuration for each rule of the review that it speaks of, and one that it is silent about.
#pragma once

#include <span>

#include "config/review.h"

namespace chela::config {

struct ReviewCase {
  const char* rule;
  OpenClawVersion version;
  const char* bad;  // what stands inside the braces of openclaw.json
  Severity severity;
  const char* path;  // of the first place
  const char* good;
  bool is_mended = true;  // by the patch
};

inline constexpr auto kOld = OpenClawVersion::v2026_2;
inline constexpr auto kNew = OpenClawVersion::v2026_9;

inline constexpr ReviewCase kReviewCases[] = {
    // Models
    {"no-default-model", kOld,
     "models: {providers: {ollama: {baseUrl: 'http://127.0.0.1', models: "
     "[{id: 'qwen'}]}}}",
     Severity::warn, "agents.defaults.model", "agents: {defaults: {model: 'openai/gpt-5-mini'}}"},
    {"no-default-model", kOld, "", Severity::warn, "agents.defaults.model",
     "agents: {defaults: {model: {primary: 'x/y'}}}", false},
    {"expensive-default", kOld,
     "agents: {defaults: {model: {primary: 'anthropic/claude-opus-4-6', fallbacks: "
     "['openai/gpt-5-mini', 'kimi-coding/k2p5']}}}",
     Severity::warn, "agents.defaults.model",
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: ['a/b']}}}"},
    {"expensive-default", kOld,
     "agents: {defaults: {model: 'sonnet', models: {'anthropic/claude-sonnet-4-5': {alias: "
     "'sonnet'}, 'openai/gpt-5-mini': {}}}}",
     Severity::warn, "agents.defaults.model",
     "agents: {defaults: {model: 'mini', models: {'openai/gpt-5-mini': {alias: 'mini'}}}}"},
    {"expensive-default", kNew,
     "agents: {defaults: {model: 'openai/gpt-5-mini'}, entries: {main: {default: true, model: "
     "'openai/gpt-5'}}}",
     Severity::warn, "agents.entries.main.model",
     "agents: {defaults: {model: 'openai/gpt-5-mini'}, entries: {main: {default: true}, architect: "
     "{model: 'anthropic/claude-opus-4-6'}}}"},
    {"no-fallbacks", kOld,
     "agents: {defaults: {model: 'openai/gpt-5-mini', models: {'kimi-coding/k2p5': {}}}}",
     Severity::warn, "agents.defaults.model",
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: "
     "['kimi-coding/k2p5']}}}"},
    {"agent-fallbacks-inert", kOld,
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini'}}, list: [{id: 'r', model: "
     "{primary: "
     "'kimi-coding/k2p5', fallbacks: ['openai/gpt-5-nano']}}]}",
     Severity::warn, "agents.list[0].model.fallbacks",
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: ['openai/gpt-5-nano']}},"
     " list: [{id: 'r', model: {primary: 'kimi-coding/k2p5', fallbacks: ['openai/gpt-5-nano']}}]}"},
    {"strict-agent", kOld,
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: ['kimi-coding/k2p5']}}, "
     "list: [{id: 'a', model: 'openai/gpt-5-nano'}]}",
     Severity::info, "agents.list[0].model",
     "agents: {list: [{id: 'a', model: {primary: 'openai/gpt-5-nano', fallbacks: ['a/b']}}]}"},
    {"one-provider-chain", kOld,
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: ['openai/gpt-5-nano']}, "
     "models: {'kimi-coding/k2p5': {}}}}",
     Severity::info, "agents.defaults.model",
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: "
     "['kimi-coding/k2p5']}}}"},
    {"expensive-fallback", kNew,
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: ['kimi-coding/k2p5', "
     "'anthropic/claude-opus-4-6']}}}",
     Severity::info, "agents.defaults.model.fallbacks",
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: "
     "['kimi-coding/k2p5']}}}"},
    {"provider-cleartext", kOld,
     "models: {providers: {p: {baseUrl: 'http://user@models.example.org:8080/v1'}}}",
     Severity::crit, "models.providers.p.baseUrl",
     "models: {providers: {p: {baseUrl: 'http://127.0.0.1:8080/v1'}, q: {baseUrl: "
     "'http://[::1]:80'}, r: {baseUrl: 'https://models.example.org'}}}",
     false},
    {"price-zero", kOld,
     "models: {providers: {p: {baseUrl: 'https://x', models: [{id: 'm', cost: {input: 0, output: "
     "0}}]}}}",
     Severity::info, "models.providers.p.models",
     "models: {providers: {p: {baseUrl: 'https://x', models: [{id: 'm', cost: {input: 1, output: "
     "2}}]}}}",
     false},
    {"subscription-token", kOld,
     "auth: {profiles: {'anthropic:default': {provider: 'anthropic', mode: 'token'}}}",
     Severity::info, "auth.profiles.anthropic:default.mode",
     "auth: {profiles: {'anthropic:default': {provider: 'anthropic', mode: 'api_key'}}}", false},
    // Heartbeat
    {"model-heartbeat", kOld, "agents: {defaults: {heartbeat: {every: '15m'}}}", Severity::warn,
     "agents.defaults.heartbeat.every", "agents: {defaults: {heartbeat: {every: '0m'}}}"},
    {"model-heartbeat", kNew,
     "agents: {defaults: {heartbeat: {every: '0m'}}, entries: {a: {heartbeat: {every: '1h'}}}}",
     Severity::warn, "agents.defaults.heartbeat.every",
     "agents: {defaults: {heartbeat: {every: '0m'}}, entries: {a: {heartbeat: {every: '0m'}}}}"},
    {"expensive-heartbeat", kOld,
     "agents: {defaults: {model: 'openai/gpt-5-nano', heartbeat: {model: "
     "'anthropic/claude-opus-4-6'}}}",
     Severity::crit, "agents.defaults.heartbeat.model",
     "agents: {defaults: {model: 'anthropic/claude-opus-4-6', heartbeat: {model: "
     "'openai/gpt-5-nano'}}}"},
    {"expensive-heartbeat", kOld, "agents: {defaults: {model: 'anthropic/claude-sonnet-4-5'}}",
     Severity::crit, "agents.defaults.heartbeat.model",
     "agents: {defaults: {model: 'anthropic/claude-sonnet-4-5', heartbeat: {every: '0m'}}}"},
    {"expensive-heartbeat", kOld,
     "agents: {defaults: {model: 'openai/gpt-5-nano'}, list: [{id: 'a', heartbeat: {model: "
     "'openai/gpt-5'}}]}",
     Severity::crit, "agents.list[0].heartbeat.model",
     "agents: {defaults: {model: 'openai/gpt-5-nano', heartbeat: {model: 'openai/gpt-5'}}, list: "
     "[{id: 'a', heartbeat: {model: 'openai/gpt-5-nano'}}]}"},
    {"heartbeat-fallback", kOld,
     "agents: {defaults: {model: {primary: 'anthropic/claude-sonnet-4-5', fallbacks: ['a/b']}, "
     "heartbeat: {model: 'openai/gpt-5-nano'}}}",
     Severity::warn, "agents.defaults.heartbeat.model",
     "agents: {defaults: {model: {primary: 'openai/gpt-5-mini', fallbacks: ['a/b']}, heartbeat: "
     "{model: 'openai/gpt-5-nano'}}}",
     false},
    {"active-hours-empty", kOld,
     "agents: {defaults: {heartbeat: {activeHours: {start: '08:00', end: '08:00'}}}}",
     Severity::crit, "agents.defaults.heartbeat.activeHours",
     "agents: {defaults: {heartbeat: {activeHours: {start: '00:00', end: '24:00'}}}}"},
    {"active-hours-unreadable", kOld,
     "agents: {defaults: {heartbeat: {activeHours: {start: '8am', end: '22:00'}}}}", Severity::warn,
     "agents.defaults.heartbeat.activeHours",
     "agents: {defaults: {heartbeat: {activeHours: {start: '22:00', end: '06:00'}}}}"},
    {"heartbeat-every-unreadable", kOld, "agents: {defaults: {heartbeat: {every: 'often'}}}",
     Severity::warn, "agents.defaults.heartbeat.every",
     "agents: {defaults: {heartbeat: {every: 45}}}"},
    {"no-active-hours", kOld, "", Severity::info, "agents.defaults.heartbeat.activeHours",
     "agents: {defaults: {heartbeat: {every: '0m'}}}"},
    {"heartbeat-shared-session", kNew, "agents: {defaults: {heartbeat: {isolatedSession: true}}}",
     Severity::info, "agents.defaults.heartbeat.lightContext",
     "agents: {defaults: {heartbeat: {isolatedSession: true, lightContext: true}}}"},
    // Limits
    {"no-agent-cap", kOld, "agents: {defaults: {}}", Severity::warn,
     "agents.defaults.maxConcurrent", "agents: {defaults: {maxConcurrent: 2}}"},
    {"no-subagent-cap", kNew, "", Severity::warn, "agents.defaults.subagents.maxConcurrent",
     "agents: {defaults: {subagents: {maxConcurrent: 2}}}"},
    {"loop-detection-off", kNew, "tools: {loopDetection: {enabled: false}}", Severity::warn,
     "tools.loopDetection.enabled", "tools: {loopDetection: {enabled: true}}"},
    {"no-pruning", kOld, "", Severity::warn, "agents.defaults.contextPruning",
     "agents: {defaults: {contextPruning: {mode: 'cache-ttl'}}}"},
    {"no-pruning", kNew, "agents: {defaults: {contextPruning: {mode: 'off'}}}", Severity::warn,
     "agents.defaults.contextPruning", "agents: {defaults: {contextPruning: {mode: 'cache-ttl'}}}"},
    {"pruning-inert", kOld, "agents: {defaults: {contextPruning: {mode: 'cache-ttl'}}}",
     Severity::info, "agents.defaults.contextPruning", "", false},
    {"pruning-not-eligible", kNew,
     "agents: {defaults: {model: 'openai/gpt-5-mini', contextPruning: {mode: 'cache-ttl'}}}",
     Severity::info, "agents.defaults.contextPruning",
     "agents: {defaults: {model: 'openrouter/anthropic/claude-haiku-4.5', contextPruning: {mode: "
     "'cache-ttl'}}}",
     false},
    {"no-memory-flush", kOld, "agents: {defaults: {compaction: {memoryFlush: {enabled: false}}}}",
     Severity::warn, "agents.defaults.compaction.memoryFlush.enabled",
     "agents: {defaults: {compaction: {memoryFlush: {enabled: true}}}}"},
    {"memory-flush-unset", kNew, "agents: {defaults: {compaction: {}}}", Severity::info,
     "agents.defaults.compaction.memoryFlush",
     "agents: {defaults: {compaction: {memoryFlush: {enabled: true}}}}"},
    {"flush-never", kOld,
     "agents: {defaults: {contextTokens: 60000, compaction: {memoryFlush: {softThresholdTokens: "
     "40000}}}}",
     Severity::crit, "agents.defaults.compaction.memoryFlush.softThresholdTokens",
     "agents: {defaults: {contextTokens: 60001, compaction: {memoryFlush: {softThresholdTokens: "
     "40000}}}}"},
    {"flush-never", kNew,
     "agents: {defaults: {model: 'p/small', compaction: {memoryFlush: {softThresholdTokens: "
     "7000}}}}, models: {providers: {p: {baseUrl: 'http://127.0.0.1', models: [{id: 'small', "
     "contextWindow: 8000}]}}}",
     Severity::crit, "agents.defaults.compaction.memoryFlush.softThresholdTokens",
     "agents: {defaults: {model: 'p/small', compaction: {memoryFlush: {softThresholdTokens: "
     "5000}}}}, models: {providers: {p: {baseUrl: 'http://127.0.0.1', models: [{id: 'small', "
     "contextWindow: 8000}]}}}"},
    {"flush-threshold", kOld,
     "agents: {defaults: {compaction: {memoryFlush: {softThresholdTokens: 40000}}}}",
     Severity::info, "agents.defaults.compaction.memoryFlush.softThresholdTokens",
     "agents: {defaults: {compaction: {memoryFlush: {softThresholdTokens: 4000}}}}", false},
    {"flush-token", kOld,
     "agents: {defaults: {compaction: {memoryFlush: {prompt: 'Save. NO_FLUSH if nothing.'}}}}",
     Severity::info, "agents.defaults.compaction.memoryFlush.prompt",
     "agents: {defaults: {compaction: {memoryFlush: {prompt: 'Save. NO_REPLY if nothing.'}}}}"},
    // Memory
    {"exact-ids-lost", kOld, "", Severity::warn, "agents.defaults.memorySearch.query.minScore",
     "agents: {defaults: {memorySearch: {query: {minScore: 0.3}}}}"},
    {"exact-ids-lost", kOld,
     "agents: {defaults: {memorySearch: {query: {hybrid: {vectorWeight: 0.9, textWeight: 0.1}}}}}",
     Severity::warn, "agents.defaults.memorySearch.query.minScore",
     "agents: {defaults: {memorySearch: {enabled: false}}}"},
    {"session-memory-off", kOld,
     "agents: {defaults: {memorySearch: {sources: ['memory', 'sessions']}}}", Severity::warn,
     "agents.defaults.memorySearch.sources",
     "agents: {defaults: {memorySearch: {sources: ['memory', 'sessions'], experimental: "
     "{sessionMemory: true}}}}"},
    {"recency-decay", kNew, "", Severity::info, "memory.search",
     "memory: {search: {enabled: false}}", false},
    // Gateway
    {"gateway-exposed", kOld, "gateway: {bind: 'lan'}", Severity::crit, "gateway.bind",
     "gateway: {bind: 'loopback'}"},
    {"gateway-without-auth", kOld, "gateway: {auth: {mode: 'none', token: 'x'}}", Severity::crit,
     "gateway.auth.mode", "gateway: {auth: {mode: 'token', token: '${GATEWAY_TOKEN}'}}"},
    {"gateway-without-auth", kNew, "gateway: {bind: 'tailnet', auth: {mode: 'password'}}",
     Severity::crit, "gateway.auth",
     "gateway: {auth: {mode: 'password', password: {source: 'env', provider: 'd', id: 'P'}}}"},
    {"gateway-without-auth", kOld, "", Severity::info, "gateway.auth",
     "gateway: {auth: {token: '${GATEWAY_TOKEN}'}}"},
    {"gateway-public", kOld, "gateway: {tailscale: {mode: 'funnel'}}", Severity::crit,
     "gateway.tailscale.mode", "gateway: {tailscale: {mode: 'serve'}}"},
    {"tailscale-instead-of-token", kOld,
     "gateway: {auth: {allowTailscale: true}, tailscale: {mode: 'serve'}}", Severity::warn,
     "gateway.auth.allowTailscale",
     "gateway: {auth: {allowTailscale: true}, tailscale: {mode: 'off'}}"},
    {"insecure-control-ui", kOld, "gateway: {controlUi: {allowInsecureAuth: true}}", Severity::info,
     "gateway.controlUi.allowInsecureAuth", "gateway: {controlUi: {allowInsecureAuth: false}}"},
    {"insecure-control-ui", kOld, "gateway: {bind: 'lan', controlUi: {allowInsecureAuth: true}}",
     Severity::crit, "gateway.controlUi.allowInsecureAuth", "gateway: {bind: 'lan'}"},
    {"endpoint-exposed", kOld,
     "gateway: {bind: 'lan', http: {endpoints: {chatCompletions: {enabled: true}}}}",
     Severity::warn, "gateway.http.endpoints.chatCompletions.enabled",
     "gateway: {http: {endpoints: {chatCompletions: {enabled: true}}}}"},
    // Channels, hooks, tools
    {"channel-open", kOld, "channels: {telegram: {dmPolicy: 'open'}}", Severity::crit,
     "channels.telegram.dmPolicy", "channels: {telegram: {enabled: false, dmPolicy: 'open'}}"},
    {"channel-open", kOld, "channels: {discord: {dm: {policy: 'open'}}}", Severity::crit,
     "channels.discord.dm.policy", "channels: {discord: {dm: {policy: 'pairing'}}}"},
    {"group-open", kNew, "channels: {slack: {groupPolicy: 'open'}}", Severity::warn,
     "channels.slack.groupPolicy", "channels: {slack: {groupPolicy: 'allowlist'}}"},
    {"hooks-token", kOld, "hooks: {enabled: true, allowedAgentIds: ['main']}", Severity::crit,
     "hooks.token", "hooks: {enabled: true, token: '${HOOKS}', allowedAgentIds: ['main']}"},
    {"hooks-token", kOld, "hooks: {enabled: true, token: '${T}'}, gateway: {auth: {token: '${T}'}}",
     Severity::warn, "hooks.token",
     "hooks: {enabled: true, token: '${H}'}, gateway: {auth: {token: '${T}'}}"},
    {"hooks-any-agent", kNew, "hooks: {enabled: true, token: '${H}'}", Severity::info,
     "hooks.allowedAgentIds", "hooks: {internal: {enabled: true}}"},
    {"write-denied-exec-allowed", kOld, "tools: {deny: ['write']}", Severity::warn, "tools.deny",
     "tools: {deny: ['write', 'exec']}"},
    {"write-denied-exec-allowed", kOld, "agents: {list: [{id: 'a', tools: {deny: ['edit']}}]}",
     Severity::warn, "agents.list[0].tools.deny",
     "agents: {list: [{id: 'a', tools: {allow: ['read'], deny: ['edit']}}]}"},
    {"allow-and-also-allow", kOld, "tools: {allow: ['read'], alsoAllow: ['exec']}", Severity::warn,
     "tools.alsoAllow", "tools: {alsoAllow: ['exec']}", false},
    {"elevated-for-all", kOld, "tools: {elevated: {allowFrom: {discord: ['*']}}}", Severity::crit,
     "tools.elevated.allowFrom.discord", "tools: {elevated: {allowFrom: {discord: ['123']}}}",
     false},
    {"tools-unfiltered", kOld, "tools: {profile: 'full'}", Severity::info, "tools.profile",
     "tools: {profile: 'full', deny: ['exec']}", false},
    {"two-dialects", kOld, "agents: {list: [{id: 'a'}], entries: {b: {}}}", Severity::warn,
     "agents.entries", "agents: {list: [{id: 'a'}]}", false},
    // Secrets
    {"guessable-token", kOld, "gateway: {auth: {mode: 'token', token: 'letmein'}}", Severity::crit,
     "gateway.auth.token",
     "gateway: {auth: {mode: 'token', token: '0123456789abcdef0123456789abcdef'}}"},
    {"placeholder-secret", kOld, "channels: {telegram: {botToken: '<YOUR_BOT_TOKEN>'}}",
     Severity::warn, "channels.telegram.botToken",
     "channels: {telegram: {botToken: '${TELEGRAM_BOT_TOKEN}'}}"},
    {"plain-secret", kOld,
     "models: {providers: {acme: {baseUrl: 'https://x', apiKey: 'c0ffee', headers: "
     "{Authorization: 'Bearer c0ffee'}}}}, env: {ACME_KEY: 'sk-0123456789abcdefghij'}, other: "
     "{url: 'postgres://u:pw@db/x'}",
     Severity::crit, "models.providers.acme.apiKey",
     "models: {providers: {acme: {baseUrl: 'https://x', apiKey: 'ACME_API_KEY'}, near: {baseUrl: "
     "'http://127.0.0.1', apiKey: 'ollama-local'}}}, other: {url: 'postgres://u:${PW}@db/x'}, "
     "agents: {defaults: {contextTokens: 5}}, auth: {mode: 'token'}"},
    {"redaction-off", kOld, "logging: {redactSensitive: 'off'}", Severity::crit,
     "logging.redactSensitive", "logging: {redactSensitive: 'all'}"},
    {"redaction-off", kNew, "logging: {redactSensitive: 'off'}", Severity::crit,
     "logging.redactSensitive", "logging: {}"},
    {"redaction-unset", kOld, "", Severity::info, "logging.redactSensitive",
     "logging: {redactSensitive: 'tools'}"},
    {"patterns-replace", kNew, "logging: {redactPatterns: ['a+']}", Severity::info,
     "logging.redactPatterns", "logging: {redactPatterns: []}", false},
    {"redaction-inert", kOld, "logging: {redactSensitive: 'all'}", Severity::info,
     "logging.redactSensitive", "", false},
    // The document
    {"variable-unset", kOld, "gateway: {auth: {token: '${NOT_SET}'}}", Severity::warn,
     "gateway.auth.token", "gateway: {auth: {token: '$${NOT_SET}'}}", false},
    {"variable-unset", kNew, "env: {A: 'x ${NOT_SET}'}", Severity::info, "env.A",
     "env: {A: '${HOME}'}", false},
    // Keys (these are judged with --for)
    {"keys-rejected", kNew,
     "agents: {defaults: {memorySearch: {provider: 'openai'}, contextPruning: {mode: 'cache-ttl', "
     "keepLastAssistants: 3}}}, messages: {tts: {auto: 'inbound'}}",
     Severity::crit, "agents.defaults.memorySearch",
     "memory: {search: {provider: 'openai'}}, agents: {defaults: {contextPruning: {mode: "
     "'cache-ttl'}}}"},
    {"keys-rejected", kOld,
     "agents: {entries: {main: {model: 'a/b'}, r: {}}}, memory: {search: {provider: 'x'}}",
     Severity::crit, "agents.entries.main.model", "agents: {list: [{id: 'main'}]}"},
    {"secret-ref-rejected", kOld,
     "models: {providers: {p: {baseUrl: 'https://x', apiKey: {source: 'env', provider: 'd', id: "
     "'P_KEY'}}}}",
     Severity::crit, "models.providers.p.apiKey",
     "models: {providers: {p: {baseUrl: 'https://x', apiKey: '${P_KEY}'}}}"},
    {"keys-ignored", kOld, "tools: {loopDetection: {enabled: true}}", Severity::info,
     "tools.loopDetection", "tools: {profile: 'coding'}", false},
    {"keys-moved", kNew, "agents: {list: [{id: 'a', model: 'a/b'}]}", Severity::info,
     "agents.list[0].id", "agents: {entries: {a: {model: 'a/b'}}}", false},
};

}  // namespace chela::config
