// JSON as Swift's JSONEncoder prints it with .sortedKeys and .prettyPrinted.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace fake_remindctl {

// Two blanks of indent, `"key" : value`, `\/`, keys sorted, nothing between the brackets of an
// empty list but an empty line; no line end behind it.
std::string apple_text(const boost::json::value& value);

}  // namespace fake_remindctl
