#include "imap_parse.h"

#include <charconv>
#include <limits>

#include "imap_scanner.h"
#include "words.h"

namespace check_email {
namespace {

std::optional<std::uint32_t> as_uid(std::optional<std::uint64_t> number) {
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Whether it is "* n NAME"; `scanner` stands behind it.
std::optional<std::uint64_t> numbered(Scanner& scanner, std::string_view name) {
  if (scanner.word() != "*") return std::nullopt;
  scanner.skip_blanks();
  const auto number = scanner.number();
  scanner.skip_blanks();
  if (!number || scanner.word() != name) return std::nullopt;
  return number;
}

// (\Seen \Answered)
std::optional<bool> read_flags(Scanner& scanner) {
  if (!scanner.take('(')) return std::nullopt;
  bool is_seen = false;
  while (true) {
    scanner.skip_blanks();
    if (scanner.take(')')) return is_seen;
    const auto flag = scanner.word();
    if (flag.empty()) return std::nullopt;
    is_seen = is_seen || flag == "\\SEEN";
  }
}

// One item and its value.
bool read_item(Scanner& scanner, Fetched& mail) {
  const std::string name = scanner.item_name();
  if (name.empty()) return false;
  scanner.skip_blanks();
  if (name == "UID") {
    const auto uid = as_uid(scanner.number());
    mail.uid = uid.value_or(0);
    return uid.has_value();
  }
  if (name == "FLAGS") {
    mail.is_seen = read_flags(scanner);
    return mail.is_seen.has_value();
  }
  if (name == "RFC822.SIZE") {
    const auto size = scanner.number();
    mail.size_bytes = size.value_or(0);
    return size.has_value();
  }
  if (name == "INTERNALDATE") {
    const auto text = scanner.string();
    if (text) mail.arrived = parse_internal_date(*text);
    return text.has_value();
  }
  if (name.starts_with("BODY[HEADER.FIELDS ")) return (mail.header = scanner.string()).has_value();
  if (name.starts_with("BODY[TEXT]")) return (mail.text = scanner.string()).has_value();
  return scanner.skip_value();
}

}  // namespace

std::optional<StatusLine> parse_status_line(const Response& response) {
  std::string_view rest = response.text();
  StatusLine line;
  const auto take_word = [&] {
    const auto size = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return word;
  };
  line.tag = take_word();
  line.word = upper_ascii(take_word());
  if (line.word != "OK" && line.word != "NO" && line.word != "BAD" && line.word != "BYE" &&
      line.word != "PREAUTH")
    return std::nullopt;
  const auto close = rest.find(']');
  if (rest.starts_with('[') && close != std::string_view::npos) {
    line.code = upper_ascii(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
  }
  line.text = trim(rest);
  return line;
}

std::optional<MailboxState> parse_status(const Response& response) {
  Scanner scanner(response);
  if (scanner.word() != "*") return std::nullopt;
  scanner.skip_blanks();
  if (scanner.word() != "STATUS") return std::nullopt;
  scanner.skip_blanks();
  if (!scanner.string()) return std::nullopt;
  scanner.skip_blanks();
  if (!scanner.take('(')) return std::nullopt;
  MailboxState state;
  while (true) {
    scanner.skip_blanks();
    if (scanner.take(')')) return state;
    const std::string name = scanner.word();
    scanner.skip_blanks();
    const auto number = scanner.number();
    if (name.empty() || !number) return std::nullopt;
    if (name == "UIDVALIDITY") state.uid_validity = as_uid(number).value_or(0);
    if (name == "UIDNEXT") state.uid_next = as_uid(number).value_or(0);
    if (name == "MESSAGES") state.messages = *number;
    if (name == "UNSEEN") state.unseen = *number;
  }
}

void take_examine(const Response& response, MailboxState& state) {
  const auto line = parse_status_line(response);
  if (line) {
    const auto blank = line->code.find(' ');
    if (blank == std::string::npos) return;
    const auto name = line->code.substr(0, blank);
    const auto value = number_in(std::string_view(line->code).substr(blank + 1));
    if (name == "UIDVALIDITY") state.uid_validity = value.value_or(0);
    if (name == "UIDNEXT") state.uid_next = value.value_or(0);
    return;
  }
  Scanner scanner(response);
  if (const auto number = numbered(scanner, "EXISTS")) state.messages = *number;
}

std::optional<std::vector<std::uint32_t>> parse_search(const Response& response) {
  Scanner scanner(response);
  if (scanner.word() != "*") return std::nullopt;
  scanner.skip_blanks();
  if (scanner.word() != "SEARCH") return std::nullopt;
  std::vector<std::uint32_t> numbers;
  while (true) {
    scanner.skip_blanks();
    // Behind the numbers (MODSEQ n) may stand, where somebody asked for it.
    if (scanner.is_at_end() || scanner.take('(')) return numbers;
    const auto number = as_uid(scanner.number());
    if (!number) return std::nullopt;
    if (*number != 0) numbers.push_back(*number);
  }
}

Result<std::optional<Fetched>> parse_fetch(const Response& response) {
  Scanner scanner(response);
  if (!numbered(scanner, "FETCH")) return std::optional<Fetched>();
  const auto broken = [] {
    return chela::fail(chela::ErrorCode::data_loss,
                       "the mail server sent a broken answer to FETCH: this is no sound IMAP");
  };
  scanner.skip_blanks();
  if (!scanner.take('(')) return broken();
  Fetched mail;
  while (true) {
    scanner.skip_blanks();
    if (scanner.take(')')) break;
    if (!read_item(scanner, mail)) return broken();
  }
  return std::optional<Fetched>(std::move(mail));
}

std::optional<chela::Timestamp> parse_internal_date(std::string_view text) {
  using namespace std::chrono;
  text = trim(text);
  // Days below ten have a blank before them, which trim() may have taken.
  const std::string padded = text.find('-') == 1 ? "0" + std::string(text) : std::string(text);
  if (padded.size() != 26 || padded[2] != '-' || padded[6] != '-' || padded[14] != ':')
    return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) -> std::optional<int> {
    const auto value = number_in(std::string_view(padded).substr(at, size));
    return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
  };
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  const auto month_at = kMonths.find(lower_ascii(std::string_view(padded).substr(3, 3)));
  const auto d = number(0, 2), y = number(7, 4), h = number(12, 2), m = number(15, 2),
             s = number(18, 2), zone_h = number(22, 2), zone_m = number(24, 2);
  const bool is_east = padded[21] == '+';
  if (month_at == std::string_view::npos || month_at % 3 != 0 || !d || !y || !h || !m || !s ||
      !zone_h || !zone_m || (!is_east && padded[21] != '-'))
    return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(month_at / 3 + 1)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok() || *h > 23 || *m > 59 || *s > 60 || *zone_h > 23 || *zone_m > 59)
    return std::nullopt;
  const auto offset = hours(*zone_h) + minutes(*zone_m);
  return chela::Timestamp(sys_days(date)) + hours(*h) + minutes(*m) + seconds(*s) -
         (is_east ? offset : -offset);
}

}  // namespace check_email
