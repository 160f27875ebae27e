#include "check_bench.h"

#include "calendar/agenda.h"
#include "calendar/intake.h"
#include "email/mail.h"
#include "feed/entries.h"

namespace chela::bench {
namespace {

using check_calendar::Window;

constexpr std::int64_t kNow = 1'796'000'000;  // s since 1970, in November 2026
constexpr std::int64_t kDays = 86'400;
constexpr int kRuns = 21;

template <class Work>
double median_us(Work work) {
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) {
    const auto begin = Clock::now();
    work();
    times.push_back(us_since(begin));
  }
  return median(std::move(times));
}

std::string event(int number, const std::string& start, const std::string& rest) {
  return "BEGIN:VEVENT\r\nUID:event-" + std::to_string(number) +
         "@example.org\r\nSUMMARY:Something that takes place\r\nDTSTART:" + start +
         "\r\nDURATION:PT30M\r\n" + rest + "END:VEVENT\r\n";
}

std::string calendar_of(const std::string& events) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench\r\n" + events + "END:VCALENDAR\r\n";
}

// How many things of this feed a week's agenda holds; -1 where it was not read.
long lay_out(const std::string& text) {
  check_calendar::ZoneBook zones({}, [](const std::string&) { return std::nullopt; });
  check_calendar::Mirror mirror;
  check_calendar::Notes notes;
  check_calendar::IntakeRules rules{kNow, {}};
  if (!check_calendar::take_feed(mirror.calendars[""], text, rules, zones, notes)) return -1;
  const auto agenda =
      check_calendar::make_agenda(mirror, Window{kNow, kNow + 7 * kDays}, zones, notes);
  return static_cast<long>(agenda.size() + notes.not_expanded.size());
}

// All minutes and seconds of all hours, and one position among them: the whole year has to be
// known.
std::string position_bomb() {
  std::string hours = "0", sixty = "0";
  for (int i = 1; i < 60; ++i) {
    if (i < 24) hours += "," + std::to_string(i);
    sixty += "," + std::to_string(i);
  }
  return "RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + hours + ";BYMINUTE=" + sixty +
         ";BYSECOND=" + sixty + ";BYSETPOS=-1\r\n";
}

std::string some_feed(int items) {
  std::string text = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>";
  for (int i = 0; i < items; ++i) {
    const std::string number = std::to_string(i);
    text += "<item><title>Release " + number + " &amp; more</title><link>https://example.org/" +
            number + "</link><guid>tag:" + number + "</guid><description><![CDATA[<p>" +
            std::string(400, 'x') + "</p>]]></description></item>";
  }
  return text + "</channel></rss>";
}

check_email::Fetched some_mail(std::uint32_t uid) {
  check_email::Fetched mail;
  mail.uid = uid;
  mail.header =
      "Received: from mail.example.org (mail.example.org [192.0.2.1]) by mx.example.net with "
      "ESMTPS;\r\n Sat, 28 Nov 2026 07:00:00 +0000\r\n"
      "Authentication-Results: mx.example.net; dkim=pass header.d=example.org;\r\n"
      " spf=pass smtp.mailfrom=example.org; dmarc=pass header.from=example.org\r\n"
      "From: =?utf-8?Q?Ana_P=C3=A9rez?= <ana@example.org>\r\n"
      "Subject: =?utf-8?B?UmVsYXTDs3JpbyBkYSBzZW1hbmE=?=\r\n =?utf-8?Q?_n=C3=BAmero_47?=\r\n"
      "Message-ID: <" +
      std::to_string(uid) + "@example.org>\r\nDate: Sat, 28 Nov 2026 07:00:00 +0000\r\n\r\n";
  return mail;
}

bool is_right(const char* what, long found, long wanted) {
  if (found == wanted) return true;
  std::printf("%s: wanted %ld, found %ld\n", what, wanted, found);
  return false;
}

std::string in_ms(double us) {
  return text(us < 1000 ? "%.3f ms" : "%.1f ms", us / 1000);
}

bool bench_calendar(Row row) {
  const std::string seconds = calendar_of(event(1, "19700101T000000Z", "RRULE:FREQ=SECONDLY\r\n"));
  const std::string positions = calendar_of(event(1, "19700101T000000Z", position_bomb()));
  std::string events;
  for (int i = 0; i < 2'000; ++i)
    events += event(i, "20261101T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\n");
  const std::string many = calendar_of(events);
  if (!is_right("a bomb's note", lay_out(seconds) > 0 ? 1 : 0, 1)) return false;
  if (!is_right("the other bomb's note", lay_out(positions), 1)) return false;
  if (!is_right("something in the week", lay_out(many) > 0 ? 1 : 0, 1)) return false;
  row("calendar with FREQ=SECONDLY since 1970, a week", in_ms(median_us([&] { lay_out(seconds); })),
      "50 ms", "");
  row("  BYSETPOS=-1 of all seconds of a year", in_ms(median_us([&] { lay_out(positions); })),
      "50 ms", "");
  row("  2,000 weekly events read and laid out", in_ms(median_us([&] { lay_out(many); })), "", "");
  return true;
}

bool bench_feed(Row row) {
  const std::string bytes = some_feed(500);
  const auto count = [&] {
    const auto document = feed::parse_feed(bytes, "utf-8");
    return document ? static_cast<long>(document->entries.size()) : -1;
  };
  if (!is_right("entries", count(), 500)) return false;
  row("feed of 500 entries read", in_ms(median_us(count)), "",
      std::to_string(bytes.size() / 1000) + " kB");
  return true;
}

bool bench_mail(Row row) {
  check_email::SenderPolicy policy;
  policy.authorised = {"ana@example.org"};
  policy.authserv_ids = {"mx.example.net"};
  const auto count = [&] {
    long proven = 0;
    for (std::uint32_t uid = 1; uid <= 1'000; ++uid) {
      const auto mail = check_email::read_mail(some_mail(uid), policy, Timestamp{});
      if (mail.subject == "Relatório da semana número 47") ++proven;
    }
    return proven;
  };
  if (!is_right("subjects", count(), 1'000)) return false;
  row("1,000 mails read and their senders judged", in_ms(median_us(count)), "", "");
  return true;
}

}  // namespace

bool bench_checks(Row row) {
  return bench_calendar(row) && bench_feed(row) && bench_mail(row);
}

}  // namespace chela::bench
