#include "mail.h"

#include <algorithm>

#include "encoded_word.h"
#include "words.h"

namespace check_email {
namespace {

bool is_automatic(const std::vector<Field>& header) {
  // RFC 3834: "no" is the only value of people's mail; parameters may follow it.
  const auto automatic = find_first(header, "auto-submitted");
  if (!automatic.empty() && !is_same_word(trim(automatic.substr(0, automatic.find(';'))), "no"))
    return true;
  const auto precedence = trim(find_first(header, "precedence"));
  return is_same_word(precedence, "bulk") || is_same_word(precedence, "list") ||
         is_same_word(precedence, "junk");
}

bool starts_with_prefix(std::string_view subject, std::string_view prefix) {
  subject = trim(subject);
  return !prefix.empty() && is_same_word(subject.substr(0, prefix.size()), prefix);
}

bool fits(const Mail& mail, const Rule& rule) {
  if (!rule.from.empty()) {
    const auto& from = mail.sender.from;
    const bool is_from = std::any_of(from.begin(), from.end(), [&](const Address& address) {
      return !listed_as(address, {rule.from}).empty();
    });
    if (!is_from) return false;
  }
  if (!rule.subject.empty() && !contains_word(mail.subject, rule.subject)) return false;
  if (rule.list == "*") return !mail.list_id.empty();
  return rule.list.empty() || contains_word(mail.list_id, rule.list);
}

// None where no rule fits. What is told without a rule waits for none: an `older_than` that lies
// ahead does not fit it yet.
std::optional<Outcome> judge_by_rules(const Mail& mail, const Settings& settings,
                                      chela::Timestamp now, bool is_told_anyway) {
  const auto age = std::max(now - mail.arrived, chela::Duration::zero());
  for (const auto& rule : settings.rules) {
    if (mail.is_bulk && !settings.tells_bulk && rule.list.empty()) continue;
    if (!fits(mail, rule) || (rule.newer_than && age >= *rule.newer_than)) continue;
    const bool is_young = rule.older_than && age < *rule.older_than;
    if (rule.older_than && mail.is_seen) continue;
    if (is_young && (!rule.severity || is_told_anyway)) continue;
    if (!rule.severity) return Outcome{};
    if (is_young) return Outcome{Kind::waits, &rule, mail.arrived + *rule.older_than};
    return Outcome{Kind::rule, &rule, {}};
  }
  return std::nullopt;
}

}  // namespace

Mail read_mail(const Fetched& fetched, const SenderPolicy& policy, chela::Timestamp now) {
  Mail mail;
  mail.uid = fetched.uid;
  mail.arrived = fetched.arrived.value_or(now);
  mail.is_seen = fetched.is_seen.value_or(false);
  mail.header = parse_header(fetched.header.value_or(""));
  mail.subject = decode_words(find_first(mail.header, "subject"));
  mail.list_id = decode_words(find_first(mail.header, "list-id"));
  mail.is_bulk = !mail.list_id.empty() || is_automatic(mail.header);
  mail.sender = judge_sender(mail.header, policy);
  return mail;
}

std::string mail_hash(const std::vector<Field>& header) {
  std::string text(trim(find_first(header, "message-id")));
  if (text.empty()) {
    for (const char* name : {"date", "from", "to", "subject"})
      text += std::string(find_first(header, name)) + "\n";
  }
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(hash >> shift) & 15];
  return hex;
}

Outcome judge_mail(const Mail& mail, const Settings& settings, chela::Timestamp now) {
  const Sender& sender = mail.sender;
  if (!sender.is_authorised()) {
    if (starts_with_prefix(mail.subject, settings.command_prefix)) return {Kind::command, {}, {}};
    const bool nobody_could_tell = settings.policy.authserv_ids.empty();
    // Also what calls itself bulk: who forges the From address can write that too.
    if (sender.is_listed && !nobody_could_tell) return {Kind::forged, {}, {}};
    if (sender.is_listed && !mail.is_bulk) return {Kind::claimed, {}, {}};
  }
  const bool is_wanted = !mail.is_bulk || settings.tells_bulk;
  const bool is_told_anyway = settings.tells_authorised() && sender.is_authorised() && is_wanted;
  if (settings.tells_rules()) {
    if (const auto by_rule = judge_by_rules(mail, settings, now, is_told_anyway)) return *by_rule;
  }
  return is_told_anyway ? Outcome{Kind::authorised, {}, {}} : Outcome{};
}

}  // namespace check_email
