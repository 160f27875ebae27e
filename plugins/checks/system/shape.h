// What is the same in messages of one kind: pure.
#pragma once

#include <string>
#include <string_view>

namespace check_system {

// `message` with '#' for what differs from one time to the next: numbers, addresses, times, ids.
//   "disk sda1: 17 of 0x1f failed at 10.0.0.7:22" -> "disk sda#: # of # failed at #"
// On one line, at most 200 bytes.
std::string shape_of(std::string_view message);

}  // namespace check_system
