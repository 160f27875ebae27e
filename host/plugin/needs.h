// What a plugin asks for with the settings that it has. Pure.
#pragma once

#include "chela/json.h"

namespace chela::plugin {

// `needs` of a plugin's note for a (resolved) config. What stands under `when` joins the lists
// beside it where its setting holds: where it is one of `is`, or, without `is`, where it is set to
// anything but false, 0 and what is empty.
//   {"read": ["/a"], "when": [{"setting": "bot", "read": ["/b"]}]}
// `list.*.member` holds where that of any object in the list does. What the config lacks does not
// hold. The outcome has no `when`, and nothing twice.
json::object needs_for(const json::value& needs, const json::value& config);

}  // namespace chela::plugin
