#include "journal.h"

#include "program.h"

namespace check_system {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kMostEntries = 500;  // of one look; the rest waits for the next
constexpr std::uint64_t kMostBytes = 4u << 20;

struct Reading {
  Lines lines;
  bool is_complete = true;  // nothing later was left out
  bool is_partial = false;  // journalctl may see its own user's messages only
};

// Where the journal lies; not_found where there is none.
Result<std::string> find_folder(chela::Host& host, const std::string& folder) {
  const auto info = host.files().stat(folder);
  if (info) return folder;
  if (info.error().code != ErrorCode::not_found || folder != kJournalFolder)
    return fail(info.error());
  CHELA_TRY(const auto other, host.files().stat(kVolatileJournalFolder));
  static_cast<void>(other);
  return std::string(kVolatileJournalFolder);
}

std::vector<std::string> words(const JournalSettings& settings) {
  std::vector<std::string> list{
      settings.journalctl, "--no-pager", "--output=json", "--show-cursor",
      "--output-fields=MESSAGE,PRIORITY,UNIT,USER_UNIT,_SYSTEMD_UNIT,_SYSTEMD_USER_UNIT,"
      "SYSLOG_IDENTIFIER,_COMM"};
  if (settings.folder != kJournalFolder) list.push_back("--directory=" + settings.folder);
  return list;
}

// `folder` is where journalctl runs: a root host lets it run as the owner of that folder, who may
// read what is in it.
Result<Reading> read(chela::Host& host, const std::string& folder, std::vector<std::string> argv) {
  chela::ExecRequest request;
  request.argv = std::move(argv);
  request.cwd = folder;
  request.timeout = kPatience;
  request.max_output_bytes = kMostBytes;
  CHELA_TRY(const Answer answer, ask(host, std::move(request)));
  const bool is_partial = answer.err.starts_with("Hint:");
  // Without an entry to show it ends with 1 and says nothing.
  const bool has_nothing = answer.out.empty() && (answer.err.empty() || is_partial);
  if (answer.exit_code != 0 && !has_nothing)
    return fail(ErrorCode::unavailable, "journalctl: " + answer.err);
  Reading reading{parse_journal(answer.out), !answer.is_truncated, is_partial};
  if (reading.lines.entries.empty() && reading.lines.unreadable > 0) {
    return fail(ErrorCode::data_loss,
                "journalctl: wanted entries in JSON, found other lines (systemd 236 or newer?)");
  }
  return reading;
}

// All errors from the cursor on. Not --after-cursor: with a filter that leaves out one entry more,
// whichever it is, where the entry of the cursor itself is not among the filtered.
std::vector<std::string> errors_since(const JournalSettings& settings, const JournalState& state) {
  auto argv = words(settings);
  argv.push_back("--priority=3");
  argv.push_back("--lines=" + std::to_string(kMostEntries + 1));
  argv.push_back(state.cursor.empty() ? "--since=@" + std::to_string(state.since_ms / 1000)
                                      : "--cursor=" + state.cursor);
  return argv;
}

// Newest entry of any kind: what follows is new.
std::vector<std::string> newest(const JournalSettings& settings) {
  auto argv = words(settings);
  argv.push_back("--lines=1");
  return argv;
}

void tell(Reading reading, const JournalSettings& settings, JournalState& state, Round& round) {
  auto& entries = reading.lines.entries;
  const bool is_full = entries.size() > kMostEntries;
  if (!entries.empty() && entries.front().cursor == state.cursor) entries.erase(entries.begin());
  const auto news = judge_journal(entries, settings.rules, state.told, round.now_ms);
  for (const auto& event : news.events) round.add(event);
  round.report.metric("journal_errors", news.errors, "count");
  if (news.errors > 0) {
    round.say(
        std::to_string(news.errors) + (news.errors == 1 ? " error" : " errors") +
        " in the journal" +
        (news.repeats > 0 ? ", " + std::to_string(news.repeats) + " of kinds told before" : ""));
  }
  const bool is_all = reading.is_complete && !is_full;
  if (!is_all) round.say("more of the journal is read at the next look");
  if (!reading.lines.last_cursor.empty()) state.cursor = reading.lines.last_cursor;
  state.since_ms = is_all || entries.empty() ? round.now_ms : entries.back().at_ms;
}

}  // namespace

void look_at_journal(chela::Host& host, const JournalSettings& settings, Round& round) {
  round.keep("journal");
  const auto folder = find_folder(host, settings.folder);
  if (!folder && folder.error().code == ErrorCode::not_found) return;
  const auto give_up = [&](const chela::Error& error) {
    round.say_cannot_tell("errors in the journal: " + error.message);
  };
  if (!folder) return give_up(folder.error());
  auto state = parse_journal_state(chela::find(round.cursor, "journal"));
  if (state.folder != settings.folder) state = {settings.folder, "", 0, {}};
  const bool is_first = state.since_ms == 0;
  auto reading = read(host, *folder, is_first ? newest(settings) : errors_since(settings, state));
  if (!reading && reading.error().message.find("seek to cursor") != std::string::npos) {
    state.cursor.clear();  // of a journal that is no more; the time still holds
    reading = read(host, *folder, errors_since(settings, state));
  }
  if (!reading) return give_up(reading.error());
  ++round.told;
  if (reading->is_partial) {
    round.say_cannot_tell(
        "errors of the system in the journal: its user sees only messages of "
        "its own; put it into the group systemd-journal");
  }
  if (is_first) {
    state.cursor = reading->lines.last_cursor;
    state.since_ms = round.now_ms;
  } else {
    tell(std::move(*reading), settings, state, round);
  }
  round.state["journal"] = to_json(state);
}

}  // namespace check_system
