// Looks at the task board: tasks in progress on which nothing happens, and blocked ones.
//
// Source: chela.board/1, whichever backend keeps the tasks; their times are RFC 3339.
#include <chela/check.h>

#include "task_age.h"

namespace check_tasks {
namespace {

using chela::condition;
using chela::Finding;
using chela::Result;
using chela::Timestamp;
namespace json = chela::json;

// A title as one line of at most 120 bytes.
std::string shown(std::string_view title) {
  std::string text;
  for (const char c : title.substr(0, 120))
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  if (text.find_first_not_of(' ') == std::string::npos) return "(no title)";
  return title.size() > 120 ? text + "..." : text;
}

// Since when a task has been as it is, for tasks whose own times cannot be read: first_seen of the
// last cursor.
class FirstSeen {
 public:
  FirstSeen(const json::value& cursor, Timestamp now) : now_(now) {
    if (const auto* earlier = chela::find(cursor, "first_seen")) earlier_ = *earlier;
  }
  Timestamp of(const std::string& what) {
    const auto now_ms = now_.time_since_epoch().count();
    const auto ms = chela::get_int(earlier_, what);
    seen_[what] = ms > 0 && ms <= now_ms ? ms : now_ms;
    return Timestamp(chela::Duration(seen_[what].as_int64()));
  }
  json::object cursor() const { return {{"v", 1}, {"first_seen", seen_}}; }

 private:
  Timestamp now_;
  json::value earlier_;
  json::object seen_;
};

class TasksCheck : public chela::Check {
 public:
  explicit TasksCheck(const chela::Config& config)
      : stale_after_(config.duration("stale_after", std::chrono::hours(24))) {}

  Result<chela::Report> run(chela::Host& host) override {
    CHELA_TRY(const json::array tasks, host.board().list({"in_progress", "blocked"}));
    const Timestamp now = host.clock().now();
    FirstSeen first_seen(host.cursor(), now);
    chela::Report report = chela::Report::ok();
    int in_progress = 0, blocked = 0, reported = 0;
    for (const auto& task : tasks) {
      const std::string state = chela::get_string(task, "state");
      const bool is_blocked = state == "blocked";
      // A backend may list more than it was asked for; chela's own tasks would report themselves
      // for ever.
      if ((!is_blocked && state != "in_progress") || is_own_task(task)) continue;
      ++(is_blocked ? blocked : in_progress);
      const auto finding = look_at(task, is_blocked, first_seen, now);
      if (!finding) continue;
      ++reported;
      report.add(*finding);
    }
    if (reported != 0) report.set_status("warn");
    report.set_summary(std::to_string(in_progress) + " in progress, " + std::to_string(blocked) +
                       " blocked" +
                       (reported == 0 ? "" : "; " + std::to_string(reported) + " need a look"));
    report.metric("in_progress", in_progress, "tasks");
    report.metric("blocked", blocked, "tasks");
    report.set_cursor(first_seen.cursor());
    return report;
  }

 private:
  std::optional<Finding> look_at(const json::value& task, bool is_blocked, FirstSeen& first_seen,
                                 Timestamp now) const {
    const std::string title = shown(chela::get_string(task, "title"));
    std::string id = chela::get_string(task, "id");
    if (id.empty()) id = title;
    const Activity activity = last_activity(task, now);
    const Timestamp since =
        activity.at ? *activity.at : first_seen.of((is_blocked ? "blocked:" : "stale:") + id);
    const bool waits_for_human = is_blocked && needs_human(task);
    if (!waits_for_human && now - since <= stale_after_) return std::nullopt;

    const std::string detail = "Task " + id + ". " + explain(activity, since, now);
    if (!is_blocked)
      return condition("stale:" + id, "nothing happens on a task in progress: " + title)
          .detail(detail);
    Finding finding = condition(
        "blocked:" + id, (waits_for_human ? "waits for you: " : "blocked for long: ") + title);
    finding.detail(detail);
    if (waits_for_human) finding.needs_human();
    return finding;
  }

  static std::string explain(const Activity& activity, Timestamp since, Timestamp now) {
    const std::string age = chela::describe_duration(now - since);
    std::string text = "Last activity " + age + " ago (by its " + activity.source + ").";
    if (!activity.at)
      text = "It tells no time that can be read; counted from when it was first seen, " + age +
             " ago.";
    if (!activity.unreadable.empty()) text += " Not a time: " + activity.unreadable + ".";
    return text;
  }

  chela::Duration stale_after_;
};

}  // namespace
}  // namespace check_tasks

using check_tasks::TasksCheck;
CHELA_CHECK(TasksCheck)
