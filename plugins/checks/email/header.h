// The header of a mail: its fields in their order, unfolded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace check_email {

struct Field {
  std::string name;     // lower case
  std::string value;    // on one line, as it came otherwise
  bool is_cut = false;  // some of its value is missing
};

// Ends at the first empty line. Lines that are no fields are left out; so are fields beyond 500,
// and what a value has beyond 64 KiB. Where bytes end in the middle of a line, that field is cut.
std::vector<Field> parse_header(std::string_view bytes);

// The values of all fields of that name, in their order.
std::vector<std::string_view> find_all(const std::vector<Field>& fields, std::string_view name);
// The first one's; "" where there is none.
std::string_view find_first(const std::vector<Field>& fields, std::string_view name);

}  // namespace check_email
