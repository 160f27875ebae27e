// What an openclaw.json says about models: who uses which, behind whom, at which provider, how many
// at once, and what of it is kept out of logs. Pure; both dialects (2026.2 and 2026.9).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chela/result.h"
#include "config/openclaw.h"

namespace chela::config {

// Refs are "provider/model" with aliases resolved, split at the first '/' (see split_model_ref).
struct ModelChoice {
  std::string primary;  // "" where the file names none
  std::vector<std::string> fallbacks;
  // The agent names its primary and no fallbacks of its own: nobody else may answer for it.
  bool is_strict = false;
};

// USD micros per million tokens, which is the same number as pico-USD per token: 0.05 is 50'000.
struct ModelPrice {
  std::optional<std::int64_t> input, output, cache_read, cache_write;
};

// A value that is, or may hold, a secret.
struct SecretText {
  enum class Kind {
    reference,  // `text` is a house reference: "env:NAME", "file:/path", "op://vault/item/field"
    literal,    // `text` is the secret itself, in plain text in the file: never print it
    mixed,      // `text` is plain with ${NAME} in it, such as "Bearer ${TOKEN}": never print it
    foreign,    // only OpenClaw can resolve it; `text` says what it is: "exec vault providers/x"
  } kind = Kind::literal;
  std::string text;
};

struct ConfiguredModel {
  std::string id;  // on the wire
  std::string name;
  ModelPrice cost;
  std::optional<std::int64_t> context_window, max_tokens;
  bool reasoning = false;
  std::vector<std::string> input;  // "text", "image"
};

struct ConfiguredProvider {
  std::string id;
  std::string base_url;  // ${NAME} filled in
  std::string api;       // "openai-completions", "anthropic-messages", ...; "" = not said
  std::optional<SecretText> api_key;
  std::vector<std::pair<std::string, SecretText>> headers;
  bool auth_header = false;                     // authHeader: the key goes as Authorization: Bearer
  std::optional<std::int64_t> timeout_seconds;  // the file's unit
  std::vector<ConfiguredModel> models;
};

struct LoggingSettings {
  enum class Redact { off, tools, all } redact_sensitive = Redact::tools;
  std::vector<std::string> redact_patterns;  // as written: "/re/flags" or a bare pattern
};

struct ModelSettings {
  ModelChoice defaults;
  std::map<std::string, ModelChoice> agents;   // every agent of the file; what it leaves out comes
                                               // from the defaults
  std::string default_agent = "main";          // the one with `default: true`, else the first
  std::map<std::string, std::string> aliases;  // "opus" -> "anthropic/claude-opus-4-6"
  std::optional<std::string> heartbeat_model;  // agents.defaults.heartbeat.model
  std::map<std::string, std::string> agent_heartbeat_models;  // only agents with one of their own
  int max_concurrent = 4;
  int subagents_max_concurrent = 8;
  bool replaces_catalogue = false;  // models.mode: "replace"
  std::vector<ConfiguredProvider> providers;
  LoggingSettings logging;
  std::vector<std::string> notes;  // oddities with path, file, line and column; no secret in them
};

// Reads agents.defaults.{model, models, heartbeat.model, maxConcurrent, subagents.maxConcurrent},
// agents.list[] and agents.entries{}, models.{mode, providers}, logging. Keys that it does not know
// are left alone.
//   model  a text is a primary without fallbacks; {primary, fallbacks}. An agent's without its own
//     `fallbacks` is strict; one with only `fallbacks` keeps the default primary.
//   aliases  of names without '/', letter case ignored where nothing fits exactly
//   apiKey, headers  ${NAME}, {source, provider, id} and (apiKey) a bare NAME become references
// Fails with invalid_argument, "file:line:column: path: wanted ..; found .." with no value in it,
// where one of these keys is of a type or a size that means nothing.
Result<ModelSettings> read_model_settings(const OpenClaw& openclaw);

// "synthetic/hf:zai-org/GLM-4.7" -> provider, model; nothing where there is no '/' or a half is
// empty.
std::optional<std::pair<std::string, std::string>> split_model_ref(const std::string& ref);

}  // namespace chela::config
