#include "sender.h"

#include <algorithm>
#include <optional>

#include "auth_results.h"
#include "domain.h"
#include "words.h"

namespace check_email {
namespace {

bool is_one_of(std::string_view word, const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// "mx.example.org" -> "example.org"; "" where that is a registry's (example.co.uk) or none.
std::string_view domain_above(std::string_view id) {
  const auto dot = id.find('.');
  if (dot == std::string_view::npos) return "";
  const auto above = id.substr(dot + 1);
  const auto next = above.find('.');
  if (next == std::string_view::npos) return "";
  const bool is_registry =
      above.find('.', next + 1) == std::string_view::npos && next <= 3 && above.size() - next == 3;
  return is_registry ? "" : above;
}

// Names and numbers that exist inside of networks only.
bool is_inside_name(std::string_view host) {
  while (host.starts_with('[')) host.remove_prefix(1);
  // 2002:a05: is 10.5. as Google writes it.
  for (const char* start : {"10.", "127.", "192.168.", "::1", "fc", "fd", "fe80:", "2002:a"}) {
    if (!host.starts_with(start)) continue;
    if (host.find(':') != std::string_view::npos ||
        host.find_first_not_of("0123456789.]") == std::string_view::npos)
      return true;
  }
  if (host.find_first_of(".:") == std::string_view::npos) return true;
  for (const char* end : {".internal", ".local", ".lan", ".localdomain", ".home.arpa"}) {
    if (host.ends_with(end)) return true;
  }
  return false;
}

// Domains of one owner: the same, or one below the other.
bool is_aligned(std::string_view a, std::string_view b) {
  return !a.empty() && (a == b || is_below(a, b) || is_below(b, a));
}

// What is behind the @, or all of it.
std::string domain_of(std::string_view identity) {
  const auto at = identity.rfind('@');
  return ascii_domain(at == std::string_view::npos ? identity : identity.substr(at + 1));
}

// The header that is believed, see judge_sender().
std::optional<AuthResults> find_verdict(const std::vector<Field>& header,
                                        const SenderPolicy& policy) {
  std::optional<AuthResults> first;  // one of ours that says nothing about the sender
  for (const auto& field : header) {
    if (field.name == "received") {
      if (first || !is_own_host(received_by(field.value), policy)) break;
    }
    if (field.name != "authentication-results") continue;
    auto results = parse_auth_results(field.value);
    // Whose it is cannot be told. It may be ours: nothing below it is believed.
    if (!results) return AuthResults{"", {}, false};
    if (!is_one_of(results->id, policy.authserv_ids)) continue;
    if (field.is_cut) return AuthResults{results->id, {}, false};
    const auto& methods = results->methods;
    const bool speaks = std::any_of(methods.begin(), methods.end(),
                                    [](const Method& method) { return is_verdict(method.name); });
    // One that says something unreadable was written by ours all the same.
    if (speaks || !results->is_whole) return results;
    if (!first) first = std::move(results);
  }
  return first;
}

bool is_proof(const Method& method, const std::string& domain, const SenderPolicy& policy) {
  if (method.result != "pass") return false;
  if (method.name == "dmarc") return ascii_domain(method.property("header.from")) == domain;
  if (method.name == "dkim") {
    const auto signer = method.property("header.d");
    return is_aligned(domain_of(signer.empty() ? method.property("header.i") : signer), domain);
  }
  if (method.name != "spf" || !policy.accepts_spf) return false;
  return is_aligned(domain_of(method.property("smtp.mailfrom")), domain);
}

// What one header has to say for or against the domain.
struct Proof {
  bool holds = false;
  std::string why;
};
Proof find_proof(const AuthResults& results, const std::string& domain,
                 const SenderPolicy& policy) {
  for (const auto& method : results.methods) {
    // DMARC sums up the others: where it fails, none of them speaks for this domain.
    if (method.name == "dmarc" && method.result == "fail")
      return {false, "dmarc=fail " + results.id};
  }
  Proof proof;
  for (const char* name : {"dmarc", "dkim", "spf"}) {
    for (const auto& method : results.methods) {
      if (method.name != name) continue;
      const std::string said = method.name + "=" + method.result;
      if (is_proof(method, domain, policy)) return {true, said + " " + results.id};
      if (!proof.why.empty()) continue;
      const bool is_of_another = method.result == "pass" && method.name != "spf";
      proof.why = said + (is_of_another ? " for another domain " : " ") + results.id;
    }
  }
  return proof;
}

std::vector<Address> read_from(const std::vector<Field>& header, bool& is_sound) {
  std::vector<Address> from;
  const auto values = find_all(header, "from");
  is_sound = values.size() == 1;
  for (const auto value : values) {
    AddressList list = parse_addresses(value);
    is_sound = is_sound && list.is_sound;
    for (auto& address : list.addresses) from.push_back(std::move(address));
  }
  return from;
}

void warn_of_reply_to(const std::vector<Field>& header, Sender& sender) {
  for (const auto value : find_all(header, "reply-to")) {
    for (const auto& address : parse_addresses(value).addresses) {
      if (sender.warnings.size() < 3 && !is_aligned(address.domain, sender.from.front().domain))
        sender.warnings.push_back("answers go to another domain: " + address.spec());
    }
  }
}

}  // namespace

std::string listed_as(const Address& address, const std::vector<std::string>& list) {
  for (const auto& entry : list) {
    const auto at = entry.rfind('@');
    if (at == std::string::npos || entry.substr(at + 1) != address.domain) continue;
    if (at == 0 || is_same_word(entry.substr(0, at), address.local)) return entry;
  }
  return "";
}

bool is_own_host(std::string_view host, const SenderPolicy& policy) {
  if (host.empty()) return false;
  if (is_inside_name(host)) return true;
  for (const auto& id : policy.authserv_ids) {
    const auto above = domain_above(id);
    if (host == id || is_below(host, id) || host == above || is_below(host, above)) return true;
  }
  return std::any_of(policy.own_hosts.begin(), policy.own_hosts.end(), [&](const std::string& own) {
    return host == own || is_below(host, own.starts_with('.') ? own.substr(1) : own);
  });
}

Sender judge_sender(const std::vector<Field>& header, const SenderPolicy& policy) {
  Sender sender;
  bool is_sound = false;
  sender.from = read_from(header, is_sound);
  for (const auto& address : sender.from)
    sender.is_listed = sender.is_listed || !listed_as(address, policy.authorised).empty();
  if (sender.from.empty()) {
    sender.why = "no From address";
    return sender;
  }
  warn_of_reply_to(header, sender);
  if (sender.from.size() != 1 || !is_sound) {
    sender.why = sender.from.size() == 1 ? "its From header can be read in more than one way"
                                         : std::to_string(sender.from.size()) + " From addresses";
    return sender;
  }
  if (policy.authserv_ids.empty()) {
    sender.why = "authserv_id is not set";
    return sender;
  }
  const auto verdict = find_verdict(header, policy);
  if (!verdict) {
    sender.why = "no Authentication-Results of " + policy.authserv_ids.front();
    return sender;
  }
  Proof proof = find_proof(*verdict, sender.from.front().domain, policy);
  sender.is_proven = proof.holds;
  sender.why = std::move(proof.why);
  if (!sender.why.empty()) return sender;
  sender.why = verdict->is_whole     ? "no result of dmarc, dkim or spf, " + verdict->id
               : verdict->id.empty() ? "Authentication-Results that cannot be read"
                                     : "Authentication-Results that cannot be read, " + verdict->id;
  return sender;
}

}  // namespace check_email
