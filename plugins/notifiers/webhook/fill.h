// A template of one's own: a JSON object in whose strings the parts of a message are filled in.
// Pure.
#pragma once

#include <chela/json.h>
#include <chela/notifier.h>

namespace webhook {

// Whether every place that is to be filled in is a known one; invalid_argument names the one that
// is not, and where it stands.
chela::Result<void> check_template(const chela::json::object& shape);

// Whether {{secret:token}} stands in it, so that the host has to fill the body too.
bool has_secret(const chela::json::value& shape);

// `shape` is one that check_template() took. Members' names stay as they are. Where `shape` has a
// secret, "{{" in the message's words is parted, so that nothing but the template names one.
chela::json::value fill_template(const chela::json::object& shape, const chela::Message& message);

}  // namespace webhook
