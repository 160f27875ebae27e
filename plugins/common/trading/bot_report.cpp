#include "bot_report.h"

namespace trading {

void tell_bot(chela::Host& host, const BotSettings& settings, const std::string& detail,
              const Standing& standing, Sheet& sheet, Ledger& ledger, Timestamp now) {
  if (settings.signs.empty()) return;
  const BotLook look = look_at_bot(host, settings);
  for (const auto& trouble : look.dead) {
    sheet.add({.key = trouble.key,
               .severity = Severity::crit,
               .title = "the bot does not live: " + trouble.what,
               .detail = detail});
  }
  for (const auto& key : look.unknown)
    standing.keep(sheet, "bot", [&](const Line& line) { return line.key == key; });
  if (look.cannot_tell.empty()) {
    ledger.take("bot", json::object(), now);
  } else {
    ledger.miss("bot", look.cannot_tell, now);
  }
}

std::string holdings_part(const std::string& path) {
  return "positions file " + path;
}

std::optional<Holdings> read_holdings(chela::Host& host, const std::string& path, Ledger& ledger,
                                      Timestamp now) {
  const std::string part = holdings_part(path);
  const auto file = host.files().read(path, {.max_bytes = 1u << 20});
  auto holdings =
      file ? parse_holdings(file->bytes) : chela::Result<Holdings>(chela::fail(file.error()));
  if (!holdings) {
    ledger.miss(part, holdings.error().message, now);
    return std::nullopt;
  }
  ledger.take(part, json::object(), now);
  return std::move(*holdings);
}

}  // namespace trading
