// The JSON that Slack, Discord and services of one's own take for a message. Pure.
#pragma once

#include <chela/json.h>
#include <chela/notifier.h>

#include <string>
#include <string_view>

namespace webhook {

// Slack's incoming webhooks: "text" with & < > escaped and markup off, so that no words of a
// finding become a mention or a link.
chela::json::object slack_body(const chela::Message& message);

// Discord's: a line for the push message, an embed with the rest, mentions off, markup escaped.
chela::json::object discord_body(const chela::Message& message);

// {"message_id":"..","severity":"crit","title":"..","text":"..","made":"2026-09-21T14:13:20Z",
//  "test":false,"lines":[{"severity":"crit","kind":"opened","check":"system","key":"disk:/","text":".."}]}
chela::json::object generic_body(const chela::Message& message);

// The lines as in generic_body.
chela::json::array lines_of(const chela::Message& message);

}  // namespace webhook
