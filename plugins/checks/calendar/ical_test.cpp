// iCalendar text: what is read from it, and that foreign bytes do no harm.
#include "ical.h"

#include <gtest/gtest.h>

#include <random>

#include "event.h"
#include "when.h"
#include "xml.h"

namespace check_calendar {
namespace {

std::vector<Component> read(const std::string& text) {
  std::vector<Component> all;
  const auto result = read_calendar(text, [&](const Component& one) { all.push_back(one); });
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return all;
}

std::string with(const std::string& lines) {
  return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

TEST(ReadCalendar, UnfoldsLinesAndReadsParameters) {
  const auto all = read("\xEF\xBB\xBF" +
                        with("summary:one\r\n  two\r\n\t three\r\n"
                             "ATTENDEE;CN=\"Ana; B: C\";PARTSTAT=ACCEPTED:mailto:a@example.org\r\n"
                             "X;A;B=1:v\r\n"));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].value("SUMMARY"), "one two three");
  EXPECT_EQ(all[0].find("ATTENDEE")->param("CN"), "Ana; B: C");
  EXPECT_EQ(all[0].value("ATTENDEE"), "mailto:a@example.org");
  EXPECT_EQ(all[0].find("X")->param("B"), "1");
}

TEST(ReadCalendar, PassesOverAlarmsAndOtherThings) {
  const auto all = read(
      "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nBEGIN:VEVENT\nUID:a\n"
      "BEGIN:VALARM\nSUMMARY:alarm\nBEGIN:X\nEND:X\nEND:VALARM\nSUMMARY:b\nEND:VEVENT\n"
      "END:VCALENDAR\n");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].value("SUMMARY"), "b");
}

TEST(ReadCalendar, RefusesWhatIsNoneOrCutShort) {
  const auto ignore = [](const Component&) {};
  EXPECT_FALSE(read_calendar("", ignore).has_value());
  EXPECT_FALSE(read_calendar("<html></html>", ignore).has_value());
  EXPECT_FALSE(read_calendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n", ignore).has_value());
  EXPECT_FALSE(
      read_calendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\n", ignore).has_value());
}

TEST(ReadCalendar, SurvivesDamagedBytes) {
  const std::string good = with(
      "UID:a\r\nDTSTART;TZID=\"Europe/Berlin\":20261128T093000\r\n"
      "RRULE:FREQ=DAILY;BYDAY=MO\r\nEXDATE:20261129T093000,2026\r\n"
      "DURATION:PT1H\r\nRDATE;VALUE=PERIOD:20261128T093000Z/PT1H\r\n");
  std::mt19937 engine(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (auto k = engine() % 6; k > 0; --k) {
      const auto at = engine() % bad.size();
      if (engine() % 3 == 0) {
        bad.erase(at, engine() % 20);
      } else {
        bad[at] = static_cast<char>(engine());
      }
    }
    (void)read_calendar(bad, [](const Component& one) {
      const auto event = read_event(one, {"a@example.org"});
      if (event) (void)write_event(*event);
    });
  }
  std::string deep = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 100'000; ++i) deep += "BEGIN:VTIMEZONE\n";
  EXPECT_FALSE(read_calendar(deep, [](const Component&) {}).has_value());
}

TEST(ReadEvent, KeepsItsMeaningThroughTheShortForm) {
  const auto component = read(with(
      "UID:a\r\nSUMMARY:One\\, two\\; three\\nfour\r\nLOCATION:Room\r\n"
      "DTSTART;TZID=Europe/Berlin:20261128T093000\r\nDTEND;TZID=Europe/Berlin:20261128T103000\r\n"
      "RRULE:FREQ=DAILY\r\nEXRULE:FREQ=WEEKLY\r\nRDATE;VALUE=DATE:20261201\r\n"
      "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20261202T090000/PT1H,20261203T090000/"
      "20261203T100000\r\n"
      "EXDATE;VALUE=DATE:20261129,20261130\r\nSEQUENCE:4\r\nSTATUS:TENTATIVE\r\nTRANSP:"
      "TRANSPARENT\r\n"
      "ATTENDEE;PARTSTAT=DECLINED;EMAIL=ana@example.org:urn:uuid:1\r\nDESCRIPTION:long\r\n"));
  const auto event = read_event(component.at(0), {"ana@example.org"});
  ASSERT_TRUE(event.has_value());
  const std::string text = write_event(*event);
  const auto again = read_event(read("BEGIN:VCALENDAR\n" + text + "END:VCALENDAR\n").at(0), {});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(write_event(*again), text);
  EXPECT_EQ(again->summary, "One, two; three\nfour");
  EXPECT_EQ(again->start, event->start);
  EXPECT_EQ(again->extra.size(), 3u);
  EXPECT_EQ(again->excluded.size(), 2u);
  EXPECT_TRUE(again->is_declined && again->is_free && again->is_tentative);
  EXPECT_EQ(again->sequence, 4);
}

TEST(ReadEvent, KeepsTenThousandTimesOfEachKind) {
  std::string many;
  for (int i = 0; i < 6'000; ++i) many += (i == 0 ? "" : ",") + format_basic_date(20'000 + i);
  const auto component =
      read(with("UID:a\r\nDTSTART;VALUE=DATE:20261128\r\nEXDATE:" + many + "\r\nEXDATE:" + many +
                "\r\nRDATE:" + many + "\r\nRDATE:" + many + "\r\n"));
  const auto event = read_event(component.at(0), {});
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->excluded.size(), 10'000u);
  EXPECT_EQ(event->extra.size(), 10'000u);
}

TEST(ParseSpan, ReadsWhatTheStandardAllows) {
  const struct {
    const char* text;
    std::optional<Span> span;
  } cases[] = {
      {"PT15M", Span{0, 900}},
      {"P1DT2H3M4S", Span{1, 7384}},
      {"P2W", Span{14, 0}},
      {"-PT5M", Span{0, -300}},
      {"+P1D", Span{1, 0}},
      {"P", std::nullopt},
      {"PT", std::nullopt},
      {"P1H", std::nullopt},
      {"PT1D", std::nullopt},
      {"15M", std::nullopt},
      {"P1", std::nullopt},
      {"", std::nullopt},
      {"P99999999999D", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_span(c.text), c.span);
  }
}

TEST(ParseXml, GivesNamespacesTextAndRefusesBombs) {
  const auto root = parse_xml(
      "<a xmlns=\"DAV:\" xmlns:c=\"urn:c\"><c:b name=\"VEVENT\"> x &amp;<![CDATA[<y>]]> "
      "</c:b></a>");
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->name, "DAV: a");
  EXPECT_EQ(root->child_text("urn:c b"), "x &<y>");
  EXPECT_EQ(root->child("urn:c b")->name_attribute, "VEVENT");
  EXPECT_EQ(parse_xml("<a>caf\xE9 \xC3\xA9</a>")->text, "caf\xEF\xBF\xBD \xC3\xA9");
  EXPECT_EQ(parse_xml("<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xE9</a>")->text,
            "caf\xC3\xA9");
  for (const char* bad : {"", "x", "<a>", "<a></b>", "<a/><b/>", "<a>&nothing;</a>",
                          "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"}) {
    EXPECT_FALSE(parse_xml(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace check_calendar
