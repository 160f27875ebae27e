// Finding and Report: what the wrapper writes into a chela.check.report/1.
#include <gtest/gtest.h>

#include <limits>

#include "chela/report.h"

namespace chela {
namespace {

std::string text(const json::value& value) {
  return json::serialize(value);
}

TEST(Report, IsSmallWhereNothingWasFound) {
  EXPECT_EQ(
      text(Report::ok().to_json()),
      R"({"schema":"chela.check.report/1","status":"ok","summary":"","findings":[],"metrics":[]})");
}

TEST(Report, TakesItsSummaryFromItsOnlyFinding) {
  const auto report =
      Report::crit(condition("disk:/", "disk full: /").crit().detail("0 bytes left")).to_json();
  EXPECT_EQ(
      text(report),
      R"({"schema":"chela.check.report/1","status":"crit","summary":"disk full: /","findings":[)"
      R"({"key":"disk:/","class":"condition","severity":"crit","title":"disk full: /","detail":"0 bytes left"}],)"
      R"("metrics":[]})");
}

TEST(Finding, KeepsEverythingThatWasSaid) {
  const Finding finding = event("mail:7", "Mail from Ann")
                              .info()
                              .url("https://mail.example/7")
                              .needs_human()
                              .task("Answer Ann");
  EXPECT_EQ(text(finding.value()),
            R"({"key":"mail:7","class":"event","severity":"info","title":"Mail from Ann",)"
            R"("url":"https://mail.example/7","needs_human":true,"task":{"title":"Answer Ann"}})");
}

TEST(Finding, CanBeBuiltInSteps) {
  Finding finding = condition("k", "t");
  finding.crit().detail("d");
  Report report = Report::unknown("cannot tell");
  EXPECT_FALSE(report.has_findings());
  report.add(finding);
  report.set_status("crit");
  report.set_summary("two lines\xff");
  EXPECT_TRUE(report.has_findings());
  EXPECT_EQ(get_string(report.to_json(), "status"), "crit");
  EXPECT_EQ(get_string(report.to_json(), "summary"), "two lines\xEF\xBF\xBD");
  const json::value document = report.to_json();
  EXPECT_EQ(find(document, "findings")->as_array().size(), 1u);
}

TEST(Report, WritesACursorOnlyWhereOneWasSet) {
  Report report = Report::ok();
  json::value document = report.to_json();
  EXPECT_EQ(find(document, "cursor"), nullptr) << "the host would forget the one it has";
  report.set_cursor(nullptr);
  document = report.to_json();
  ASSERT_NE(find(document, "cursor"), nullptr);
  EXPECT_TRUE(find(document, "cursor")->is_null());
  report.set_cursor(json::array{1, 2});
  document = report.to_json();
  EXPECT_EQ(text(*find(document, "cursor")), "[1,2]");
}

TEST(Report, LeavesOutMetricsThatAreNoNumbers) {
  Report report = Report::ok();
  report.metric("nan", std::numeric_limits<double>::quiet_NaN(), "percent");
  report.metric("inf", -std::numeric_limits<double>::infinity(), "percent");
  report.metric("free", 12.5, "percent");
  const json::value document = report.to_json();
  EXPECT_EQ(text(*find(document, "metrics")),
            R"([{"name":"free","value":1.25E1,"unit":"percent"}])");
}

}  // namespace
}  // namespace chela
