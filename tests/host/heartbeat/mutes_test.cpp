// What a name on the command line stands for, and what is written down for it.
#include "heartbeat/mutes.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;

tasks::AlertRow alert(const std::string& check, const std::string& key, const std::string& task) {
  tasks::AlertRow row;
  row.check = check;
  row.key = key;
  row.task_id = task;
  row.severity = tasks::Severity::crit;
  return row;
}

const tasks::Snapshot& snapshot() {
  static const tasks::Snapshot one = [] {
    tasks::Snapshot s;
    s.alerts = {alert("system", "disk:/", "aaaaaa"), alert("system", "memory", "bbbbbb"),
                alert("mail", "seen/3", "bbbbbb"), alert("gone", "x", "")};
    return s;
  }();
  return one;
}

TEST(MuteTarget, TableOfNames) {
  const struct {
    const char* name;
    const char* typed;
    std::string found;
  } cases[] = {
      {"an alert", "system/disk:/", "system/disk:/ "},
      {"a key with a slash", "mail/seen/3", "mail/seen/3 "},
      {"a task of several alerts", "bbbbbb", "system/memory mail/seen/3 "},
      {"a check", "system", "check=system system/disk:/ system/memory "},
      {"a check with nothing open", "git", "check=git "},
      {"a check that is off, with an alert", "gone", "gone/x "},
      {"a slip of the pen", "sistem", "not_found: did you mean 'system'?"},
      {"nothing typed", "", "not_found: "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto target = find_mute_target(c.typed, snapshot(), {"system", "mail", "git"});
    std::string shown;
    if (!target) {
      EXPECT_EQ(target.error().code, ErrorCode::not_found);
      const auto meant = target.error().message.find("did you mean");
      shown = "not_found: ";
      if (meant != std::string::npos)
        shown += target.error().message.substr(meant, std::string("did you mean 'system'?").size());
    } else {
      if (!target->check.empty()) shown = "check=" + target->check + " ";
      for (const auto& one : target->alerts) shown += one.check + "/" + one.key + " ";
    }
    EXPECT_EQ(shown, c.found);
  }
}

TEST(Mutes, AreWrittenForTheAlertsOrTheWholeCheck) {
  const Timestamp now{100h};
  const MuteTarget check{{alert("system", "disk:/", "a")}, "system"};
  const MuteTarget one{{alert("system", "disk:/", "a")}, ""};
  const auto acknowledged = acknowledge(check, "on\nit", now);
  ASSERT_TRUE(acknowledged);
  ASSERT_EQ(acknowledged->size(), 1u);
  EXPECT_EQ((*acknowledged)[0].key, "disk:/");
  EXPECT_EQ((*acknowledged)[0].severity, tasks::Severity::crit);
  EXPECT_EQ((*acknowledged)[0].note, "on it");
  EXPECT_FALSE(acknowledge({{}, "git"}, "", now));

  EXPECT_EQ(snooze(check, 2h, now)->at(0).key, "") << "a check is snoozed as a whole";
  EXPECT_EQ(snooze(one, 2h, now)->at(0).key, "disk:/");
  EXPECT_EQ(snooze(one, 2h, now)->at(0).until, now + 2h);
  EXPECT_FALSE(snooze(one, 59s, now));
  EXPECT_FALSE(snooze(one, 24h * 367, now));

  const std::vector<tasks::MuteRow> mutes{snooze(check, 2h, now)->at(0),
                                          snooze(one, 2h, now)->at(0), acknowledged->at(0)};
  EXPECT_EQ(muted_ids(check, mutes).size(), 2u);
  EXPECT_EQ(muted_ids(one, mutes).size(), 1u);
  EXPECT_TRUE(muted_ids({{}, "git"}, mutes).empty());
}

}  // namespace
}  // namespace chela::heartbeat
