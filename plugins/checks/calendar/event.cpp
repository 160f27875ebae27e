#include "event.h"

#include <algorithm>
#include <charconv>

#include "when.h"

namespace check_calendar {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostText = 160;      // bytes of a summary or a place that are kept
constexpr std::size_t kMostTimes = 10'000;  // of RDATE and of EXDATE
constexpr std::size_t kMostRules = 8;
constexpr const char* kDeclined = "X-CHELA-DECLINED";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_own_refusal(const Property& property, const std::vector<std::string>& own) {
  if (property.name == kDeclined) return true;
  if (property.name != "ATTENDEE" || lower(property.param("PARTSTAT")) != "declined") return false;
  std::string address = lower(property.value);
  if (address.starts_with("mailto:")) address.erase(0, 7);
  const std::string email = lower(property.param("EMAIL"));
  return std::any_of(own.begin(), own.end(), [&](const std::string& one) {
    return one == address || (!email.empty() && one == email);
  });
}

void read_mark(const Property& property, Event& event) {
  const std::string value = lower(property.value);
  if (property.name == "STATUS") {
    event.is_cancelled = value == "cancelled";
    event.is_tentative = value == "tentative";
  } else if (property.name == "TRANSP") {
    event.is_free = value == "transparent";
  } else if (property.name == "X-MICROSOFT-CDO-BUSYSTATUS") {
    event.is_free = event.is_free || value == "free";
  } else if (property.name == "SEQUENCE") {
    std::from_chars(value.data(), value.data() + value.size(), event.sequence);
  }
}

void read_time(const Property& property, Event& event) {
  if (property.name == "DTEND") {
    event.end = parse_when(property);
  } else if (property.name == "DURATION") {
    event.length = parse_span(property.value);
  } else if (property.name == "RDATE") {
    parse_extra_starts(property, kMostTimes, event.extra);
  } else if (property.name == "EXDATE") {
    parse_whens(property, kMostTimes, event.excluded);
  } else if (property.name == "RECURRENCE-ID") {
    event.recurrence = parse_when(property);
    event.replaces_later_ones = property.param("RANGE") == "THISANDFUTURE";
  } else if (property.name == "RRULE" && event.rules.size() < kMostRules) {
    event.rules.push_back(property.value);
  } else if (property.name == "EXRULE" && event.excluded_rules.size() < kMostRules) {
    event.excluded_rules.push_back(property.value);
  }
}

}  // namespace

chela::Result<Event> read_event(const Component& component, const std::vector<std::string>& own) {
  Event event;
  event.uid = cut(component.value("UID"), 400);
  const auto* start = component.find("DTSTART");
  const auto when = start == nullptr ? std::nullopt : parse_when(*start);
  if (!when) {
    return fail(ErrorCode::invalid_argument, start == nullptr
                                                 ? "the event has no DTSTART"
                                                 : "the event's DTSTART is no date and no time");
  }
  event.start = *when;
  event.summary = cut(unescape(component.value("SUMMARY")), kMostText);
  event.location = cut(unescape(component.value("LOCATION")), kMostText);
  // Without an id of its own it is told apart by what it says and when.
  if (event.uid.empty()) event.uid = format_when(event.start) + " " + event.summary;
  for (const auto& property : component.properties) {
    read_mark(property, event);
    read_time(property, event);
    if (is_own_refusal(property, own)) event.is_declined = true;
  }
  if (component.find("RECURRENCE-ID") != nullptr && !event.recurrence)
    return fail(ErrorCode::invalid_argument, "the event's RECURRENCE-ID is no date and no time");
  if (event.end && event.end->is_date() != event.start.is_date()) event.end.reset();
  return event;
}

std::string write_event(const Event& event) {
  std::string text = "BEGIN:VEVENT\nUID:" + event.uid + "\n";
  const auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) text += name + ":" + value + "\n";
  };
  line("SUMMARY", escape(event.summary));
  line("LOCATION", escape(event.location));
  text += "DTSTART" + write_when(event.start) + "\n";
  if (event.end) text += "DTEND" + write_when(*event.end) + "\n";
  if (event.length) line("DURATION", write_span(*event.length));
  for (const auto& rule : event.rules) line("RRULE", rule);
  for (const auto& rule : event.excluded_rules) line("EXRULE", rule);
  for (const auto& extra : event.extra) text += "RDATE" + write_extra_start(extra) + "\n";
  for (const auto& excluded : event.excluded) text += "EXDATE" + write_when(excluded) + "\n";
  if (event.recurrence) {
    text += event.replaces_later_ones ? "RECURRENCE-ID;RANGE=THISANDFUTURE" : "RECURRENCE-ID";
    text += write_when(*event.recurrence) + "\n";
  }
  if (event.sequence != 0) line("SEQUENCE", std::to_string(event.sequence));
  if (event.is_cancelled) line("STATUS", "CANCELLED");
  if (event.is_tentative) line("STATUS", "TENTATIVE");
  if (event.is_free) line("TRANSP", "TRANSPARENT");
  if (event.is_declined) line(kDeclined, "TRUE");
  return text + "END:VEVENT\n";
}

}  // namespace check_calendar
