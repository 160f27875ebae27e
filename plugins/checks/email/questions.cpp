#include "questions.h"

#include <algorithm>

#include "commands.h"

namespace check_email {
namespace {

using chela::ErrorCode;
using chela::fail;

Result<FetchedMails> sort_fetched(const std::vector<Response>& responses, const Uids& uids) {
  FetchedMails all;
  chela::Error first_error;
  for (const auto& response : responses) {
    auto one = parse_fetch(response);
    if (!one) {
      ++all.broken;
      first_error = one.error();
      continue;
    }
    if (!*one || std::find(uids.begin(), uids.end(), (*one)->uid) == uids.end()) continue;
    Fetched& mail = all.mails[(*one)->uid];
    mail.uid = (*one)->uid;
    if ((*one)->is_seen) mail.is_seen = (*one)->is_seen;
    if ((*one)->arrived) mail.arrived = (*one)->arrived;
    if ((*one)->header) mail.header = std::move((*one)->header);
    if ((*one)->text) mail.text = std::move((*one)->text);
  }
  // One broken answer hides no other; nothing but broken ones is no mail server.
  if (all.mails.empty() && all.broken > 0) return fail(first_error);
  return all;
}

// `write` makes the command for the headers that are asked for.
template <class Write>
Result<std::vector<Response>> ask_for_headers(Session& session, Write&& write) {
  auto bounded = session.ask("FETCH", write(Headers::bounded));
  if (bounded || bounded.error().code != ErrorCode::failed_precondition) return bounded;
  return session.ask("FETCH", write(Headers::whole));
}

template <class Write>
Result<std::vector<Fetched>> fetch_places(Session& session, Write&& write) {
  CHELA_TRY(const auto responses, ask_for_headers(session, write));
  std::vector<Fetched> mails;
  for (const auto& response : responses) {
    auto one = parse_fetch(response);
    if (one && *one && (*one)->header) mails.push_back(std::move(**one));
  }
  return mails;
}

}  // namespace

Result<MailboxState> ask_status(Session& session, const std::string& mailbox) {
  CHELA_TRY(const auto responses, session.ask("STATUS", status_command(mailbox)));
  for (const auto& response : responses) {
    const auto state = parse_status(response);
    if (state && state->uid_validity != 0) return *state;
  }
  return fail(ErrorCode::data_loss,
              "the mail server's answer to STATUS does not tell UIDVALIDITY; this check needs a "
              "server that numbers its mails lastingly");
}

Result<MailboxState> examine(Session& session, const std::string& mailbox) {
  CHELA_TRY(const auto responses, session.ask("EXAMINE", examine_command(mailbox)));
  MailboxState state;
  for (const auto& response : responses) take_examine(response, state);
  return state;
}

Result<Uids> search(Session& session, const std::string& command) {
  CHELA_TRY(const auto responses, session.ask("UID SEARCH", command));
  Uids uids;
  for (const auto& response : responses) {
    const auto found = parse_search(response);
    if (found) uids.insert(uids.end(), found->begin(), found->end());
  }
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

Result<FetchedMails> fetch_headers(Session& session, const Uids& uids) {
  if (uids.empty()) return FetchedMails();
  CHELA_TRY(const auto responses, ask_for_headers(session, [&](Headers headers) {
              return fetch_command(uids, headers);
            }));
  return sort_fetched(responses, uids);
}

Result<FetchedMails> fetch_names(Session& session, const Uids& uids) {
  if (uids.empty()) return FetchedMails();
  CHELA_TRY(const auto responses, ask_for_headers(session, [&](Headers headers) {
              return fetch_names_command(uids, headers);
            }));
  return sort_fetched(responses, uids);
}

Result<FetchedMails> fetch_texts(Session& session, const Uids& uids) {
  if (uids.empty()) return FetchedMails();
  CHELA_TRY(const auto responses, session.ask("FETCH", fetch_text_command(uids)));
  return sort_fetched(responses, uids);
}

Result<std::vector<Fetched>> fetch_results(Session& session, std::uint64_t first,
                                           std::uint64_t last) {
  return fetch_places(session,
                      [&](Headers headers) { return fetch_results_command(first, last, headers); });
}

Result<std::vector<Fetched>> fetch_newest(Session& session, std::uint64_t first,
                                          std::uint64_t last) {
  return fetch_places(session,
                      [&](Headers headers) { return fetch_newest_command(first, last, headers); });
}

}  // namespace check_email
