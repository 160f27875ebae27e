// Stamp files and backups: what is told of which age and size.
#include <chela/testing/opened_plugin.h>
#include <gtest/gtest.h>

#include "backups.h"
#include "stamps.h"

namespace check_system {
namespace {

using chela::Timestamp;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Timestamp kNow{chela::Duration(1'795'745'000'000)};

std::string title(const Outcome& outcome) {
  if (outcome.findings.empty()) return "";
  EXPECT_EQ(outcome.findings.size(), 1u);
  return chela::get_string(outcome.findings[0].value(), "title");
}

std::string detail(const Outcome& outcome) {
  return chela::get_string(outcome.findings.at(0).value(), "detail");
}

TEST(Stamps, AreJudgedByTheirAge) {
  const Stamp stamp{"/var/done", hours(26)};
  EXPECT_EQ(title(judge_stamp(stamp, kNow - hours(25), kNow)), "");
  EXPECT_EQ(title(judge_stamp(stamp, kNow - hours(26), kNow)), "");
  EXPECT_EQ(title(judge_stamp(stamp, kNow + hours(5), kNow)), "") << "a clock that is ahead";
  const auto old = judge_stamp(stamp, kNow - hours(27), kNow);
  EXPECT_EQ(title(old), "a job is overdue: /var/done");
  EXPECT_EQ(detail(old),
            "It was last touched 2026-11-25 23:03 UTC; its job is to do so at least every 1d2h.");
  EXPECT_EQ(title(judge_stamp(stamp, std::nullopt, kNow)), "a job has left no mark: /var/done");
}

BackupFile file(const char* name, chela::Duration age, std::optional<std::uint64_t> size) {
  return {name, kNow - age, size};
}

TEST(Backups, AreJudgedByAgeAndSizeOfTheNewest) {
  const BackupRule rule{"/srv/backup", "*.gz", hours(26), 1000, 50};
  const struct {
    const char* name;
    std::vector<BackupFile> files;
    const char* title;
  } cases[] = {
      {"in order", {file("b", hours(1), 9000), file("a", hours(25), 10000)}, ""},
      {"in any order of the list", {file("a", hours(25), 10000), file("b", hours(1), 9000)}, ""},
      {"only one", {file("a", hours(1), 5000)}, ""},
      {"none", {}, "no backup: /srv/backup/*.gz"},
      {"too old", {file("a", hours(27), 5000)}, "backup too old: /srv/backup/*.gz"},
      {"too small", {file("a", hours(1), 999)}, "backup too small: /srv/backup/*.gz"},
      {"half is just enough", {file("b", hours(1), 5000), file("a", hours(25), 10000)}, ""},
      {"shrunk",
       {file("b", hours(1), 4999), file("a", hours(25), 10000)},
       "backup too small: /srv/backup/*.gz"},
      {"shrunk, but against an older one only",
       {file("c", hours(1), 4000), file("b", hours(25), 4100), file("a", hours(49), 90000)},
       ""},
      {"still being written",
       {file("c", minutes(5), 10), file("b", hours(24), 9000), file("a", hours(48), 9000)},
       ""},
      {"still being written, and the one before had shrunk",
       {file("c", minutes(5), 10), file("b", hours(24), 2000), file("a", hours(48), 9000)},
       "backup too small: /srv/backup/*.gz"},
      {"shrunk, and a link leads to the newest",
       {file("latest", hours(1), 4999), file("b", hours(1), 4999), file("a", hours(25), 10000)},
       "backup too small: /srv/backup/*.gz"},
      {"shrunk, and links lead to both",
       {file("a", hours(25), 10000), file("before", hours(25), 10000), file("b", hours(1), 4999),
        file("latest", hours(1), 4999)},
       "backup too small: /srv/backup/*.gz"},
      {"in order, with a link",
       {file("latest", hours(1), 9000), file("b", hours(1), 9000), file("a", hours(25), 10000)},
       ""},
      {"a link and nothing else", {file("latest", hours(1), 5000), file("a", hours(1), 5000)}, ""},
      {"a folder has no size", {file("b", hours(1), {}), file("a", hours(25), {})}, ""},
      {"a folder is not compared with a file",
       {file("c", hours(1), {}), file("b", hours(2), 9000), file("a", hours(25), 9100)},
       ""},
      {"empty", {file("a", hours(1), 0)}, "backup too small: /srv/backup/*.gz"},
      {"a clock that is ahead", {file("a", -hours(5), 5000)}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(title(judge_backup(rule, c.files, kNow)), c.title);
  }
}

TEST(Backups, SayWhatWasFound) {
  const BackupRule rule{"/srv/backup", "*", hours(26), 0, 50};
  const auto shrunk =
      judge_backup(rule, {file("b\n", hours(1), 1024), file("a", hours(25), 5u << 20)}, kNow);
  EXPECT_EQ(detail(shrunk),
            "b  has 1.0 KiB, the one before (a) had 5.0 MiB.\nThe newest, b , is of 2026-11-27 "
            "01:03 UTC.");
  EXPECT_EQ(chela::get_string(judge_backup(rule, {}, kNow).findings.at(0).value(), "severity"),
            "crit");
  EXPECT_EQ(title(judge_backup({"/b", "*", hours(1), 0, 100},
                               {file("b", minutes(20), 1), file("a", hours(9), 99999)}, kNow)),
            "")
      << "100 never tells of shrinking";
}

std::string summary_with_files(int count) {
  chela::testing::FakeHost host;
  host.now = kNow;
  for (int i = 0; i < count; ++i)
    host.files["/b/" + std::to_string(100'000 + i)] = {"x", kNow - hours(count - i)};
  auto plugin = chela::testing::OpenedPlugin::open(
      CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
      chela::parse_json(R"({"backups":[{"path":"/b","max_age":"26h"}]})").value());
  EXPECT_TRUE(plugin) << plugin.error().message;
  const auto report = (*plugin)->call("run", chela::json::object());
  EXPECT_TRUE(report) << report.error().message;
  return chela::get_string(*report, "summary");
}

TEST(Backups, AreFoundAmongManyFilesButNotAmongTooMany) {
  EXPECT_EQ(summary_with_files(9'999).find("backup"), std::string::npos)
      << "the newest is the last by name";
  EXPECT_NE(summary_with_files(10'000).find("cannot tell: backup /b: the folder holds 10,000"),
            std::string::npos);
}

TEST(Rules, AreReadFromTheSettings) {
  const auto config = chela::parse_json(
                          R"({"stamps":[{"path":"/s","max_age":"26h"}],
          "backups":[{"path":"/b/","max_age":"1d","name":"x*","min_bytes":7,"shrink_percent":20},
                     {"path":"/","max_age":"1h"}]})")
                          .value();
  const auto stamps = parse_stamps(config);
  ASSERT_EQ(stamps.size(), 1u);
  EXPECT_EQ(stamps[0].max_age, hours(26));
  const auto rules = parse_backups(config);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(label_of(rules[0]), "/b/x*");
  EXPECT_EQ(rules[0].min_bytes, 7u);
  EXPECT_EQ(rules[0].shrink_percent, 20);
  EXPECT_EQ(label_of(rules[1]), "/");
  EXPECT_EQ(rules[1].shrink_percent, 50);
}

}  // namespace
}  // namespace check_system
