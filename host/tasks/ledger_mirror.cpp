// The part of the ledger that knows what mirrored tasks looked like when they were last alike.
#include "tasks/ledger.h"
#include "tasks/mirror_documents.h"

namespace chela::tasks {
namespace {

json::object object_from(const std::string& text) {
  auto value = parse_json(text);
  return value && value->is_object() ? std::move(value->get_object()) : json::object();
}

}  // namespace

Result<std::vector<MirrorPair>> Ledger::mirror_pairs(std::string_view source,
                                                     std::string_view mirror) {
  std::vector<MirrorPair> pairs;
  const auto read = [&]() -> Result<void> {
    return database_.each(
        "SELECT p.source_task, p.mirror_task, w.fields FROM mirror_pairs p "
        "LEFT JOIN mirror_writes w ON w.mirror = p.mirror AND w.source_id = p.source_id "
        "WHERE p.mirror = ?1 AND p.source = ?2 ORDER BY p.source_id",
        {mirror, source}, [&](const Row& row) {
          MirrorPair pair;
          pair.source = mirror_task_from(object_from(row.text(0)));
          pair.mirror = mirror_task_from(object_from(row.text(1)));
          if (!row.is_null(2)) {
            pair.written = pair.source;
            set_fields(*pair.written, object_from(row.text(2)));
          }
          pairs.push_back(std::move(pair));
        });
  };
  CHELA_TRY(read());
  if (!pairs.empty()) return pairs;
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  std::vector<MirrorPair> turned;
  CHELA_TRY(
      database_.each("SELECT source_task, mirror_task FROM mirror_pairs "
                     "WHERE mirror = ?1 AND source = ?2",
                     {source, mirror}, [&](const Row& row) {
                       turned.push_back({mirror_task_from(object_from(row.text(1))),
                                         mirror_task_from(object_from(row.text(0)))});
                     }));
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
  return database_.run("INSERT OR REPLACE INTO mirror_pairs VALUES(?1, ?2, ?3, ?4, ?5)",
                       {mirror, source, pair.source.id, json::serialize(to_json(pair.source)),
                        json::serialize(to_json(pair.mirror))});
}

Result<void> Ledger::settle_mirror_pair(std::string_view source, std::string_view mirror,
                                        std::string_view source_id,
                                        const std::optional<MirrorPair>& pair) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  if (!source_id.empty()) {
    CHELA_TRY(database_.run(
        "DELETE FROM mirror_pairs WHERE mirror = ?1 AND source = ?2 AND source_id = ?3",
        {mirror, source, source_id}));
    CHELA_TRY(database_.run("DELETE FROM mirror_writes WHERE mirror = ?1 AND source_id = ?2",
                            {mirror, source_id}));
  }
  if (pair) CHELA_TRY(put_mirror_pair(source, mirror, *pair));
  return transaction.commit();
}

Result<void> Ledger::record_mirror_write(std::string_view mirror, std::string_view source_id,
                                         const json::object& fields) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  json::object all;
  CHELA_TRY(database_.each("SELECT fields FROM mirror_writes WHERE mirror = ?1 AND source_id = ?2",
                           {mirror, source_id},
                           [&](const Row& row) { all = object_from(row.text(0)); }));
  for (const auto& [key, value] : fields) all[key] = value;
  CHELA_TRY(database_.run("INSERT OR REPLACE INTO mirror_writes VALUES(?1, ?2, ?3)",
                          {mirror, source_id, json::serialize(all)}));
  return transaction.commit();
}

}  // namespace chela::tasks
