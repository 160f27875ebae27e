// Lists of mail addresses as they stand in From, Reply-To and others (RFC 5322).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace check_email {

struct Address {
  std::string name;    // the display name as UTF-8; anybody can write anything into it
  std::string local;   // before the @, unquoted
  std::string domain;  // as ascii_domain() gives it
  std::string spec() const { return local + "@" + domain; }
};

struct AddressList {
  std::vector<Address> addresses;  // at most 200
  // Nothing but addresses was found. Where it is false, another program may read other addresses.
  bool is_sound = true;
};

// `value` is an unfolded header: names quoted or not, comments, groups, routes.
AddressList parse_addresses(std::string_view value);

// The same address; letters of the local part may differ in case.
bool is_same_address(const Address& a, const Address& b);

}  // namespace check_email
