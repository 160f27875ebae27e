#include "commands.h"

#include <algorithm>
#include <array>

#include "chela/utf8.h"

namespace check_email {
namespace {

// By what a mail is judged, up to the end of the part.
constexpr const char* kJudged =
    " (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (RECEIVED "
    "AUTHENTICATION-RESULTS FROM SENDER REPLY-TO TO CC SUBJECT DATE MESSAGE-ID LIST-ID "
    "AUTO-SUBMITTED PRECEDENCE CONTENT-TYPE CONTENT-TRANSFER-ENCODING)]";

std::string set_of(std::vector<std::uint32_t> uids) {
  std::sort(uids.begin(), uids.end());
  std::string set;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1] - uids[last] <= 1) ++last;
    set += (set.empty() ? "" : ",") + std::to_string(uids[i]);
    if (uids[last] != uids[i]) set += ":" + std::to_string(uids[last]);
    i = last + 1;
  }
  return set;
}

std::string search(Wanted wanted, const std::string& rest) {
  return std::string("UID SEARCH ") + (wanted == Wanted::unread ? "UNSEEN " : "") + rest;
}

const char* part_of(Headers headers) {
  return headers == Headers::bounded ? "<0.262144>)" : ")";
}

// One run of UTF-16 in base64 with a comma for the slash and without padding.
void append_shifted(const std::string& utf16, std::string& name) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
  name += '&';
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : utf16) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) name += kDigits[(bits >> (count - 6)) & 63];
  }
  if (count > 0) name += kDigits[(bits << (6 - count)) & 63];
  name += '-';
}

void append_utf16(char32_t c, std::string& utf16) {
  const auto unit = [&](char32_t u) {
    utf16 += static_cast<char>((u >> 8) & 0xff);
    utf16 += static_cast<char>(u & 0xff);
  };
  if (c < 0x10000) return unit(c);
  unit(0xd800 + ((c - 0x10000) >> 10));
  unit(0xdc00 + ((c - 0x10000) & 0x3ff));
}

}  // namespace

std::string status_command(std::string_view mailbox) {
  return "STATUS " + std::string(mailbox) + " (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)";
}

std::string examine_command(std::string_view mailbox) {
  return "EXAMINE " + std::string(mailbox);
}

std::string search_from_command(std::uint32_t first, Wanted wanted) {
  return search(wanted, "UID " + std::to_string(first) + ":*");
}

std::string search_since_command(chela::Timestamp day, Wanted wanted) {
  using namespace std::chrono;
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const year_month_day date(floor<days>(std::max(day, chela::Timestamp())));
  return search(wanted, "SINCE " + std::to_string(static_cast<unsigned>(date.day())) + "-" +
                            kMonths[static_cast<unsigned>(date.month()) - 1] + "-" +
                            std::to_string(static_cast<int>(date.year())));
}

std::string fetch_newest_command(std::uint64_t first, std::uint64_t last, Headers headers) {
  return "FETCH " + std::to_string(first) + ":" + std::to_string(last) + kJudged + part_of(headers);
}

std::string fetch_command(const std::vector<std::uint32_t>& uids, Headers headers) {
  return "UID FETCH " + set_of(uids) + kJudged + part_of(headers);
}

std::string fetch_text_command(const std::vector<std::uint32_t>& uids) {
  return "UID FETCH " + set_of(uids) + " (UID BODY.PEEK[TEXT]<0.2048>)";
}

std::string fetch_names_command(const std::vector<std::uint32_t>& uids, Headers headers) {
  return "UID FETCH " + set_of(uids) +
         " (UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM TO SUBJECT)]" +
         (headers == Headers::bounded ? "<0.8192>)" : ")");
}

std::string fetch_results_command(std::uint64_t first, std::uint64_t last, Headers headers) {
  return "FETCH " + std::to_string(first) + ":" + std::to_string(last) +
         " (UID BODY.PEEK[HEADER.FIELDS (RECEIVED AUTHENTICATION-RESULTS)]" + part_of(headers);
}

std::string mailbox_name(std::string_view utf8) {
  std::string name = "\"";
  std::string shifted;
  while (!utf8.empty()) {
    const auto size = std::max<std::size_t>(chela::utf8_sequence(utf8), 1);
    const auto lead = static_cast<unsigned char>(utf8[0]);
    char32_t c = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t k = 1; k < size; ++k)
      c = (c << 6) | (static_cast<unsigned char>(utf8[k]) & 0x3fu);
    utf8.remove_prefix(size);
    if (c >= 0x80) {
      append_utf16(c, shifted);
      continue;
    }
    if (!shifted.empty()) append_shifted(std::exchange(shifted, ""), name);
    if (c == '"' || c == '\\') name += '\\';
    name += static_cast<char>(c);
    if (c == '&') name += '-';
  }
  if (!shifted.empty()) append_shifted(shifted, name);
  return name + "\"";
}

}  // namespace check_email
