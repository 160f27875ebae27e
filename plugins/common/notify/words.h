// A message in the few words that a service takes.
#pragma once

#include <chela/notifier.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace notify {

// "crit: " in front, where the text does not begin with what it is already ("[crit] disk full",
// "2 crit, 1 warn: ..", "over: ..").
std::string with_severity(const std::string& text, const std::string& severity);

// At most `max_bytes` of UTF-8, whole characters, "..." where something is missing.
std::string cut(std::string_view text, std::size_t max_bytes);

// `&`, `<` and `>` as the entities that XML has for them.
std::string escape_markup(std::string_view text);

// How many UTF-16 units `text` has; services that were born in JavaScript count so.
std::size_t utf16_units(std::string_view text);

// The title on one line, with the severity in front where it does not say it.
std::string headline(const chela::Message& message, std::size_t max_bytes = 200);

// The lines below the headline, within `max_bytes`; one line alone stands without the headline.
// Always says the severity.
std::string plain_text(const chela::Message& message, std::size_t max_bytes);

}  // namespace notify
