// The call of org.freedesktop.Notifications.Notify as gdbus takes it on its command line. Pure.
#pragma once

#include <chela/notifier.h>

#include <string>
#include <string_view>
#include <vector>

namespace desktop {

// `text` as a string of GVariant's text form. gdbus reads each argument as such a text, so nothing
// of ours may stand there bare: 'x' or @u 5 would be taken for something else than words.
std::string gvariant_string(std::string_view text);

// argv of gdbus. Urgency by severity; & < > of the body escaped, since a body may hold markup; the
// message's id as the hint x-chela-message-id.
std::vector<std::string> notify_argv(const chela::Message& message, chela::Duration timeout);

// What gdbus printed, "(uint32 7,)", as 7; 0 where it printed something else.
long notification_number(std::string_view out);

}  // namespace desktop
