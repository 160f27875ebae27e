// Who sent a mail, as far as it is proven: the one place that decides about authorised senders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "header.h"

namespace check_email {

struct SenderPolicy {
  std::vector<std::string> authserv_ids;  // lower case; whose results are believed
  std::vector<std::string> own_hosts;     // lower case; further hosts of one's own mail service
  std::vector<std::string> authorised;    // ana@example.org, @example.org
  bool accepts_spf = false;               // an aligned SPF pass alone is enough
};

struct Sender {
  std::vector<Address> from;  // all that the From headers name
  // One of them is an authorised address: somebody claims to be one.
  bool is_listed = false;
  // A mail server that is believed says that the one From address is no invention.
  bool is_proven = false;
  // "dmarc=pass mx.example.org", or why it is not proven.
  std::string why;
  std::vector<std::string> warnings;  // a Reply-To that leads elsewhere

  bool is_authorised() const { return is_listed && is_proven; }
};

// Only Authentication-Results with an id of the policy are heard, and only their topmost group:
// none below a Received header of a host that is not one's own, none below the Received header that
// ends the group. Of the group it is the first one that says anything of dmarc, dkim or spf, or
// that cannot be read: what stands below it may have been there when the mail came. ARC, display
// names and Reply-To never count.
Sender judge_sender(const std::vector<Field>& header, const SenderPolicy& policy);

// The entry of `list` that the address is on: itself, or @ and its domain. "" where there is none.
std::string listed_as(const Address& address, const std::vector<std::string>& list);

// A host of the service that writes under one of the ids: below its domain, named by the policy, or
// a name or number that exists inside of networks only.
bool is_own_host(std::string_view host, const SenderPolicy& policy);

}  // namespace check_email
