// The life of an alert, run by run; the contract stands in alerts.h.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "heartbeat/alerts.h"
#include "heartbeat/flapping.h"

namespace chela::heartbeat {
namespace {

using tasks::AlertRow;
using tasks::CheckRow;
using tasks::ConditionRow;
using tasks::Finding;
using tasks::FindingClass;
using tasks::MuteKind;
using tasks::MuteRow;
using tasks::RunOutcome;
using tasks::Severity;

constexpr Duration kRememberAgainAfter = std::chrono::hours(24);

bool is_hosts_own(const std::string& key) {
  return key == kRunKey || key == kFaultKey;
}

AlertRow new_alert(const std::string& check, const Finding& finding, Timestamp since,
                   Timestamp now) {
  AlertRow row;
  row.check = check;
  row.key = finding.key;
  row.severity = row.worst = finding.severity;
  row.title = finding.title;
  row.detail = finding.detail;
  row.url = finding.url;
  row.needs_human = finding.needs_human;
  row.opened_at = since;
  row.last_seen = row.last_said = now;
  return row;
}

// Everything of the alert but what depends on whether it is said.
void bring_up_to_date(AlertRow& row, const Finding& finding, Timestamp now) {
  row.severity = finding.severity;
  row.title = finding.title;
  row.detail = finding.detail;
  row.url = finding.url;
  row.last_seen = now;
}

// The condition that stands for a run that could not tell, or nothing yet.
std::optional<Finding> trouble(const CheckRun& run, const CheckRow& after) {
  Finding finding;
  const std::string why = run.outcome == RunOutcome::ok ? run.report.summary : run.error;
  const std::string because = why.empty() ? "" : ": " + base::printable(why, 200);
  finding.detail = base::printable(why, 3000);
  if (run.outcome == RunOutcome::quarantined) {
    finding.key = kFaultKey;
    finding.severity = Severity::crit;
    finding.needs_human = true;
    finding.title = run.check + ": plugin quarantined" + because;
    return finding;
  }
  if (run.outcome == RunOutcome::crashed) {
    finding.key = kFaultKey;
    finding.title = run.check + ": plugin crashed" + because;
    return finding;
  }
  if (after.consecutive_failures < kFailuresBeforeAlert) return std::nullopt;
  finding.key = kRunKey;
  finding.title = "could not check " + run.check + because;
  finding.detail += finding.detail.empty() ? "" : "\n";
  finding.detail += std::to_string(after.consecutive_failures) +
                    " runs in a row could not tell; last good run: " +
                    (after.last_ok ? base::format_utc(*after.last_ok) : "never");
  return finding;
}

// What a person has said about one alert, as far as it still holds.
struct Hush {
  bool is_acknowledged = false;
  bool is_snoozed = false;
  bool has_woken = false;  // its snooze, or the check's, ended since the last run
};

// Folds one run; lives for one call of fold().
class Folding {
 public:
  Folding(const CheckRun& run, const Memory& memory, const AlertPolicy& policy, Timestamp now)
      : run_(run), memory_(memory), policy_(policy), now_(now) {
    changes_.check = run.check;
    for (const auto& alert : memory.open) {
      if (alert.check == run.check) open_[alert.key] = &alert;
    }
    for (const auto& row : memory.conditions) {
      if (row.check == run.check) conditions_[row.key] = row;
    }
    // Alerts that were opened before conditions were remembered.
    for (const auto& [key, alert] : open_) {
      auto& row = conditions_.try_emplace(key, new_condition(key, alert->opened_at)).first->second;
      if (row.history.empty()) remember_result(row.history, true);
    }
    for (const auto& mute : memory.mutes) {
      if (mute.check == run.check) mutes_.push_back(&mute);
    }
    check_hush_ = hush_of("", nullptr);
  }

  AlertChanges result() {
    const bool tells = could_tell(run_);
    changes_.is_baseline = tells && !memory_.before.baseline_done;
    if (run_.outcome == RunOutcome::ok && (tells || memory_.before.baseline_done)) note_events();
    if (tells) {
      note_conditions();
    } else if (const auto finding = trouble(run_, row_after(memory_.before, run_))) {
      see(*finding, 1);
      keep(finding->key);
    }
    return std::move(changes_);
  }

 private:
  ConditionRow new_condition(const std::string& key, Timestamp since) const {
    ConditionRow row;
    row.check = run_.check;
    row.key = key;
    row.first_bad = since;
    return row;
  }

  void note_events() {
    std::map<std::string, Timestamp> seen_at;
    for (const auto& event : memory_.seen) {
      if (event.check == run_.check) seen_at[event.key] = event.at;
    }
    for (const auto& finding : run_.report.findings) {
      if (finding.cls != FindingClass::event) continue;
      const auto known = seen_at.find(finding.key);
      if (known == seen_at.end()) changes_.new_events.push_back(finding);
      // Remembering is a write; once a day is enough to outlive the ledger's forgetting.
      if (known != seen_at.end() && now_ - known->second < kRememberAgainAfter) continue;
      changes_.seen.push_back({run_.check, finding.key, now_});
    }
    if (check_hush_.is_snoozed) changes_.events_held_until = snoozed_until("");
  }

  void note_conditions() {
    end_mutes("", nullptr);
    std::map<std::string, bool> is_reported;
    for (const auto& [key, row] : conditions_) is_reported[key] = false;
    for (const auto& finding : run_.report.findings) {
      if (finding.cls != FindingClass::condition || is_hosts_own(finding.key)) continue;
      is_reported[finding.key] = true;
      see(finding, policy_.failures);
    }
    for (const auto& [key, reported] : is_reported) {
      if (!reported) miss(key);
    }
    std::vector<const ConditionRow*> closed;
    for (const auto& [key, reported] : is_reported) {
      if (!open_.contains(key)) closed.push_back(&conditions_[key]);
    }
    if (closed.size() > kMaxConditions) forget_oldest(std::move(closed));
    for (const auto& [key, reported] : is_reported) keep(key);
  }

  // The condition was reported; `wanted` runs in a row make an alert of it.
  void see(const Finding& finding, int wanted) {
    ConditionRow& row = conditions_[finding.key];
    if (row.key.empty()) row = new_condition(finding.key, now_);
    if (row.bad_runs == 0 || row.first_bad > now_) row.first_bad = now_;
    ++row.bad_runs;
    row.good_runs = 0;
    row.last_bad = now_;
    const bool begins_to_flap = remember(row, true);
    const auto known = open_.find(finding.key);
    if (known != open_.end()) return still_open(*known->second, &finding, row, begins_to_flap);
    if ((row.bad_runs < wanted && !row.is_flapping) || check_hush_.is_snoozed) return;
    AlertRow alert = new_alert(run_.check, finding, row.first_bad, now_);
    alert.is_flapping = row.is_flapping;
    changes_.opened.push_back({std::move(alert), finding.task});
  }

  // The condition was not reported by a run that would have.
  void miss(const std::string& key) {
    ConditionRow& row = conditions_[key];
    row.bad_runs = 0;
    ++row.good_runs;
    const bool begins_to_flap = remember(row, false);
    const auto known = open_.find(key);
    if (known == open_.end()) return;
    const int wanted = is_hosts_own(key) ? 1 : policy_.successes;
    if (row.is_flapping || row.good_runs < wanted)
      return still_open(*known->second, nullptr, row, begins_to_flap);
    const auto lasted = std::max(now_ - known->second->opened_at, Duration::zero());
    changes_.recovered.push_back({*known->second, lasted, "recovered"});
    for (const auto* mute : mutes_) {
      if (mute->key == key) changes_.unmuted.push_back(*mute);
    }
  }

  // True when it begins to flap with this result.
  bool remember(ConditionRow& row, bool is_reported) const {
    const bool did_flap = row.is_flapping;
    remember_result(row.history, is_reported);
    row.is_flapping = policy_.has_flap_detection && flaps(row.history, did_flap);
    return row.is_flapping && !did_flap;
  }

  // `finding`: null where this run did not report it and it is open all the same.
  void still_open(const AlertRow& before, const Finding* finding, const ConditionRow& row,
                  bool begins_to_flap) {
    StillOpen still;
    still.alert = before;
    still.alert.is_flapping = row.is_flapping;
    if (finding != nullptr) bring_up_to_date(still.alert, *finding, now_);
    const Hush hush = hush_of(before.key, finding);
    still.again = again(before, finding, hush, begins_to_flap);
    end_mutes(before.key, finding);
    if (still.again != Again::no) {
      still.alert.last_said = now_;
      if (finding != nullptr) {
        still.alert.worst = std::max(before.worst, finding->severity);
        still.alert.needs_human = before.needs_human || finding->needs_human;
      }
    }
    if (still.alert.last_said > now_) still.alert.last_said = now_;  // the clock went back
    still.open_for = std::max(now_ - before.opened_at, Duration::zero());
    changes_.still_open.push_back(std::move(still));
  }

  Again again(const AlertRow& before, const Finding* finding, const Hush& hush,
              bool begins_to_flap) const {
    if (hush.is_snoozed) return Again::no;
    const bool is_worse = finding != nullptr && (finding->severity > before.worst ||
                                                 (finding->needs_human && !before.needs_human));
    if (is_worse) return Again::worse;
    if (hush.is_acknowledged) return Again::no;
    if (begins_to_flap) return Again::flapping;
    if (finding == nullptr) return Again::no;
    if (hush.has_woken) return Again::after_snooze;
    const auto every = finding->severity == Severity::crit ? policy_.remind_crit : policy_.remind;
    return every && now_ - before.last_said >= *every ? Again::reminder : Again::no;
  }

  bool is_over(const MuteRow& mute, const Finding* finding) const {
    if (mute.kind == MuteKind::snoozed) return !mute.until || *mute.until <= now_;
    return finding != nullptr && finding->severity != mute.severity;
  }

  // What holds for one alert, or with "" for all of the check.
  Hush hush_of(const std::string& key, const Finding* finding) const {
    Hush hush;
    if (!key.empty()) hush = check_hush_;
    for (const auto* mute : mutes_) {
      if (mute->key != key) continue;
      const bool holds = !is_over(*mute, finding);
      if (mute->kind == MuteKind::acknowledged) hush.is_acknowledged = holds;
      if (mute->kind == MuteKind::snoozed) (holds ? hush.is_snoozed : hush.has_woken) = true;
    }
    return hush;
  }

  void end_mutes(const std::string& key, const Finding* finding) {
    for (const auto* mute : mutes_) {
      if (mute->key == key && is_over(*mute, finding)) changes_.unmuted.push_back(*mute);
    }
  }

  std::optional<Timestamp> snoozed_until(const std::string& key) const {
    for (const auto* mute : mutes_) {
      if (mute->key == key && mute->kind == MuteKind::snoozed) return mute->until;
    }
    return std::nullopt;
  }

  void forget_oldest(std::vector<const ConditionRow*> closed) {
    std::sort(closed.begin(), closed.end(), [](const ConditionRow* a, const ConditionRow* b) {
      return a->last_bad != b->last_bad ? a->last_bad > b->last_bad : a->key < b->key;
    });
    for (std::size_t i = kMaxConditions; i < closed.size(); ++i)
      conditions_[closed[i]->key].history.clear();
  }

  // Hands the row on, or forgets it where nothing of it matters any more.
  void keep(const std::string& key) {
    const ConditionRow& row = conditions_[key];
    if (row.history.find('1') == std::string::npos) {
      changes_.forgotten.push_back({run_.check, key});
    } else {
      changes_.conditions.push_back(row);
    }
  }

  const CheckRun& run_;
  const Memory& memory_;
  const AlertPolicy& policy_;
  Timestamp now_;
  std::map<std::string, const AlertRow*> open_;
  std::map<std::string, ConditionRow> conditions_;
  std::vector<const MuteRow*> mutes_;
  Hush check_hush_;
  AlertChanges changes_;
};

}  // namespace

AlertChanges fold(const CheckRun& run, const Memory& memory, const AlertPolicy& policy,
                  Timestamp now) {
  return Folding(run, memory, policy, now).result();
}

}  // namespace chela::heartbeat
