#include "ledger.h"

#include <algorithm>

namespace trading {
namespace {

constexpr std::size_t kMostEntries = 40;
constexpr int kMostMisses = 1'000'000;

Timestamp time_of(const json::value& entry, std::string_view key) {
  // Within +-5,000 years, so that differences fit.
  constexpr std::int64_t kLimit = 160'000'000'000'000;
  return Timestamp(Duration(std::clamp(chela::get_int(entry, key), -kLimit, kLimit)));
}

json::value shortened(const json::value& document) {
  const auto* list = document.if_array();
  if (list == nullptr || list->size() <= Ledger::kMostKept) return document;
  return json::array(list->begin(), list->begin() + Ledger::kMostKept);
}

// Null, or the empty object of what is only looked at.
bool says_nothing(const json::value& document) {
  return document.is_null() || (document.is_object() && document.get_object().empty());
}

}  // namespace

Ledger::Ledger(const json::value* kept) {
  if (kept == nullptr || !kept->is_object()) return;
  for (const auto& [name, value] : kept->get_object()) {
    if (entries_.size() == kMostEntries) return;
    const auto* document = chela::find(value, "doc");
    if (document == nullptr) continue;
    const auto misses = std::clamp<std::int64_t>(chela::get_int(value, "misses"), 0, kMostMisses);
    entries_[std::string(name)] = {*document,
                                   time_of(value, "taken"),
                                   static_cast<int>(misses),
                                   time_of(value, "since"),
                                   chela::get_string(value, "why"),
                                   false,
                                   chela::get_bool(value, "refused")};
  }
}

void Ledger::take(const std::string& name, json::value document, Timestamp now) {
  entries_[name] = {std::move(document), now, 0, {}, {}, true, false};
}

void Ledger::miss(const std::string& name, const std::string& why, Timestamp now) {
  Entry& entry = entries_[name];
  entry.is_touched = true;
  if (entry.misses == 0) entry.missed_since = now;
  const int most = entry.is_refused && entry.misses < kTolerated ? kTolerated - 1 : kMostMisses;
  entry.misses = std::min(entry.misses + 1, most);
  entry.why = why.substr(0, 400);
}

void Ledger::refuse(const std::string& name, const std::string& why, Timestamp now) {
  entries_[name].is_refused = true;
  miss(name, why, now);
}

void Ledger::accept_keys() {
  for (auto& [name, entry] : entries_) entry.is_refused = false;
}

void Ledger::forgive(const std::string& name) {
  const auto found = entries_.find(name);
  if (found != entries_.end()) found->second.misses = std::min(found->second.misses, 1);
}

const json::value* Ledger::document(const std::string& name) const {
  const auto* found = entry(name);
  return found == nullptr || found->document.is_null() ? nullptr : &found->document;
}

const Ledger::Entry* Ledger::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

bool Ledger::has_documents() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const auto& one) { return !one.second.document.is_null(); });
}

bool Ledger::is_answered(const std::string& name) const {
  const auto* found = entry(name);
  return found != nullptr && found->is_touched && found->misses == 0;
}

bool Ledger::is_stale(const std::string& name) const {
  const auto* found = entry(name);
  return found != nullptr && found->is_touched && found->misses > 0;
}

std::vector<std::string> Ledger::stale() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) {
    if (entry.is_touched && entry.misses > 0) names.push_back(name);
  }
  return names;
}

json::object Ledger::to_json() const {
  json::object object;
  for (const auto& [name, entry] : entries_) {
    if (!entry.is_touched && says_nothing(entry.document)) continue;
    json::object one{{"taken", entry.taken.time_since_epoch().count()},
                     {"doc", shortened(entry.document)}};
    if (entry.is_touched && entry.misses > 0) {
      one["misses"] = entry.misses;
      one["since"] = entry.missed_since.time_since_epoch().count();
      one["why"] = entry.why;
      if (entry.is_refused) one["refused"] = true;
    }
    object[name] = std::move(one);
  }
  return object;
}

}  // namespace trading
