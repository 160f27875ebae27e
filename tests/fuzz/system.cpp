// What systemctl and journalctl print: units, timers and messages that anybody on the machine may
// have named and written.
#include "../../plugins/checks/system/journal_groups.h"
#include "../../plugins/checks/system/shape.h"
#include "../../plugins/checks/system/units.h"
#include "../../plugins/checks/system/words.h"
#include "fuzz.h"

namespace {

using namespace chela;
using namespace check_system;

constexpr std::int64_t kNow = 1'795'745'000'000;

void require_fit(const std::vector<Finding>& findings) {
  fuzz::require(findings.size() <= 21, "alerts are capped");
  for (const auto& finding : findings) {
    const auto text = [&](const char* name) { return get_string(finding.value(), name); };
    fuzz::require(!text("key").empty() && text("key").size() <= 200, "keys fit", text("key"));
    for (const char* name : {"key", "title", "detail"})
      fuzz::require(fuzz::is_printable(text(name)), "texts are fit to be shown", text(name));
    fuzz::require(text("title").find('\n') == std::string::npos, "a title is one line");
  }
}

void try_units(std::string_view text) {
  const auto failed = parse_failed_units(fuzz::part_of(text));
  const auto timers = parse_timers(fuzz::part_of(text));
  const Manager manager{text.size() % 2 == 0, parse_services(fuzz::part_of(text)), {"*.x"}};
  const auto known = timers ? *timers : std::vector<Timer>();
  if (failed) require_fit(judge_units(manager, *failed, known).findings);
  Promises promises;
  require_fit(judge_timers(manager, known, promises, kNow).findings);
  const json::value kept(to_json(promises));
  fuzz::require(promises.size() <= 300, "promises are capped");
  fuzz::require(parse_promises(&kept) == promises, "promises are read back", json::serialize(kept));
  const auto again = promises;
  const Pause pause{1, 1000};
  put_off(promises, pause);
  require_fit(judge_timers(manager, known, promises, kNow + 1000, pause).findings);
  for (const auto& [name, promise] : again) {
    const auto now = promises.find(name);
    fuzz::require(now != promises.end() && now->second.last_ms == promise.last_ms &&
                      now->second.due_ms == promise.due_ms,
                  "a promise stays until the timer has run", name);
    fuzz::require(!promise.is_overdue || now->second.is_overdue, "a pause mends nothing", name);
  }
}

void try_journal(std::string_view text) {
  const auto lines = parse_journal(text);
  fuzz::require(lines.last_cursor.empty() || is_cursor(lines.last_cursor), "a cursor is no option",
                lines.last_cursor);
  for (const auto& entry : lines.entries) {
    fuzz::require(is_cursor(entry.cursor), "every entry has a cursor");
    fuzz::require(entry.priority >= 0 && entry.priority <= 7, "priorities are priorities");
  }
  std::map<std::string, std::int64_t> told, told_again;
  const JournalRules rules{3600 * 1000, {"*ignored*"}};
  const auto news = judge_journal(lines.entries, rules, told, kNow);
  require_fit(news.events);
  fuzz::require(static_cast<std::size_t>(news.errors) <= lines.entries.size(), "counted once");
  const auto again = judge_journal(lines.entries, rules, told_again, kNow + 5);
  fuzz::require(again.events.size() == news.events.size(), "a second look tells the same");
  for (std::size_t i = 0; i < news.events.size(); ++i) {
    fuzz::require(
        get_string(news.events[i].value(), "key") == get_string(again.events[i].value(), "key"),
        "by the same key");
  }
  const auto next = judge_journal(lines.entries, rules, told, kNow + 5);
  for (const auto& event : next.events) {
    fuzz::require(news.events.size() == 21, "what was told is not told again",
                  get_string(event.value(), "title"));
  }
}

void try_words(std::string_view text) {
  const auto shape = shape_of(text);
  fuzz::require(shape.find_first_of("0123456789") == std::string::npos, "no number stays", shape);
  fuzz::require(fuzz::is_printable(shown(text, 50)), "fit to be shown", shown(text, 50));
  const auto pattern = fuzz::part_of(text);
  fuzz::require(matches("*", text), "* is everything");
  if (pattern.find_first_of("*?") == std::string_view::npos)
    fuzz::require(matches(pattern, text) == (pattern == text), "without signs it is itself");
  if (matches(pattern, text))
    fuzz::require(matches("*" + std::string(pattern) + "*", text), "more signs, no less");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  switch (fuzz::choose(text) % 3) {
    case 0:
      try_units(text);
      break;
    case 1:
      try_journal(text);
      break;
    default:
      try_words(text);
  }
  return 0;
}
