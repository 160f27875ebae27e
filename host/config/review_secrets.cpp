// The review's rules on secrets: in plain text, guessable, in readable files, let into logs.
#include <array>

#include "base/text.h"
#include "config/plain_secrets.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

constexpr std::size_t kShortestToken = 16;

void replace(ReviewFinding& finding, const PlainSecret& secret) {
  if (secret.is_environment_entry) {
    finding.edits.push_back({Edit::What::remove, secret.at.pointer(), nullptr, secret.variable});
    return;
  }
  ReviewBench::set_variable(finding, secret.at.pointer(), secret.variable);
  // The word in front is no secret, and the variable should hold nothing else.
  if (secret.at.raw().get_string().starts_with("Bearer "))
    finding.edits.back().value = json::string("Bearer ${" + secret.variable + "}");
}

// Adds `secret` to the finding of this rule, which is made where it is the first.
void report(ReviewBench& bench, const PlainSecret& secret, const char* rule, Severity severity,
            const char* why) {
  for (auto& finding : bench.findings()) {
    if (finding.rule != rule) continue;
    ReviewBench::also(finding, secret.at, bench.input().openclaw);
    replace(finding, secret);
    return;
  }
  replace(bench.add(rule, severity, secret.at, why), secret);
}

// Whether a secret in plain text was found.
bool judge_plain(ReviewBench& bench) {
  bool has_real = false;
  for (const auto& secret : plain_secrets(bench.root())) {
    const auto& path = secret.at.path();
    const bool is_door =
        path == "gateway.auth.token" || path == "gateway.auth.password" || path == "hooks.token";
    const bool is_short = secret.at.raw().get_string().size() < kShortestToken;
    if (is_door && (secret.is_placeholder || is_short)) {
      report(bench, secret, "guessable-token", Severity::crit,
             "A placeholder or fewer than 16 characters guard full control of the agents. Make "
             "one with openssl rand -hex 32 and keep it in .env.");
      continue;
    }
    if (secret.is_placeholder) {
      report(bench, secret, "placeholder-secret", Severity::warn,
             "A placeholder stands where a secret belongs. Put a ${NAME} here, not the secret, and "
             "the secret into .env (mode 0600).");
      continue;
    }
    has_real = true;
    report(bench, secret, "plain-secret", Severity::crit,
           "A secret in plain text: it goes into backups, screenshots and every tool that reads "
           "this file. Keep it in .env (mode 0600) and change it where others saw it.");
  }
  return has_real;
}

void judge_files(ReviewBench& bench, bool has_plain_secrets) {
  for (const auto& fact : bench.input().files) {
    const bool is_writable = (fact.mode & 0022) != 0;
    const bool is_readable = (fact.mode & 0077) != 0;
    if (!is_writable && !is_readable && fact.is_ours) continue;
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", fact.mode & 07777);
    ReviewFinding finding;
    const bool is_bad = is_writable || fact.is_env_file || has_plain_secrets;
    finding.rule = "file-mode";
    finding.severity = is_bad ? Severity::crit : Severity::warn;
    finding.places.push_back({fact.path.string(), "", {fact.path, {}}});
    finding.why = !fact.is_ours ? "The file belongs to somebody else, who can change it and read "
                                  "what is in it."
                  : is_writable
                      ? std::string("Mode ") + mode.data() +
                            ": others may write to it, and so decide what your agents do."
                      : std::string("Mode ") + mode.data() +
                            ": others on this machine can read it; it holds or leads to secrets.";
    finding.snippet = std::string(fact.is_ours ? "chmod 600 " : "chown \"$USER\" ") +
                      base::printable(fact.path.string(), 500);
    finding.kept_by = {"nobody"};
    bench.findings().push_back(std::move(finding));
  }
}

void judge_redaction(ReviewBench& bench) {
  const auto logging = bench.root()["logging"];
  const auto redact = logging["redactSensitive"];
  const auto patterns = logging["redactPatterns"];
  if (text_of(redact) == "off") {
    auto& finding = bench.add("redaction-off", Severity::crit, redact,
                              "Keys that a tool prints go into logs, and from there into reports "
                              "and other people's mail.");
    if (bench.is_old()) {
      ReviewBench::set(finding, redact.pointer(), "tools");
    } else {
      finding.edits.push_back({Edit::What::remove, redact.pointer(), nullptr, ""});
    }
  }
  if (bench.is_old() && !redact.exists()) {
    auto& finding = bench.add("redaction-unset", Severity::info, redact,
                              "Whether secrets are taken out of logs is left to a default "
                              "(tools). Write it down.");
    ReviewBench::set(finding, redact.pointer(), "tools");
  }
  if (!patterns.items().empty()) {
    bench.add("patterns-replace", Severity::info, patterns,
              "In OpenClaw these replace its own patterns for logs instead of adding to them; in "
              "chela they add to its own.");
  }
  if (bench.is_old() && (redact.exists() || patterns.exists())) {
    bench.add("redaction-inert", Severity::info, redact.exists() ? redact : patterns,
              "OpenClaw's npm package of 2026.2 ignores both keys of redaction and always uses its "
              "defaults, which miss AKIA.., JWTs, passwords in URLs and 1Password tokens.");
  }
}

}  // namespace

void review_secrets(ReviewBench& bench) {
  judge_files(bench, judge_plain(bench));
  judge_redaction(bench);
}

}  // namespace chela::config
