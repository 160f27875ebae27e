// The daily brief's page: what comes first, what is counted, and that it never outgrows a screen.
#include "app/brief.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chela::app {
namespace {

const Timestamp kNow{std::chrono::hours(500'000)};

tasks::AlertRow alert(const std::string& check, tasks::Severity severity) {
  tasks::AlertRow row;
  row.check = check;
  row.key = "k";
  row.title = "title of " + check;
  row.severity = severity;
  row.opened_at = kNow - std::chrono::hours(3);
  return row;
}

BriefFacts usual() {
  BriefFacts facts;
  facts.day = "Sat 28 Nov 2026, 07:30";
  facts.now = kNow;
  facts.parts = {{"calendar", "2 events today", {"09:30-10:00 Standup", "14:00-15:00 Dentist"}, ""},
                 {"mail", "", {}, "imaps://mail.example.org:993: nobody listens there"}};
  facts.alerts = {alert("git", tasks::Severity::warn), alert("disk", tasks::Severity::crit)};
  facts.tasks = {{"water the plants", "queue", "low", false},
                 {"rotate keys", "queue", "medium", true},
                 {"write report", "in_progress", "low", false}};
  facts.cost = "0.42 USD in 12 calls since yesterday";
  return facts;
}

TEST(Brief, TellsWhatNeedsAPersonFirst) {
  EXPECT_EQ(brief_lines(usual()),
            (std::vector<std::string>{
                "Sat 28 Nov 2026, 07:30", "calendar: 2 events today", "  09:30-10:00 Standup",
                "  14:00-15:00 Dentist", "mail: imaps://mail.example.org:993: nobody listens there",
                "Tasks: 1 in progress, 0 blocked, 2 in the queue", "  (you) rotate keys",
                "  (now) write report", "  water the plants", "Alerts: 2 open",
                "  [crit] disk: title of disk, since 3 h", "  [warn] git: title of git, since 3 h",
                "Models: 0.42 USD in 12 calls since yesterday"}));
}

TEST(Brief, SaysWhereThereIsNothing) {
  BriefFacts facts;
  facts.day = "Sat";
  EXPECT_EQ(brief_lines(facts),
            (std::vector<std::string>{"Sat", "Tasks: none is open", "Alerts: none is open"}));
  facts.tasks_problem = "no task backend is on";
  EXPECT_EQ(brief_lines(facts).at(1), "Tasks: no task backend is on");
}

TEST(Brief, FitsAScreenWhateverThereIs) {
  for (const std::size_t parts : {0u, 1u, 3u, 10u, 11u, 40u}) {
    for (const std::size_t lines : {0u, 1u, 2u, 5u, 100u}) {
      SCOPED_TRACE(std::to_string(parts) + " checks with " + std::to_string(lines) + " lines");
      BriefFacts facts = usual();
      facts.parts.clear();
      for (std::size_t i = 0; i < parts; ++i) {
        facts.parts.push_back({"check-" + std::to_string(i), "", {}, ""});
        facts.parts.back().lines.assign(lines, "a line");
      }
      for (std::size_t i = 0; i < lines; ++i) {
        facts.tasks.push_back({"task", "queue", "low", false});
        facts.alerts.push_back(alert("c", tasks::Severity::info));
      }
      const auto page = brief_lines(facts);
      EXPECT_LE(page.size(), kBriefLines);
      EXPECT_LT(page.size(), 30u);
      for (const char* head : {"Tasks: ", "Alerts: ", "Models: "}) {
        EXPECT_TRUE(std::any_of(page.begin(), page.end(), [&](const std::string& line) {
          return line.starts_with(head);
        })) << head;
      }
      const auto has = [&](const auto& is_it) {
        return std::any_of(page.begin(), page.end(), is_it);
      };
      const std::string counted =
          "and " + std::to_string(parts > 10 ? parts - 10 : 0) + " more checks: chela status";
      EXPECT_EQ(has([&](const std::string& line) { return line == counted; }), parts > 10);
      EXPECT_TRUE(lines < 100 ||
                  has([](const std::string& line) { return line.ends_with(" more"); }))
          << "what is left out is counted";
    }
  }
}

TEST(Brief, ShowsForeignTextOnOneLine) {
  BriefFacts facts = usual();
  facts.parts[0].lines = {"evil\x1b[31m\nMail: all is well"};
  const auto page = brief_lines(facts);
  EXPECT_EQ(page[2], "  evil [31m Mail: all is well");
}

}  // namespace
}  // namespace chela::app
