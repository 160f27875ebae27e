#include "judge.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace check_http {
namespace {

using chela::ErrorCode;

std::string wanted_statuses(const Target& target) {
  if (target.statuses.empty()) return "200 to 299";
  std::string text;
  for (const int status : target.statuses)
    text += (text.empty() ? "" : " or ") + std::to_string(status);
  return text;
}

bool is_wanted(const Target& target, int status) {
  if (target.statuses.empty()) return status >= 200 && status < 300;
  return std::find(target.statuses.begin(), target.statuses.end(), status) != target.statuses.end();
}

// What is wrong with an answer, "" for nothing.
std::string trouble_of(const Target& target, const chela::FetchReply& reply) {
  if (!is_wanted(target, reply.status)) {
    std::string text =
        "answers " + std::to_string(reply.status) + ", wanted " + wanted_statuses(target);
    if (const auto location = reply.header("location"))
      text += " (it sends to " + chela::untrusted_text(*location, 100) + ")";
    return text;
  }
  if (!target.contains.empty() && reply.body.find(target.contains) == std::string::npos)
    return "lacks '" + chela::untrusted_text(target.contains, 80) + "'";
  if (!target.lacks.empty() && reply.body.find(target.lacks) != std::string::npos)
    return "has '" + chela::untrusted_text(target.lacks, 80) + "'";
  return "";
}

chela::Finding down(const Target& target, const std::string& what, const std::string& detail) {
  auto finding = chela::condition("target:" + target.name, target.name + " " + what);
  finding.detail(detail).url(target.url);
  if (target.is_crit) finding.crit();
  return finding;
}

bool says(const chela::Error& error, std::string_view words) {
  return error.message.find(words) != std::string::npos;
}

// The host has one code for no address, no way there and a refusal; its words and the system's
// differ. All that is looked for has a blank, so that no address in the message looks like it.
bool is_refusal(const chela::Error& error) {
  return says(error, "Connection refused");
}

// What OpenSSL and GnuTLS say where the first bytes are none of TLS.
bool is_no_tls(const chela::Error& error) {
  return says(error, "wrong version number") || says(error, "packet length too long") ||
         says(error, "unexpected TLS packet") || says(error, "TLS packet with unexpected length");
}

std::string no_answer(const Target& target, const chela::Error& error) {
  if (error.code == ErrorCode::deadline_exceeded) return "does not answer in time";
  if (error.code == ErrorCode::data_loss) return "breaks its answer off";
  if (error.code == ErrorCode::failed_precondition && target.is_https()) {
    if (is_no_tls(error)) return "speaks no TLS there; is it http://?";
    if (says(error, "certificate ")) return "has a certificate that does not hold";
    if (says(error, ": TLS")) return "agrees on no TLS";
  }
  if (error.code == ErrorCode::unavailable) {
    if (is_refusal(error)) return "refuses connections";
    if (says(error, ": its name has no address")) return "does not answer: its name has no address";
  }
  if (error.code == ErrorCode::resource_exhausted)
    return "answers more than is read here; `method: HEAD` asks for no body";
  return "does not answer";
}

std::optional<chela::Finding> judge_certificate(const Target& target, chela::Timestamp expires,
                                                chela::Timestamp now, std::int64_t crit_days) {
  const auto left = std::chrono::floor<std::chrono::days>(expires - now).count();
  if (target.certificate_days == 0 || left >= target.certificate_days) return std::nullopt;
  auto finding = chela::condition("certificate:" + target.name,
                                  "the certificate of " + target.name +
                                      (left < 0    ? " has ended"
                                       : left == 0 ? " ends today"
                                       : left == 1 ? " ends tomorrow"
                                                   : " ends in " + std::to_string(left) + " days"));
  finding.detail("Renew it, or look why that was not done by itself.").url(target.url);
  if (left < crit_days) finding.crit();
  return finding;
}

}  // namespace

bool is_unreachable(const chela::Result<chela::FetchReply>& outcome) {
  if (outcome) return false;
  const chela::Error& error = outcome.error();
  if (error.code == ErrorCode::deadline_exceeded) return true;
  return error.code == ErrorCode::unavailable && !is_refusal(error);
}

bool is_unasked(const chela::Result<chela::FetchReply>& outcome) {
  return !outcome && (outcome.error().code == ErrorCode::permission_denied ||
                      outcome.error().code == ErrorCode::invalid_argument ||
                      outcome.error().code == ErrorCode::unimplemented);
}

std::vector<chela::Finding> judge(const Target& target,
                                  const chela::Result<chela::FetchReply>& outcome,
                                  chela::Timestamp now, std::int64_t certificate_crit_days) {
  std::vector<chela::Finding> findings;
  if (is_unasked(outcome)) {
    findings.push_back(chela::condition(
        "target:" + target.name, target.name + " could not be asked: " + outcome.error().message));
    return findings;
  }
  if (!outcome) {
    findings.push_back(down(target, no_answer(target, outcome.error()), outcome.error().message));
    return findings;
  }
  if (const std::string trouble = trouble_of(target, *outcome); !trouble.empty())
    findings.push_back(down(target, trouble, target.method + " " + target.url));
  if (target.max_latency.count() > 0 && outcome->elapsed > target.max_latency)
    findings.push_back(
        chela::condition("slow:" + target.name,
                         target.name + " is slow: " + chela::describe_duration(outcome->elapsed))
            .detail("More than " + chela::describe_duration(target.max_latency))
            .url(target.url));
  if (outcome->certificate_expires) {
    if (auto ending =
            judge_certificate(target, *outcome->certificate_expires, now, certificate_crit_days))
      findings.push_back(*std::move(ending));
  }
  return findings;
}

}  // namespace check_http
