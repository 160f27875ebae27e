// `chela brief`: today on one page, printed or sent.
#include <cstdio>
#include <filesystem>

#include "app/brief.h"
#include "app/models.h"
#include "base/ids.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "heartbeat/message.h"
#include "models/store.h"

namespace chela::cli {
namespace {

// What models cost since yesterday; absent where chela has never asked one.
std::optional<std::string> cost_of(app::Engine& engine, Timestamp now) {
  const std::string file = app::model_store_file(engine.setup());
  if (!std::filesystem::exists(file)) return std::nullopt;
  auto store = models::Store::open(file, now);
  if (!store) return base::printable(store.error().message, 120);
  const auto day = [&](Timestamp time) { return app::local_day(engine.zone(), time); };
  const auto rows = store->usage(day(now - std::chrono::hours(24)), day(now));
  if (!rows) return base::printable(rows.error().message, 120);
  models::Usd usd;
  std::int64_t calls = 0, failed = 0;
  for (const auto& row : *rows) {
    usd += row.usd;
    calls += row.calls;
    failed += row.failed;
  }
  if (calls == 0) return "no call since yesterday";
  std::string text = models::decimal_usd(usd) + " USD in " + std::to_string(calls) +
                     (calls == 1 ? " call" : " calls") + " since yesterday";
  if (failed > 0) text += " (" + std::to_string(failed) + " failed)";
  return text;
}

json::value message_of(const std::vector<std::string>& lines, Timestamp now) {
  json::array list;
  for (const auto& line : lines) {
    list.push_back(json::object{
        {"severity", "info"}, {"kind", "brief"}, {"check", ""}, {"key", ""}, {"text", line}});
  }
  return heartbeat::make_message(base::random_id() + base::random_id(), std::move(list), now,
                                 false);
}

}  // namespace

int run_brief(const Global& global, const BriefCommand& command) {
  CHELA_CLI_TRY(const auto session, open_session(global));
  app::Engine& engine = *session->engine;
  const Timestamp now = session->clock.now();
  auto facts = wait_for(engine, app::gather_brief(engine, now));
  if (!facts) return report(facts.error());
  facts->cost = cost_of(engine, now);
  const auto lines = app::brief_lines(*facts);
  if (!global.json)
    for (const auto& line : lines) std::printf("%s\n", line.c_str());
  json::array sent_to;
  int code = kOk;
  for (const auto& target : command.send) {
    json::value message = message_of(lines, now);
    const auto sent = wait_for(engine, engine.notify(target, std::move(message)));
    if (!sent) {
      code = report(sent.error());
      sent_to.push_back(json::object{{"id", target}, {"error", sent.error().message}});
      continue;
    }
    sent_to.push_back(json::object{
        {"id", target}, {"answer", sent->answer}, {"lines", json::value_from(sent->lines)}});
    if (global.json) continue;
    for (const auto& line : sent->lines) std::printf("%s\n", line.c_str());
    std::fprintf(stderr, "sent to %s%s\n", target.c_str(),
                 sent->answer.empty() ? "" : (": " + sent->answer).c_str());
  }
  if (global.json) {
    print_json(json::object{
        {"day", facts->day}, {"lines", json::value_from(lines)}, {"sent", std::move(sent_to)}});
  }
  return code;
}

}  // namespace chela::cli
