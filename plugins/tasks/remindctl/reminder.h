// A reminder as remindctl shows it, and the line in its notes by which chela finds it again. Pure.
//
// EventKit's ids change with a full sync, so ours stands in the notes:
//   chela:p0x71c needs:human/blocked priority:low due owner:main/s-0142
// Words that are not there say nothing. Whatever a person writes around the line is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"

namespace chela::remindctl {

struct Mark {
  std::string id;
  bool is_cancelled = false;   // a reminder has no other way to say so than ticked
  std::string needs_human_in;  // the state in which a human was asked for; moving it on answers
  std::string priority;        // what was asked for, where `high` is only there for the phone
  bool is_due_ours = false;    // the due time is the alarm, not a date of the task; what a person
                               // sets to a whole day is theirs
  std::string owner;           // to the end of the line

  bool operator==(const Mark&) const = default;
};

struct Reminder {
  std::string id;  // EventKit's
  std::string list_id, title, priority = "none", url, created, updated, completed;
  std::string due;    // a date where it is for the whole day
  std::string notes;  // without the line in which remindctl repeats the url
  bool is_completed = false;
  std::optional<Mark> mark;
  std::string text;  // the notes without the mark's line
};

// The first line of `notes` that is a mark; nullopt where there is none.
std::optional<Mark> find_mark(std::string_view notes);
std::string mark_line(const Mark& mark);

// data_loss where `item` is no reminder, or has an id that remindctl would take for something else
// (digits only are an index into today's view; less than 4 signs are refused).
Result<Reminder> read_reminder(const json::value& item);

// One reminder out of what add and edit give (an object) or complete gives (a list of one).
Result<Reminder> read_one(const json::value& document);

// The day of an all-day due date. remindctl prints the Mac's midnight in UTC and does not say where
// the Mac is: right for zones from ten hours behind UTC to thirteen ahead. "" stays "".
std::string day_of(const std::string& midnight);

// `notes` without "remindctl URL (managed): <url>" and the empty line before it, which remindctl
// 0.3.2 and later put there by themselves whenever notes or url are written.
std::string without_url_line(std::string_view notes, std::string_view url);

// Six signs for a reminder that has no mark yet; the same for the same EventKit id.
std::string derived_id(std::string_view eventkit_id);

// A value on the command line: remindctl takes one that begins with "-" for an option, and -h or
// --version anywhere for a wish; a blank before it helps, and plain() takes it away again.
std::string guarded(std::string_view value);
std::string unguarded(std::string_view value);

// The last `most` lines, and before them those that begin with "chela-".
std::string capped(std::string_view notes, std::size_t most);

}  // namespace chela::remindctl
