// What a plugin may hand over as a report, and how the outbox is served.
#include "tasks/records.h"

#include <gtest/gtest.h>

#include "chela/utf8.h"
#include "tasks/outbox.h"

namespace chela::tasks {
namespace {

using namespace std::chrono_literals;

// As a host that knows no secret reads it.
Result<CheckReport> parse_report(const json::value& document) {
  const services::Redactor redactor;
  return tasks::parse_report(document, redactor);
}

json::value report(const std::string& rest) {
  return *parse_json(R"({"schema":"chela.check.report/1","status":"warn")" + rest + "}");
}

json::value with_finding(const std::string& members) {
  return report(R"(,"findings":[{"key":"k","class":"event","severity":"info","title":"t"},{)" +
                members + "}]");
}

TEST(ParseReport, ReadsEveryMember) {
  const auto parsed = parse_report(*parse_json(R"({
    "schema":"chela.check.report/1","status":"crit","summary":"two files","other":1,
    "findings":[{"key":"uncommitted","class":"condition","severity":"warn","title":"T","detail":"a\nb",
      "url":"https://x/","needs_human":true,"task":{"title":"Commit","priority":"high"},"more":[]}],
    "metrics":[{"name":"free","value":1.5,"unit":"percent"},{"name":"n","value":3}],
    "cursor":{"uid":7}})"));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->status, CheckStatus::crit);
  EXPECT_EQ(parsed->summary, "two files");
  ASSERT_EQ(parsed->findings.size(), 1u);
  const auto& finding = parsed->findings[0];
  EXPECT_EQ(finding.key, "uncommitted");
  EXPECT_EQ(finding.cls, FindingClass::condition);
  EXPECT_EQ(finding.severity, Severity::warn);
  EXPECT_EQ(finding.title, "T");
  EXPECT_EQ(finding.detail, "a\nb");
  EXPECT_EQ(finding.url, "https://x/");
  EXPECT_TRUE(finding.needs_human);
  ASSERT_TRUE(finding.task);
  EXPECT_EQ(finding.task->title, "Commit");
  EXPECT_EQ(finding.task->priority, "high");
  ASSERT_EQ(parsed->metrics.size(), 2u);
  EXPECT_EQ(parsed->metrics[0].value, 1.5);
  EXPECT_EQ(parsed->metrics[0].unit, "percent");
  EXPECT_EQ(parsed->metrics[1].value, 3.0);
  ASSERT_TRUE(parsed->cursor);
  EXPECT_EQ(*parsed->cursor, *parse_json(R"({"uid":7})"));
}

TEST(ParseReport, KeepsAnAbsentCursorApartFromNull) {
  EXPECT_FALSE(parse_report(report(""))->cursor);
  EXPECT_TRUE(parse_report(report(R"(,"cursor":null)"))->cursor->is_null());
}

TEST(ParseReport, SaysWhereWantedAndFound) {
  const std::string good = R"("key":"a","class":"condition","severity":"warn","title":"t")";
  const struct {
    const char* name;
    json::value document;
    const char* message;
  } cases[] = {
      {"no object", json::value(1), "document: wanted an object, found a number"},
      {"no schema", *parse_json("{}"), "schema: wanted a string, found nothing"},
      {"other schema", *parse_json(R"({"schema":"chela.check.report/2","status":"ok"})"),
       "schema: wanted 'chela.check.report/1', found 'chela.check.report/2'"},
      {"status", *parse_json(R"({"schema":"chela.check.report/1","status":"fine"})"),
       "status: wanted ok, warn, crit or unknown, found 'fine'"},
      {"findings", report(R"(,"findings":{})"), "findings: wanted an array, found an object"},
      {"finding", report(R"(,"findings":["x"])"), "findings[0]: wanted an object, found 'x'"},
      {"no key", with_finding(R"("class":"event")"),
       "findings[1].key: wanted a string, found nothing"},
      {"empty key", with_finding(R"("key":"")"), "findings[1].key: wanted a stable key"},
      {"line in key", with_finding(R"("key":"a\nb")"),
       "findings[1].key: wanted text without control"},
      {"host's key", with_finding(R"("key":"chela:run")"), "findings[1].key: wanted a key outside"},
      {"long key", with_finding(R"("key":")" + std::string(201, 'k') + "\""),
       "findings[1].key: wanted at most 200 bytes, found 201 bytes"},
      {"class", with_finding(R"("key":"a","class":"x")"),
       "findings[1].class: wanted event or condition, found 'x'"},
      {"severity", with_finding(R"("key":"a","class":"event","severity":2)"),
       "findings[1].severity: wanted a string, found a number"},
      {"title", with_finding(R"("key":"a","class":"event","severity":"info","title":" ")"),
       "findings[1].title: wanted a title"},
      {"detail", with_finding(good + R"(,"detail":[])"),
       "findings[1].detail: wanted a string, found an array"},
      {"url", with_finding(good + R"(,"url":null)"),
       "findings[1].url: wanted a string, found null"},
      {"needs_human", with_finding(good + R"(,"needs_human":"yes")"),
       "findings[1].needs_human: wanted true or false, found 'yes'"},
      {"task", with_finding(good + R"(,"task":true)"),
       "findings[1].task: wanted an object, found a boolean"},
      {"priority", with_finding(good + R"(,"task":{"priority":"urgent"})"),
       "findings[1].task.priority: wanted high, medium or low, found 'urgent'"},
      {"metric", report(R"(,"metrics":[{"name":"n","value":"1"}])"),
       "metrics[0].value: wanted a number, found '1'"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parsed = parse_report(c.document);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(parsed.error().message.find(c.message), std::string::npos) << parsed.error().message;
  }
}

TEST(ParseReport, CutsLongTextsBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 3000; ++i) umlauts += "\u00e4";
  json::value document =
      with_finding(R"("key":"a","class":"condition","severity":"warn","title":"t")");
  auto& finding = document.as_object()["findings"].as_array()[1].as_object();
  finding["title"] = "x" + umlauts;
  finding["detail"] = umlauts;
  const auto parsed = parse_report(document);
  ASSERT_TRUE(parsed);
  const auto& cut = parsed->findings[1];
  EXPECT_LE(cut.title.size(), 300u);
  EXPECT_GE(cut.title.size(), 298u);
  EXPECT_LE(cut.detail.size(), 4000u);
  EXPECT_TRUE(cut.title.ends_with("..."));
  EXPECT_TRUE(cut.detail.ends_with("..."));
  EXPECT_TRUE(is_utf8(cut.title) && cut.title.find("\uFFFD") == std::string::npos);
  EXPECT_TRUE(is_utf8(cut.detail));
}

TEST(ParseReport, MakesTitlesOneLine) {
  const auto parsed = parse_report(
      with_finding(R"("key":"a","class":"event","severity":"info","title":"a\nb\u001b[2Jc")"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->findings[1].title, "a b [2Jc");
}

TEST(ParseReport, MergesFindingsOfOneKey) {
  const auto parsed = parse_report(report(R"(,"findings":[
    {"key":"a","class":"event","severity":"info","title":"first","detail":"one"},
    {"key":"b","class":"event","severity":"info","title":"other"},
    {"key":"a","class":"condition","severity":"crit","title":"second","detail":"two","url":"u","needs_human":true}])"));
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->findings.size(), 2u);
  const auto& merged = parsed->findings[0];
  EXPECT_EQ(merged.title, "first");
  EXPECT_EQ(merged.detail, "one\ntwo");
  EXPECT_EQ(merged.severity, Severity::crit);
  EXPECT_EQ(merged.cls, FindingClass::condition);
  EXPECT_EQ(merged.url, "u");
  EXPECT_TRUE(merged.needs_human);
}

TEST(ParseReport, RefusesMoreThanAThousandFindings) {
  json::array findings;
  for (int i = 0; i < 1001; ++i) {
    findings.push_back(json::object{
        {"key", std::to_string(i)}, {"class", "event"}, {"severity", "info"}, {"title", "t"}});
  }
  json::value document = report("");
  document.as_object()["findings"] = findings;
  const auto refused = parse_report(document);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
  findings.pop_back();
  document.as_object()["findings"] = findings;
  const auto taken = parse_report(document);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->findings.size(), 1000u);
}

OutboxRow row(std::int64_t id, const char* task, Timestamp not_before) {
  OutboxRow owed;
  owed.id = id;
  owed.task_id = task;
  owed.created_at = not_before - 30s;
  owed.not_before = not_before;
  owed.created_at = not_before - std::chrono::hours(1);
  return owed;
}

TEST(ParseReport, TakesOutWhatLooksLikeASecret) {
  const auto report = parse_report(parse_json(R"({"schema":"chela.check.report/1","status":"warn",
    "summary":"password=hunter2222 is refused","findings":[{"key":"login","class":"condition",
    "severity":"warn","title":"token: abcdef123456","detail":"Authorization: Bearer abcdefgh\nnext",
    "url":"https://x.invalid/?token=abcdef123456&a=1"}]})")
                                       .value());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->summary, "password=[redacted] is refused");
  EXPECT_EQ(report->findings.at(0).title, "token: [redacted]");
  EXPECT_EQ(report->findings.at(0).detail, "Authorization: [redacted]\nnext");
  EXPECT_EQ(report->findings.at(0).url, "https://x.invalid/?token=[redacted]&a=1");
}

TEST(ParseReport, TakesOutValuesThatTheHostKnowsBeforeItCutsAnything) {
  services::Redactor redactor;
  ASSERT_TRUE(redactor.add("env:K", "lantern \"north\" harbour"));
  const std::string secret = R"(lantern \"north\" harbour)";  // within JSON
  const std::string dots(290, '.');
  const auto taken = tasks::parse_report(
      report(R"(,"summary":")" + dots + secret + R"(","findings":[{"key":"k )" + secret +
             R"(","class":"event","severity":"info","title":"t )" + secret + R"(","detail":")" +
             std::string(3990, '.') + secret +
             R"(","url":"https://x.invalid/lantern%20%22north%22%20harbour",
             "task":{"title":")" +
             secret + R"("}}],"metrics":[{"name":")" + secret + R"(","value":1,"unit":")" + secret +
             R"("}],"cursor":{")" + secret + R"(":["token=abcdef123456",")" + secret + R"(",7]})"),
      redactor);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->summary, dots + "[redact...");
  const auto& finding = taken->findings.at(0);
  EXPECT_EQ(finding.key, "k [redacted:env_K]");
  EXPECT_EQ(finding.title, "t [redacted:env_K]");
  EXPECT_TRUE(finding.detail.ends_with("..[redact...")) << finding.detail.substr(3900);
  EXPECT_EQ(finding.url, "https://x.invalid/[redacted:env_K]");
  EXPECT_EQ(finding.task->title, "[redacted:env_K]");
  EXPECT_EQ(taken->metrics.at(0).name, "[redacted:env_K]");
  EXPECT_EQ(taken->metrics.at(0).unit, "[redacted:env_K]");
  // Its own notes stay as they are but for that.
  EXPECT_EQ(json::serialize(*taken->cursor),
            R"({"[redacted:env_K]":["token=abcdef123456","[redacted:env_K]",7]})");

  const std::string cut = "\"" + std::string(35, '.') + secret + "\"";
  const auto refused = tasks::parse_report(report(R"(,"findings":)" + cut), redactor);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("lant"), std::string::npos) << refused.error().message;
}

TEST(Outbox, KeepsTheOrderOfOneTaskAndWaitsForNobodyElse) {
  const Timestamp now{1000h};
  const std::vector<OutboxRow> outbox{
      row(1, "a", now + 1min), row(2, "b", now), row(3, "a", now),     row(4, "", now),
      row(5, "", now + 1ms),   row(6, "b", now), row(7, "", now - 1h), row(8, "c", now + 48h)};
  std::vector<std::int64_t> ids;
  for (const auto& owed : sendable(outbox, now)) ids.push_back(owed.id);
  // 8 was put off before the clock went back by two days.
  EXPECT_EQ(ids, (std::vector<std::int64_t>{2, 4, 7, 8}));

  // One that was meant to wait for three days, the end of a snooze, waits for them.
  OutboxRow held = row(9, "", now + 48h);
  held.created_at = now - 24h;
  EXPECT_TRUE(sendable({held}, now).empty());
}

TEST(Outbox, SaysWhenItsNextRowMayGo) {
  const Timestamp now{1000h};
  const struct {
    const char* name;
    std::vector<OutboxRow> outbox;
    std::optional<Timestamp> next;
  } cases[] = {
      {"nothing is owed", {}, std::nullopt},
      {"one waits", {row(1, "a", now + 1min)}, now + 1min},
      {"one is late", {row(1, "a", now - 1min)}, now},
      {"a later row of a task waits for the first",
       {row(1, "a", now + 1min), row(2, "a", now)},
       now + 1min},
      {"another task does not", {row(1, "a", now + 1min), row(2, "b", now + 1s)}, now + 1s},
      {"put off before the clock went back", {row(1, "a", now + 48h)}, now},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(next_sendable(c.outbox, now), c.next);
  }
}

TEST(Outbox, BacksOffUpToAnHour) {
  const Timestamp now{1000h};
  const struct {
    int attempts;
    Duration wait;
  } cases[] = {{0, 30s}, {1, 30s}, {2, 60s}, {3, 120s}, {7, 1920s}, {8, 1h}, {100000, 1h}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.attempts);
    EXPECT_EQ(next_attempt(c.attempts, now) - now, c.wait);
  }
}

}  // namespace
}  // namespace chela::tasks
