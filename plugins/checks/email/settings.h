// The settings of check.email, read and refused where they cannot be meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chela/config.h"
#include "sender.h"

namespace check_email {

using chela::Result;

enum class Severity { info, warn, crit };

// Tells a mail that fits all its conditions; empty ones fit every mail.
struct Rule {
  std::string name;
  std::string from;                             // ana@example.org or @example.org
  std::string subject;                          // is contained in it
  std::string list;                             // is contained in List-Id; "*" = any list
  std::optional<chela::Duration> older_than{};  // told once it is so old and still unread
  std::optional<chela::Duration> newer_than{};
  std::optional<Severity> severity = Severity::info;  // none: says nothing of it
};

struct Settings {
  enum class Reports { authorised, rules, both };

  std::string server;  // imaps://mail.example.org
  std::string user;
  bool uses_token = false;
  std::string mailbox;
  SenderPolicy policy{};
  Reports reports = Reports::authorised;
  Severity severity = Severity::info;  // of mail from authorised senders
  std::vector<Rule> rules{};
  std::string command_prefix;
  bool shows_snippet = false;
  bool tells_bulk = false;
  bool only_unread = true;
  std::size_t max_mails = 50;
  chela::Duration timeout{};

  bool tells_authorised() const { return reports != Reports::rules; }
  bool tells_rules() const { return reports != Reports::authorised; }
  // What the cursor belongs to.
  std::string identity() const { return server + " " + user + " " + mailbox; }
  // The mailbox in keys, 8 hex digits. Many servers begin each mailbox with the same UIDVALIDITY,
  // so that without it a mail could pass for one that was told, after a change of `user` or
  // `mailbox`.
  std::string mark() const;
  // The key of a mail's event: mail:<mark>:<uid_validity>:<uid>.
  std::string key_of(std::uint32_t uid_validity, std::uint32_t uid) const;
};

// invalid_argument names the setting, what was found and what is wanted.
Result<Settings> read_settings(const chela::Config& config);

}  // namespace check_email
