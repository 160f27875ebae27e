// The last good numbers of each request, kept in the cursor, and how often it has failed since.
//
// One failed request is no news: the old numbers stay in force, marked as old. Three in a row are.
// What a run does not ask for is no trouble of that run, and its failures end: a file that is no
// longer among the settings, a bot that need not live by night.
#pragma once

#include <chela/json.h>

#include <map>
#include <string>
#include <vector>

#include "reply.h"

namespace trading {

class Ledger {
 public:
  static constexpr int kTolerated = 3;  // failures in a row from which on somebody is told

  static constexpr std::size_t kMostKept = 150;

  struct Entry {
    json::value document{};    // null where it never succeeded
    Timestamp taken{};         // when `document` was read
    int misses = 0;            // in a row
    Timestamp missed_since{};  // the first of them
    std::string why{};         // of the last one
    bool is_touched = false;   // taken or missed in this run
    bool is_refused = false;   // missed because of the keys, and not read since
  };

  Ledger() = default;
  // What to_json() gave; anything else is passed over.
  explicit Ledger(const json::value* kept);

  void take(const std::string& name, json::value document, Timestamp now);
  void miss(const std::string& name, const std::string& why, Timestamp now);
  // Missed because the keys are refused. That is told by itself, so from here on the failures of
  // this part stay tolerated, unless they have been told already.
  void refuse(const std::string& name, const std::string& why, Timestamp now);
  // The keys are accepted again: all failures count.
  void accept_keys();
  // The failures so far do not count, such as those in an announced maintenance.
  void forgive(const std::string& name);

  // nullptr where there never was one. Lives until the ledger changes.
  const json::value* document(const std::string& name) const;
  const Entry* entry(const std::string& name) const;
  bool has_documents() const;
  // Asked for in this run: with an answer, in vain.
  bool is_answered(const std::string& name) const;
  bool is_stale(const std::string& name) const;

  // Names of what could not be read in this run, in order.
  std::vector<std::string> stale() const;
  // Lists keep their first kMostKept entries: a cursor has 256 KiB. Of what was not asked for in
  // this run the numbers are kept, not the failures.
  // {"account": {"taken": ms, "doc": {..}, "misses": 1, "since": ms, "why": ".."}}
  json::object to_json() const;

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace trading
