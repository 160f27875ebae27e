// What a mail server sends, and headers of mails: the first byte says how the rest is read.
#include "../../plugins/checks/email/auth_results.h"
#include "../../plugins/checks/email/content.h"
#include "../../plugins/checks/email/domain.h"
#include "../../plugins/checks/email/encoded_word.h"
#include "../../plugins/checks/email/imap_parse.h"
#include "../../plugins/checks/email/sender.h"
#include "chela/untrusted.h"
#include "fuzz.h"

namespace {

using namespace check_email;
namespace fuzz = chela::fuzz;

// All texts of all responses, for comparing.
std::string read_in_pieces(std::string_view bytes, std::size_t size, bool parses) {
  ReaderLimits limits;
  limits.literal_bytes = 1u << 16;
  ImapReader reader(limits);
  std::string all;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    if (!reader.feed(piece)) break;
  }
  while (const auto response = reader.next()) {
    fuzz::require(response->pieces.size() % 2 == 1, "a response begins and ends with text");
    for (const auto& text : response->pieces) all += text + '\0';
    all += '\1';
    if (!parses) continue;
    parse_status_line(*response);
    parse_status(*response);
    parse_search(*response);
    MailboxState state;
    take_examine(*response, state);
    const auto fetched = parse_fetch(*response);
    if (fetched && *fetched && (*fetched)->header)
      fuzz::require((*fetched)->header->size() <= all.size(), "a part is no more than came");
  }
  return all;
}

void look_at_responses(std::string_view bytes, std::size_t size) {
  // A limit is met at another byte where bytes come in other pieces; what is whole before is not.
  const auto one = read_in_pieces(bytes, size, true);
  const auto other = read_in_pieces(bytes, 1, false);
  const auto common = std::min(one.size(), other.size());
  fuzz::require(one.substr(0, common) == other.substr(0, common),
                "the same responses however the bytes are cut");
  fuzz::require(one.size() <= 3 * bytes.size() + 2, "no more comes out than went in");
}

void look_at_header(std::string_view bytes) {
  const auto header = parse_header(bytes);
  SenderPolicy policy;
  policy.authserv_ids = {"mx.example.org"};
  policy.authorised = {"ana@example.org", "@team.example"};
  const Sender sender = judge_sender(header, policy);
  bool is_named = false;
  for (const auto& field : header) {
    fuzz::require(field.name == "received" || chela::is_utf8(decode_words(field.value)),
                  "decoded words are UTF-8", field.value);
    if (field.name == "authentication-results") {
      const auto results = parse_auth_results(field.value);
      is_named = is_named || (results && results->id == "mx.example.org");
    }
  }
  if (sender.is_authorised()) {
    fuzz::require(is_named, "nobody is authorised whom no believed header names", sender.why);
    fuzz::require(sender.from.size() == 1, "there is one From address");
    fuzz::require(!listed_as(sender.from[0], policy.authorised).empty(), "it is on the list");
  }
  for (const auto& address : sender.from) {
    fuzz::require(chela::is_utf8(address.spec()), "addresses are UTF-8");
    fuzz::require(ascii_domain(address.domain) == address.domain, "domains are in their one form",
                  address.domain);
    const std::string shown = chela::untrusted_text(address.name, 80);
    fuzz::require(shown.size() <= 80 && fuzz::is_printable(shown), "names are fit to be shown");
  }
  const auto end = bytes.find("\r\n\r\n");
  if (end != std::string_view::npos)
    fuzz::require(chela::is_utf8(body_words(header, bytes.substr(end + 4))), "words are UTF-8");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const unsigned how = fuzz::choose(text);
  if (how % 2 == 0) {
    look_at_responses(text, 1 + how / 2 % 16);
  } else {
    look_at_header(text);
  }
  return 0;
}
