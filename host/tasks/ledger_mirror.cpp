// The part of the ledger that knows what mirrored tasks looked like when they were last alike.
#include "tasks/ledger.h"
#include "tasks/mirror_documents.h"

namespace chela::tasks {

using services::Row;
using services::Transaction;

namespace {

json::object object_from(const std::string& text) {
  auto value = parse_json(text);
  return value && value->is_object() ? std::move(value->get_object()) : json::object();
}

std::optional<std::int64_t> number_of(std::optional<Side> side) {
  if (!side) return std::nullopt;
  return *side == Side::source ? 1 : 2;
}

std::optional<Side> side_of(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column) == 1 ? Side::source : Side::mirror;
}

// Columns 0 to 4: source_task, mirror_task, missing, missing_since, made.
MirrorPair pair_from(const Row& row) {
  MirrorPair pair;
  pair.source = mirror_task_from(object_from(row.text(0)));
  pair.mirror = mirror_task_from(object_from(row.text(1)));
  pair.missing = side_of(row, 2);
  if (!row.is_null(3)) pair.missing_since = row.time(3);
  pair.made = side_of(row, 4);
  return pair;
}

MirrorPair turned_round(MirrorPair pair) {
  const auto other = [](std::optional<Side>& side) {
    if (side) side = other_side(*side);
  };
  std::swap(pair.source, pair.mirror);
  other(pair.missing);
  other(pair.made);
  return pair;
}

}  // namespace

Result<std::vector<MirrorPair>> Ledger::mirror_pairs(std::string_view source,
                                                     std::string_view mirror) {
  std::vector<MirrorPair> pairs;
  const auto read = [&]() -> Result<void> {
    return database_.each(
        "SELECT p.source_task, p.mirror_task, p.missing, p.missing_since, p.made, w.fields FROM "
        "mirror_pairs p "
        "LEFT JOIN mirror_writes w ON w.mirror = p.mirror AND w.source_id = p.source_id "
        "WHERE p.mirror = ?1 AND p.source = ?2 ORDER BY p.source_id",
        {mirror, source}, [&](const Row& row) {
          MirrorPair pair = pair_from(row);
          if (!row.is_null(5)) {
            pair.written = pair.source;
            set_fields(*pair.written, object_from(row.text(5)));
          }
          pairs.push_back(std::move(pair));
        });
  };
  CHELA_TRY(read());
  if (!pairs.empty()) return pairs;
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  std::vector<MirrorPair> turned;
  CHELA_TRY(database_.each(
      "SELECT source_task, mirror_task, missing, missing_since, made FROM mirror_pairs "
      "WHERE mirror = ?1 AND source = ?2",
      {source, mirror}, [&](const Row& row) { turned.push_back(turned_round(pair_from(row))); }));
  if (turned.empty()) return pairs;
  for (const auto& pair : turned) CHELA_TRY(put_mirror_pair(source, mirror, pair));
  CHELA_TRY(database_.run("DELETE FROM mirror_pairs WHERE mirror = ?1 AND source = ?2",
                          {source, mirror}));
  CHELA_TRY(database_.run("DELETE FROM mirror_writes WHERE mirror = ?1", {source}));
  CHELA_TRY(transaction.commit());
  CHELA_TRY(read());
  return pairs;
}

Result<void> Ledger::put_mirror_pair(std::string_view source, std::string_view mirror,
                                     const MirrorPair& pair) {
  return database_.run(
      "INSERT OR REPLACE INTO mirror_pairs VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      {mirror, source, pair.source.id, json::serialize(to_json(pair.source)),
       json::serialize(to_json(pair.mirror)), number_of(pair.missing),
       pair.missing ? std::optional(pair.missing_since) : std::nullopt, number_of(pair.made)});
}

Result<void> Ledger::settle_mirror_pair(std::string_view source, std::string_view mirror,
                                        std::string_view source_id,
                                        const std::optional<MirrorPair>& pair,
                                        Timestamp listed_at) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  if (!source_id.empty()) {
    CHELA_TRY(database_.run(
        "DELETE FROM mirror_pairs WHERE mirror = ?1 AND source = ?2 AND source_id = ?3",
        {mirror, source, source_id}));
    CHELA_TRY(
        database_.run("DELETE FROM mirror_writes WHERE mirror = ?1 AND source_id = ?2 AND at <= ?3",
                      {mirror, source_id, listed_at}));
  }
  if (pair) CHELA_TRY(put_mirror_pair(source, mirror, *pair));
  return transaction.commit();
}

Result<void> Ledger::forget_mirror_writes(std::string_view mirror, Timestamp listed_at) {
  return database_.run(
      "DELETE FROM mirror_writes WHERE mirror = ?1 AND at <= ?2 AND source_id NOT IN "
      "(SELECT source_id FROM mirror_pairs WHERE mirror = ?1)",
      {mirror, listed_at});
}

Result<void> Ledger::record_mirror_write(std::string_view mirror, std::string_view source_id,
                                         const json::object& fields, Timestamp now) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  json::object all;
  CHELA_TRY(database_.each("SELECT fields FROM mirror_writes WHERE mirror = ?1 AND source_id = ?2",
                           {mirror, source_id},
                           [&](const Row& row) { all = object_from(row.text(0)); }));
  for (const auto& [key, value] : fields) {
    const bool is_further = key == "note" && all.contains("note");
    all[key] = is_further ? json::value(get_string(all, "note") + "\n" + get_string(fields, "note"))
                          : value;
  }

  CHELA_TRY(database_.run("INSERT OR REPLACE INTO mirror_writes VALUES(?1, ?2, ?3, ?4)",
                          {mirror, source_id, json::serialize(all), now}));
  return transaction.commit();
}

}  // namespace chela::tasks
