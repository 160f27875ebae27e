#include "heartbeat/judge_plugin.h"

#include <algorithm>

#include "chela/json.h"

namespace chela::heartbeat {
namespace {

// What outlives a quarantine, as JSON beside the ledger's table of those that are in force:
//   {"doublings":1,"began_ms":1795730000000,"lifted_ms":1795732400000,"failed_in":"create"}
std::string key_of(const std::string& plugin) {
  return "quarantine/" + plugin;
}

Timestamp time_of(const json::value& value, const char* key) {
  return Timestamp(Duration(get_int(value, key)));
}

Result<Standing> read_standing(tasks::Ledger& ledger, const std::string& plugin) {
  Standing standing;
  CHELA_TRY(const auto rows, ledger.quarantines());
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const auto& found) { return found.plugin == plugin; });
  if (row != rows.end()) standing.row = *row;
  CHELA_TRY(const auto text, ledger.meta(key_of(plugin)));
  const auto document = text ? parse_json(*text) : parse_json("null");
  if (document && document->is_object()) {
    standing.doublings = static_cast<int>(get_int(*document, "doublings"));
    standing.began = time_of(*document, "began_ms");
    standing.failed_in = get_string(*document, "failed_in");
    if (find(*document, "lifted_ms") != nullptr) standing.lifted = time_of(*document, "lifted_ms");
  } else if (standing.row) {  // an earlier chela wrote it
    standing.began = standing.row->since;
    for (auto left = standing.row->until - standing.row->since; left > kQuarantine; left /= 2)
      ++standing.doublings;
  }
  return standing;
}

Result<void> write_standing(tasks::Ledger& ledger, const std::string& plugin,
                            const Standing& standing) {
  json::object document{{"doublings", standing.doublings},
                        {"began_ms", standing.began.time_since_epoch().count()}};
  if (standing.lifted) document["lifted_ms"] = standing.lifted->time_since_epoch().count();
  if (!standing.failed_in.empty()) document["failed_in"] = standing.failed_in;
  CHELA_TRY(ledger.set_meta(key_of(plugin), json::serialize(document)));
  return standing.row ? ledger.set_quarantine(*standing.row) : ledger.lift_quarantine(plugin);
}

}  // namespace

Result<Judge::Known*> Judge::look_up(const std::string& plugin) {
  const auto found = known_.find(plugin);
  if (found != known_.end()) return &found->second;
  Known known;
  CHELA_TRY(known.standing, read_standing(ledger_, plugin));
  CHELA_TRY(known.faults, ledger_.faults_since(plugin, now_ - kFaultWindow));
  return &known_.emplace(plugin, std::move(known)).first->second;
}

Result<void> Judge::take(const std::string& plugin, const std::string& instance,
                         const PluginRun& run) {
  CHELA_TRY(Known * known, look_up(plugin));
  Verdict verdict = after_run(plugin, run, known->faults, known->standing, now_);
  if (run.fault) known->faults.push_back({instance, plugin, now_, *run.fault});
  if (verdict.step == QuarantineStep::none) return {};
  known->has_changed = true;
  known->standing = std::move(verdict.after);
  if (verdict.step == QuarantineStep::set) {
    problems_.push_back(quarantine_line(*known->standing.row));
  } else {
    lifted_.push_back(lifted_line(plugin, known->standing));
  }
  return {};
}

Result<void> Judge::apply() {
  for (auto& [plugin, known] : known_) {
    if (!known.has_changed) continue;
    CHELA_TRY(write_standing(ledger_, plugin, known.standing));
    known.has_changed = false;
  }
  return {};
}

Result<tasks::QuarantineRow> release(tasks::Ledger& ledger, const std::string& plugin,
                                     Timestamp now) {
  CHELA_TRY(const Standing before, read_standing(ledger, plugin));
  if (!before.row) return fail(ErrorCode::failed_precondition, plugin + " is not quarantined");
  CHELA_TRY(write_standing(ledger, plugin, released(before, now)));
  return *before.row;
}

}  // namespace chela::heartbeat
