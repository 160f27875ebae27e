// Asks a service for one part after the other and writes into the ledger what came of each.
//
// Refused keys, a rate limit and a server that does not answer end the asking: further requests
// would fare no better, and would cost the deadline or the limit.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ledger.h"

namespace trading {

enum class Importance {
  needed,
  // Keys of a narrower scope may be refused here, or it is not there: no trouble. Where there was
  // an answer before, it takes Ledger::kTolerated refusals in a row to believe it.
  optional
};

class Asker {
 public:
  using Keep = std::function<chela::Result<json::value>(const json::value& document)>;

  Asker(Ledger& ledger, Timestamp now) : ledger_(ledger), now_(now) {}

  // Nothing is asked before that time.
  void wait_until(Timestamp time);

  // `read` makes the request; `keep` takes from its document what is worth keeping, or says what is
  // wrong with it. Returns whether there is a fresh document.
  bool ask(const std::string& name, const std::function<Reading()>& read, const Keep& keep,
           Importance importance = Importance::needed);

  bool has_answered() const { return has_answered_; }
  // Why nothing further was asked, and the part that met it.
  const std::optional<Miss>& stop() const { return stop_; }
  const std::string& stopped_at() const { return stopped_at_; }
  bool is_refused() const { return stop_ && stop_->kind == Miss::Kind::refused; }
  // The first miss, for a run in which nothing was answered.
  const std::optional<Miss>& first_miss() const { return first_miss_; }

 private:
  void miss(const std::string& name, const Miss& miss);
  void note_miss(const std::string& name, const std::string& why);

  Ledger& ledger_;
  Timestamp now_;
  bool has_answered_ = false;
  std::optional<Miss> stop_;
  std::string stopped_at_;
  std::optional<Miss> first_miss_;
};

// When to ask again after a rate limit: when the service says, else after 30 s, doubled with every
// further time, at most 15 minutes. `tries`: how often in a row it was, from 1.
Timestamp after_rate_limit(const Miss& miss, int tries, Timestamp now);

}  // namespace trading
