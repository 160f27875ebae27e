#include "asker.h"

#include <algorithm>

namespace trading {
namespace {

// Whether the next request would end in the same way.
bool ends_the_round(const Miss& miss) {
  return miss.kind == Miss::Kind::refused || miss.kind == Miss::Kind::rate_limited ||
         (miss.kind == Miss::Kind::unavailable && miss.status == 0);
}

// An answer of before, which one refusal does not undo.
bool is_still_in_force(const Ledger::Entry* entry) {
  return entry != nullptr && !entry->document.is_null() &&
         !chela::get_bool(entry->document, "refused") && entry->misses + 1 < Ledger::kTolerated;
}

}  // namespace

void Asker::wait_until(Timestamp time) {
  if (time <= now_) return;
  stop_ = Miss{.kind = Miss::Kind::rate_limited,
               .status = 429,
               .code = chela::ErrorCode::resource_exhausted,
               .why = "rate limit, asked again after " + format_time(time),
               .again_at = time};
  first_miss_ = stop_;
}

void Asker::miss(const std::string& name, const Miss& miss) {
  if (!first_miss_) first_miss_ = miss;
  note_miss(name, miss.why);
}

void Asker::note_miss(const std::string& name, const std::string& why) {
  if (is_refused()) {
    ledger_.refuse(name, why, now_);
  } else {
    ledger_.miss(name, why, now_);
  }
}

bool Asker::ask(const std::string& name, const std::function<Reading()>& read, const Keep& keep,
                Importance importance) {
  if (stop_) {
    note_miss(name, stop_->why);
    return false;
  }
  const Reading reading = read();
  const bool is_optional = importance == Importance::optional;
  const bool is_closed = reading.miss.kind == Miss::Kind::refused || reading.miss.status == 404;
  if (!reading.document && is_optional && is_closed) {
    has_answered_ = true;
    if (is_still_in_force(ledger_.entry(name))) {
      ledger_.miss(name, reading.miss.why, now_);
    } else {
      ledger_.take(name, json::object{{"refused", true}}, now_);
    }
    return false;
  }
  if (!reading.document) {
    if (ends_the_round(reading.miss)) {
      stop_ = reading.miss;
      stopped_at_ = name;
    }
    miss(name, reading.miss);
    return false;
  }
  auto kept = keep(*reading.document);
  if (!kept) {
    miss(name, {.kind = Miss::Kind::broken,
                .status = 200,
                .code = kept.error().code,
                .why = kept.error().message});
    return false;
  }
  has_answered_ = true;
  ledger_.take(name, std::move(*kept), now_);
  return true;
}

Timestamp after_rate_limit(const Miss& miss, int tries, Timestamp now) {
  constexpr Duration kLongest = std::chrono::minutes(15);
  if (miss.again_at && *miss.again_at > now) return std::min(*miss.again_at, now + kLongest);
  const int doublings = std::clamp(tries - 1, 0, 10);
  return now + std::min(kLongest, Duration(std::chrono::seconds(30)) * (1 << doublings));
}

}  // namespace trading
