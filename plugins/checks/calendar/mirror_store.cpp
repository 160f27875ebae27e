#include "mirror_store.h"

#include <chela/utf8.h>

#include "ical.h"

namespace check_calendar {
namespace {

namespace json = chela::json;

constexpr std::size_t kPiece = 60'000;
constexpr std::int64_t kMostPieces = 200;

std::string key_of(const std::string& generation, std::int64_t piece) {
  return "mirror." + generation + "." + std::to_string(piece);
}

}  // namespace

StoredMirror stored_from(const json::value& cursor) {
  StoredMirror stored;
  stored.generation = chela::get_string(cursor, "mirror");
  stored.pieces = chela::get_int(cursor, "pieces");
  // As text: numbers of JSON are safe up to 2^53 only.
  stored.hash = std::strtoull(chela::get_string(cursor, "hash").c_str(), nullptr, 10);
  return stored;
}

void put_stored(const StoredMirror& stored, json::object& cursor) {
  cursor["mirror"] = stored.generation;
  cursor["pieces"] = stored.pieces;
  cursor["hash"] = std::to_string(stored.hash);
}

chela::Result<Mirror> load_mirror(const chela::Host& host, const StoredMirror& stored) {
  std::string text;
  for (std::int64_t i = 0; i < stored.pieces && i < kMostPieces; ++i) {
    CHELA_TRY(const std::string piece, host.state().get(key_of(stored.generation, i)));
    text += piece;
  }
  if (mark_of(text, "") != stored.hash)
    return chela::fail(chela::ErrorCode::data_loss,
                       "the stored calendars are not what was written");
  const auto document = chela::parse_json(text);
  if (!document)
    return chela::fail(chela::ErrorCode::data_loss,
                       "the stored calendars: " + document.error().message);
  return mirror_from(*document);
}

chela::Result<StoredMirror> save_mirror(const chela::Host& host, const Mirror& mirror,
                                        const StoredMirror& before) {
  // Whatever was let in: what is kept can be read again.
  const std::string text = chela::replace_invalid_utf8(json::serialize(to_json(mirror)));
  StoredMirror stored{before.generation == "a" ? "b" : "a", 0, mark_of(text, "")};
  if (!before.generation.empty() && before.hash == stored.hash) return before;
  for (std::string_view rest = text; !rest.empty(); ++stored.pieces) {
    const auto piece = cut(rest, kPiece);
    CHELA_TRY(host.state().set(key_of(stored.generation, stored.pieces), piece));
    rest.remove_prefix(piece.size());
  }
  return stored;
}

}  // namespace check_calendar
