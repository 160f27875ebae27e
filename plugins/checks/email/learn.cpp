#include "learn.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "auth_results.h"
#include "chela/untrusted.h"

namespace check_email {
namespace {

constexpr std::size_t kShown = 10;

struct Seen {
  std::size_t mails = 0;
  std::size_t on_top = 0;    // the first results of the mail
  std::size_t speaking = 0;  // on top, and about dmarc, dkim or spf
};
using Ids = std::map<std::string, Seen>;

void look_at(const std::vector<Field>& header, Ids& ids) {
  std::set<std::string> of_this;
  std::set<std::string> speaking;
  // The group on top ends where the next server's line begins.
  bool has_results = false, is_top = true;
  for (const auto& field : header) {
    if (field.name == "received" && has_results) is_top = false;
    if (field.name != "authentication-results") continue;
    const auto results = parse_auth_results(field.value);
    if (!results) continue;
    has_results = true;
    if (of_this.insert(results->id).second) {
      ++ids[results->id].mails;
      if (is_top) ++ids[results->id].on_top;
    }
    const bool speaks = std::any_of(results->methods.begin(), results->methods.end(),
                                    [](const Method& method) { return is_verdict(method.name); });
    if (is_top && speaks && speaking.insert(results->id).second) ++ids[results->id].speaking;
  }
}

// Fit to stand in YAML and in a setting as it is.
bool is_plain(const std::string& id) {
  return id == kNoAuthservId ||
         (!id.empty() && id.size() <= 100 &&
          id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string::npos);
}

std::vector<std::pair<std::string, Seen>> sorted(const Ids& ids) {
  std::vector<std::pair<std::string, Seen>> list(ids.begin(), ids.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.speaking, a.second.mails) >
           std::pair(b.second.speaking, b.second.mails);
  });
  return list;
}

// Those that vouch for at least a fifth of the mails. The topmost results are what the last server
// wrote, unless it wrote none and a sender did: that one is in few mails.
std::string proposal(const std::vector<std::pair<std::string, Seen>>& list, std::size_t mails) {
  std::vector<std::string> good;
  for (const auto& [id, seen] : list) {
    if (seen.speaking >= 2 && seen.speaking * 5 >= mails && is_plain(id))
      good.push_back(id == kNoAuthservId ? "\"" + id + "\"" : id);
  }
  if (good.empty()) return "";
  if (good.size() == 1) return "authserv_id: " + good[0];
  std::string line = "authserv_id: [";
  for (const auto& id : good) line += (line.ends_with('[') ? "" : ", ") + id;
  return line + "]";
}

}  // namespace

chela::Report learn(const std::vector<std::vector<Field>>& headers) {
  Ids ids;
  for (const auto& header : headers) look_at(header, ids);
  const auto list = sorted(ids);
  const std::string mails = std::to_string(headers.size());
  std::string detail;
  for (std::size_t i = 0; i < list.size() && i < kShown; ++i) {
    const auto& [id, seen] = list[i];
    detail += "  " + chela::untrusted_text(id, 100) + ": in " + std::to_string(seen.mails) +
              " mails, on top in " + std::to_string(seen.on_top) +
              ", there with a word on the sender in " + std::to_string(seen.speaking) + "\n";
  }
  if (list.empty()) detail += "  none\n";
  if (list.size() > kShown) detail += "  and " + std::to_string(list.size() - kShown) + " others\n";
  const std::string line = proposal(list, headers.size());
  if (line.empty()) {
    detail +=
        "No id stands on top often enough to propose it. Your mail service may not check its "
        "senders, or has too few mails here yet.";
  } else {
    detail +=
        "Take this into the manifest's config if it is the name of your own mail service, not of "
        "one who wrote to you:\n" +
        line;
  }
  chela::Report report =
      chela::Report::ok(line.empty() ? "no authserv_id to propose" : "proposes " + line);
  report.add(chela::event("learn", "Authentication-Results in the last " + mails + " mails")
                 .info()
                 .detail(detail)
                 .untrusted());
  return report;
}

}  // namespace check_email
