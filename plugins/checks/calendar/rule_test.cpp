// Rules: the examples of RFC 5545, 3.8.5.3, and what is refused.
#include "rule.h"

#include <gtest/gtest.h>

#include "expand.h"

namespace check_calendar {
namespace {

// "19970902" or "19970902T100000"; without a time it is 09:00.
Local at(const std::string& text) {
  return text.size() == 8 ? *parse_basic_date(text) * kDaySeconds + 9 * kHour
                          : *parse_basic_time(text);
}

std::string joined(const std::vector<Local>& starts) {
  std::string text;
  for (const Local start : starts) {
    const std::string one = format_basic_time(start);
    text += (text.empty() ? "" : " ") + (one.ends_with("T090000") ? one.substr(0, 8) : one);
  }
  return text;
}

// The first starts of each example, as many as the RFC lists (or fewer of long lists); zones are
// left out, UNTIL is written in local time.
TEST(ExpandRule, GivesTheExamplesOfTheStandard) {
  const struct {
    const char *rule, *first, *starts;
  } cases[] = {
      {"FREQ=DAILY;COUNT=10", "19970902",
       "19970902 19970903 19970904 19970905 19970906 19970907 19970908 19970909 19970910 19970911"},
      {"FREQ=DAILY;INTERVAL=2", "19970902", "19970902 19970904 19970906 19970908"},
      {"FREQ=DAILY;INTERVAL=10;COUNT=5", "19970902",
       "19970902 19970912 19970922 19971002 19971012"},
      {"FREQ=YEARLY;UNTIL=20000131T140000;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "19980101",
       "19980101 19980102 19980103"},
      {"FREQ=WEEKLY;COUNT=10", "19970902",
       "19970902 19970909 19970916 19970923 19970930 19971007 19971014 19971021 19971028 19971104"},
      {"FREQ=WEEKLY;INTERVAL=2;WKST=SU", "19970902",
       "19970902 19970916 19970930 19971014 19971028"},
      {"FREQ=WEEKLY;UNTIL=19971007T000000;WKST=SU;BYDAY=TU,TH", "19970902",
       "19970902 19970904 19970909 19970911 19970916 19970918 19970923 19970925 19970930 19971002"},
      {"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000;WKST=SU;BYDAY=MO,WE,FR", "19970901",
       "19970901 19970903 19970905 19970915 19970917 19970919 19970929 19971001 19971003 19971013 "
       "19971015 19971017 19971027 19971029 19971031 19971110 19971112 19971114 19971124 19971126 "
       "19971128 19971208 19971210 19971212 19971222"},
      {"FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "19970902",
       "19970902 19970904 19970916 19970918 19970930 19971002 19971014 19971016"},
      {"FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "19970905",
       "19970905 19971003 19971107 19971205 19980102 19980206 19980306 19980403 19980501 19980605"},
      {"FREQ=MONTHLY;UNTIL=19971224T000000;BYDAY=1FR", "19970905",
       "19970905 19971003 19971107 19971205"},
      {"FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "19970907",
       "19970907 19970928 19971102 19971130 19980104 19980125 19980301 19980329 19980503 19980531"},
      {"FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "19970922",
       "19970922 19971020 19971117 19971222 19980119 19980216"},
      {"FREQ=MONTHLY;BYMONTHDAY=-3", "19970928",
       "19970928 19971029 19971128 19971229 19980129 19980226"},
      {"FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "19970902",
       "19970902 19970915 19971002 19971015 19971102 19971115 19971202 19971215 19980102 19980115"},
      {"FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "19970930",
       "19970930 19971001 19971031 19971101 19971130 19971201 19971231 19980101 19980131 19980201"},
      {"FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "19970910",
       "19970910 19970911 19970912 19970913 19970914 19970915 19990310 19990311 19990312 19990313"},
      {"FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "19970902",
       "19970902 19970909 19970916 19970923 19970930 19971104 19971111 19971118 19971125 19980106"},
      {"FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "19970610",
       "19970610 19970710 19980610 19980710 19990610 19990710 20000610 20000710 20010610 20010710"},
      {"FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "19970310",
       "19970310 19990110 19990210 19990310 20010110 20010210 20010310 20030110 20030210 20030310"},
      {"FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "19970101",
       "19970101 19970410 19970719 20000101 20000409 20000718 20030101 20030410 20030719 20060101"},
      {"FREQ=YEARLY;BYDAY=20MO", "19970519", "19970519 19980518 19990517"},
      {"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "19970512", "19970512 19980511 19990517"},
      {"FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "19970313",
       "19970313 19970320 19970327 19980305 19980312 19980319 19980326 19990304"},
      {"FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "19970605",
       "19970605 19970612 19970619 19970626 19970703 19970710 19970717 19970724 19970731 19970807 "
       "19970814 19970821 19970828 19980604"},
      {"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "19970902",
       "19980213 19980313 19981113 19990813 20001013"},
      {"FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "19970913",
       "19970913 19971011 19971108 19971213 19980110 19980207 19980307 19980411 19980509 19980613"},
      {"FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "19961105",
       "19961105 20001107 20041102"},
      {"FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904", "19970904 19971007 19971106"},
      {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "19970929",
       "19970929 19971030 19971127 19971230 19980129 19980226 19980330"},
      {"FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000", "19970902",
       "19970902 19970902T120000 19970902T150000"},
      {"FREQ=MINUTELY;INTERVAL=15;COUNT=6", "19970902",
       "19970902 19970902T091500 19970902T093000 19970902T094500 19970902T100000 19970902T101500"},
      {"FREQ=MINUTELY;INTERVAL=90;COUNT=4", "19970902",
       "19970902 19970902T103000 19970902T120000 19970902T133000"},
      {"FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "19970902",
       "19970902 19970902T092000 19970902T094000 19970902T100000"},
      {"FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "19970902T160000",
       "19970902T160000 19970902T162000 19970902T164000 19970903 19970903T092000"},
      {"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805",
       "19970805 19970810 19970819 19970824"},
      {"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805",
       "19970805 19970817 19970819 19970831"},
      {"FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115",
       "20070115 20070130 20070215 20070315 20070330"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.rule);
    const auto rule = parse_rule(c.rule);
    ASSERT_TRUE(rule.has_value()) << rule.error().message;
    const std::string wanted = c.starts;
    const auto count = static_cast<std::size_t>(std::count(wanted.begin(), wanted.end(), ' ')) + 1;
    const Local first = at(c.first);
    const auto all =
        expand_rule(*rule, first, first, first + 20 * 366 * kDaySeconds, {200'000, count});
    EXPECT_EQ(joined(all.starts), wanted);
    // Looked at from any later point, the rest is the same.
    for (std::size_t from = 1; from < all.starts.size(); ++from) {
      const auto rest = expand_rule(*rule, first, all.starts[from], all.starts.back() + 1, {});
      EXPECT_EQ(joined(rest.starts),
                joined({all.starts.begin() + static_cast<std::ptrdiff_t>(from), all.starts.end()}));
    }
  }
}

TEST(ExpandRule, EndsWhereTheRuleEnds) {
  const auto rule = parse_rule("FREQ=DAILY;UNTIL=19971224T090000");
  Rule last = *rule;
  const auto all = expand_rule(last, at("19970902"), at("19970902"), at("20000101"), {});
  ASSERT_EQ(all.starts.size(), 114u);
  EXPECT_EQ(joined({all.starts.back()}), "19971224");
}

TEST(ExpandRule, CountsFromTheFirstAlsoWhereItBeginsLater) {
  const auto rule = parse_rule("FREQ=DAILY;COUNT=10");
  EXPECT_EQ(joined(expand_rule(*rule, at("19970902"), at("19970910"), at("19980101"), {}).starts),
            "19970910 19970911");
  const auto parts = parse_rule("FREQ=DAILY;COUNT=4;BYDAY=MO");
  EXPECT_EQ(joined(expand_rule(*parts, at("19970902"), at("19970920"), at("19980101"), {}).starts),
            "19970922 19970929");
}

// What such a rule costs is counted in steps, which do not depend on the machine.
TEST(ExpandRule, JumpsToTheWindowInsteadOfCountingThere) {
  const char* rules[] = {"FREQ=SECONDLY",
                         "FREQ=SECONDLY;COUNT=2000000000",
                         "FREQ=SECONDLY;INTERVAL=7",
                         "FREQ=MINUTELY",
                         "FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0",
                         "FREQ=HOURLY;BYDAY=FR",
                         "FREQ=DAILY",
                         "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                         "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4",
                         "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"};
  for (const char* text : rules) {
    SCOPED_TRACE(text);
    const auto rule = parse_rule(text);
    const auto found =
        expand_rule(*rule, at("19700101"), at("20261128"), at("20261130"), {200'000, 500});
    EXPECT_LT(found.steps, 5'000);
    EXPECT_LE(found.starts.size(), 500u);
  }
}

TEST(ExpandRule, SaysThatItGaveUp) {
  const auto every_second = parse_rule("FREQ=SECONDLY");
  EXPECT_FALSE(expand_rule(*every_second, 0, 0, kDaySeconds, {200'000, 500}).is_complete);
  // Positions need the whole set of a year: 31 million times.
  std::string hours = "0", sixty = "0";
  for (int i = 1; i < 60; ++i) {
    if (i < 24) hours += "," + std::to_string(i);
    sixty += "," + std::to_string(i);
  }
  const auto all =
      parse_rule("FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU;BYHOUR=" + hours +
                 ";BYMINUTE=" + sixty + ";BYSECOND=" + sixty + ";BYSETPOS=-1");
  ASSERT_TRUE(all.has_value());
  const auto found =
      expand_rule(*all, at("19970902"), at("20261128"), at("20261130"), {200'000, 500});
  EXPECT_FALSE(found.is_complete);
  EXPECT_LE(found.steps, 200'001);
}

TEST(ParseRule, RefusesWhatMakesNoSense) {
  const struct {
    const char *name, *rule;
  } cases[] = {
      {"empty", ""},
      {"no frequency", "INTERVAL=2"},
      {"unknown frequency", "FREQ=FORTNIGHTLY"},
      {"interval 0", "FREQ=DAILY;INTERVAL=0"},
      {"negative count", "FREQ=DAILY;COUNT=-1"},
      {"month 13", "FREQ=YEARLY;BYMONTH=13"},
      {"month day 0", "FREQ=MONTHLY;BYMONTHDAY=0"},
      {"weekday of none", "FREQ=WEEKLY;BYDAY=XX"},
      {"ordinal 0", "FREQ=MONTHLY;BYDAY=0MO"},
      {"ordinal 54", "FREQ=YEARLY;BYDAY=54MO"},
      {"hour 24", "FREQ=DAILY;BYHOUR=24"},
      {"until is no date", "FREQ=DAILY;UNTIL=tomorrow"},
      {"number too long", "FREQ=DAILY;COUNT=99999999999999999999"},
      {"another calendar", "RSCALE=HEBREW;FREQ=YEARLY"},
      {"empty list", "FREQ=DAILY;BYHOUR="},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_FALSE(parse_rule(c.rule).has_value());
  }
}

TEST(ParseRule, TakesSmallLettersOrderAndPartsOfOthers) {
  const auto rule = parse_rule("bysecond=60;X-MORE=1;byday=we,+1mo;freq=monthly;RSCALE=GREGORIAN;");
  ASSERT_TRUE(rule.has_value()) << rule.error().message;
  EXPECT_EQ(rule->frequency, Frequency::monthly);
  EXPECT_EQ(rule->days, (std::vector<RuleDay>{{0, 2}, {1, 0}}));
  EXPECT_EQ(rule->seconds, std::vector<int>{59});
}

}  // namespace
}  // namespace check_calendar
