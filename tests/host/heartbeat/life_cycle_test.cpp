// The life of an alert over many runs, told as rows of runs and of what people hear.
#include <gtest/gtest.h>

#include <algorithm>

#include "heartbeat/alerts.h"
#include "heartbeat/rules.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;
using tasks::AlertId;
using tasks::CheckStatus;
using tasks::Finding;
using tasks::FindingClass;
using tasks::MuteKind;
using tasks::MuteRow;
using tasks::RunOutcome;
using tasks::Severity;

// One check "c" with one condition "k", run after run. What one letter of a script does:
//   .  a good run          w  warn          c  crit          h  warn that needs a human
//   ?  could not tell      !  crashed       e  an event, always the same      n  a new event
// and, before the next run:
//   A  a person acknowledges k    S  snoozes k for 5 runs    Z  snoozes the whole check for 5 runs
// What comes of a run, in the same place:
//   .  nothing   o opened   f opened or said as flapping   w worse   r reminder   s after a snooze
//   R  recovered   e an event   E an event that is held back   x "could not check" or fault opened
class Life {
 public:
  explicit Life(AlertPolicy policy, Duration every = 1h) : policy_(policy), every_(every) {
    memory_.before.check = "c";
    memory_.before.baseline_done = true;
  }

  std::string hear(std::string_view script) {
    std::string heard;
    for (const char step : script) {
      if (step == ' ') continue;
      if (step == 'A')
        mute({"c", "k", MuteKind::acknowledged, now_, {}, severity(), ""});
      else if (step == 'S')
        mute({"c", "k", MuteKind::snoozed, now_, now_ + every_ * 5, {}, ""});
      else if (step == 'Z')
        mute({"c", "", MuteKind::snoozed, now_, now_ + every_ * 5, {}, ""});
      else
        heard += run(step);
    }
    return heard;
  }

  void turn_clock(Duration by) { now_ += by; }
  Duration lasted() const { return lasted_; }
  const Memory& memory() const { return memory_; }

 private:
  void mute(MuteRow row) { memory_.mutes.push_back(std::move(row)); }
  Severity severity() const {
    return memory_.open.empty() ? Severity::warn : memory_.open[0].severity;
  }

  CheckRun run_of(char step) {
    CheckRun run;
    run.check = "c";
    run.started = now_;
    Finding finding;
    finding.key = "k";
    finding.title = "title";
    if (step == '!') run.outcome = RunOutcome::crashed;
    if (step == '?') run.report.status = CheckStatus::unknown;
    if (step == 'c') finding.severity = Severity::crit;
    if (step == 'h') finding.needs_human = true;
    if (step == 'e' || step == 'n') {
      finding.cls = FindingClass::event;
      finding.key = step == 'e' ? "event" : "event" + std::to_string(++events_);
    }
    if (std::string_view("wchen").find(step) != std::string_view::npos)
      run.report.findings = {finding};
    return run;
  }

  std::string run(char step) {
    now_ += every_;
    const CheckRun run = run_of(step);
    const AlertChanges changes = fold(run, memory_, policy_, now_);
    // Through the rules, so that what is heard is what people would hear.
    const Actions actions = decide({changes}, Known{memory_.open, {}, "", {}}, now_,
                                   [this] { return "t" + std::to_string(++ids_); });
    take(actions.record);
    memory_.before = row_after(memory_.before, run);
    if (!changes.recovered.empty()) lasted_ = changes.recovered[0].lasted;
    std::string heard;
    for (const auto& line : actions.lines) heard += letter(line, changes);
    return heard.empty() ? "." : heard;
  }

  void take(const tasks::TickRecord& record) {
    for (const auto& id : record.recovered)
      std::erase_if(memory_.open, [&](const auto& row) { return row.key == id.key; });
    put(memory_.open, record.alerts);
    put(memory_.conditions, record.conditions);
    put(memory_.seen, record.seen);
    for (const auto& id : record.forgotten)
      std::erase_if(memory_.conditions, [&](const auto& row) { return row.key == id.key; });
    for (const auto& gone : record.unmuted) {
      std::erase_if(memory_.mutes, [&](const MuteRow& row) {
        return row.key == gone.key && row.kind == gone.kind && row.at == gone.at;
      });
    }
  }

  template <class Row>
  static void put(std::vector<Row>& rows, const std::vector<Row>& news) {
    for (const auto& row : news) {
      std::erase_if(rows, [&](const Row& old) { return old.key == row.key; });
      rows.push_back(row);
    }
  }

  static char letter(const SayLine& line, const AlertChanges& changes) {
    switch (line.kind) {
      case SayKind::opened:
        if (line.key.starts_with("chela:")) return 'x';
        return changes.opened[0].alert.is_flapping ? 'f' : 'o';
      case SayKind::worse:
        return 'w';
      case SayKind::reminder:
        return changes.still_open[0].again == Again::after_snooze ? 's' : 'r';
      case SayKind::flapping:
        return 'f';
      case SayKind::event:
        return line.not_before ? 'E' : 'e';
      case SayKind::recovered:
        return 'R';
    }
    return '-';
  }

  AlertPolicy policy_;
  Duration every_;
  Memory memory_;
  Timestamp now_{10000h};
  Duration lasted_{};
  int events_ = 0;
  int ids_ = 0;
};

AlertPolicy policy(int failures, int successes, std::optional<Duration> remind = {},
                   std::optional<Duration> remind_crit = {}) {
  return {failures, successes, remind, remind_crit, true};
}

TEST(LifeCycle, Table) {
  const auto plain = policy(1, 1);
  const auto patient = policy(3, 2);
  const auto loud = policy(1, 1, 3h, 2h);
  const auto steady = [] {
    auto p = policy(1, 1);
    p.has_flap_detection = false;
    return p;
  }();
  const struct {
    const char* name;
    AlertPolicy policy;
    const char* runs;
    const char* heard;
  } cases[] = {
      {"1 said once, then its end", plain, "..wwww.", "..o...R"},
      {"1 comes back: said again", plain, "w.........w.", "oR........oR"},
      {"1 worse, eases, as bad as before", plain, "wcwc.", "ow..R"},
      {"1 needs a human now", plain, "wh.", "owR"},
      {"2 three in a row open, two end", patient, "wwwwww...", "..o....R."},
      {"2 two in a row are forgiven", patient, "ww..ww..", "........"},
      {"2 one good run does not end it", patient, "www.ww..", "..o....R"},
      {"2 what cannot be told counts for neither", patient, "ww?w?..", "...o..R"},
      {"3 reminders", loud, "wwwwwwwww", "o..r..r.."},
      {"3 crit has an interval of its own", loud, "ccccc", "o.r.r"},
      {"3 off", plain, "wwwwwwwwwwwwwwwwwwwwwwwwwwwwww", "o............................."},
      {"3 worse counts as said", loud, "wwccc", "o.w.r"},
      {"4 an event is said once", plain, "ee.e", "e..."},
      {"4 each new one", plain, "nn", "ee"},
      {"5 acknowledged: no reminders", loud, "w A wwwwww.", "o......R"},
      {"5 ends when it gets worse", loud, "w A wwc cc", "o..w.r"},
      {"5 ends when it eases", loud, "c A ccw www w", "o..r..r."},
      {"5 a new alert is not acknowledged", loud, "w A w...........wwww", "o.R..........o..r"},
      {"5 snoozed: nothing, then it is said to be still there", plain, "w S wwwwwwww", "o....s..."},
      {"5 snoozed: what got worse is said after it", plain, "w S wccwwww", "o....s.."},
      {"5 snoozed: its end is said all the same", plain, "w S ww.", "o..R"},
      {"5 snoozed: over before the snooze, back after it", plain, "w S .......w", "oR......o"},
      {"5 check snoozed: nothing opens", plain, "Z wwwwww.", "....o.R"},
      {"5 check snoozed: what was over by then was never said", plain, "Z www...", "......"},
      {"5 check snoozed: events wait for its end", plain, "Z n..n..n", "E..E..e"},
      {"5 check snoozed: what was open is said again after it", plain, "w Z wwwww", "o....s"},
      {"6 flapping is said once, and its end", plain, "w.w.w.w.w......................",
       "oRoRof...................R....."},
      {"6 not where it is off", steady, "w.w.w.w.", "oRoRoRoR"},
      {"6 too restless ever to be three in a row", patient, "w.w.w.w.w", "......f.."},
      {"6 flapping and getting worse is said", plain, "w.w.w.wc", "oRoRof.w"},
      {"6 acknowledged while it flaps", plain, "w.w.w A .w.w", "oRoRo...."},
      {"6 ends in the bad state: stays open", plain, "w.w.w.wwwwwwwwwwwwwwwwwwwwwwwwwwww.",
       "oRoRof............................R"},
      {"8 could not check: said apart, after three", plain, "???.", "..xR"},
      {"8 it opens and closes nothing else", plain, "w???w", "o..xR"},
      {"8 a crash is said at once", plain, "!!.", "x.R"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Life(c.policy).hear(c.runs), c.heard);
  }
}

TEST(LifeCycle, LastsFromTheFirstRunThatReportedIt) {
  Life life(policy(3, 1));
  EXPECT_EQ(life.hear("wwww."), "..o.R");
  EXPECT_EQ(life.lasted(), 4h);
}

TEST(LifeCycle, AClockThatGoesBackDelaysNoReminderForEver) {
  Life life(policy(1, 1, 3h));
  EXPECT_EQ(life.hear("ww"), "o.");
  life.turn_clock(-24h * 365);
  EXPECT_EQ(life.hear("wwww"), "...r");
}

TEST(LifeCycle, AYearForwardIsOneReminder) {
  Life life(policy(1, 1, 3h));
  EXPECT_EQ(life.hear("w"), "o");
  life.turn_clock(24h * 365);
  EXPECT_EQ(life.hear("www"), "r..");
}

TEST(LifeCycle, ForgetsWhatWasQuietForTwentyOneRuns) {
  Life life(policy(1, 1));
  life.hear("w");
  EXPECT_EQ(life.memory().conditions.size(), 1u);
  life.hear("....................");
  EXPECT_EQ(life.memory().conditions.size(), 1u);
  life.hear(".");
  EXPECT_TRUE(life.memory().conditions.empty());
}

TEST(LifeCycle, ACheckWithEverNewKeysFillsNothing) {
  Memory memory;
  memory.before.baseline_done = true;
  CheckRun run;
  run.check = "c";
  Timestamp now{10000h};
  for (int round = 0; round < 5; ++round) {
    now += 1h;
    run.report.findings.clear();
    for (int i = 0; i < 900; ++i) {
      Finding finding;
      finding.key = std::to_string(round) + "-" + std::to_string(i);
      run.report.findings.push_back(finding);
    }
    const auto changes = fold(run, memory, AlertPolicy(), now);
    memory.conditions = changes.conditions;
    memory.open.clear();
    for (const auto& opened : changes.opened) memory.open.push_back(opened.alert);
    EXPECT_LE(memory.conditions.size(), kMaxConditions + 2 * 900);
  }
}

}  // namespace
}  // namespace chela::heartbeat
