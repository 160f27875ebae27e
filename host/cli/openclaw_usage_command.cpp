// `chela usage --openclaw`: what OpenClaw's own transcripts say was spent, and what of it chela's
// checks do for nothing.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/openclaw_spend.h"
#include "base/text.h"
#include "cli/openclaw_commands.h"
#include "cli/output.h"

namespace chela::cli {
namespace {

constexpr std::size_t kShownSessions = 12;
// What one heartbeat without tools asked OpenClaw 2026.2 and 2026.9 for, measured with an empty
// history: 11.9k and 11.0k prompt tokens.
constexpr std::int64_t kLeastTokensOfBeat = 11'000;

std::string folder_of(const std::string& given) {
  if (given.empty()) return app::home_folder() + "/.openclaw";
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(given, error).lexically_normal();
  if (std::filesystem::is_regular_file(path, error)) return path.parent_path().string();
  return path.has_filename() ? path.string() : path.parent_path().string();
}

// "950", "12.3k", "4.56M", "7.8G".
std::string short_count(std::int64_t count) {
  if (count < 10'000) return std::to_string(count);
  double value = static_cast<double>(count);
  const char* unit = "";
  for (const char* next : {"k", "M", "G", "T"}) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  char text[32];
  std::snprintf(text, sizeof text,
                value < 9.995   ? "%.2f%s"
                : value < 99.95 ? "%.1f%s"
                                : "%.0f%s",
                value, unit);
  return text;
}

// "$1.20", "~$0.34" where all or part is estimated, "+ ?" where a part is not known.
std::string cost_text(const models::WorkSum& sum) {
  const models::Usd usd = sum.recorded + sum.estimated;
  if (usd.nanos == 0 && sum.estimated_calls == 0 && sum.unpriced_calls > 0) return "?";
  return (sum.estimated_calls > 0 ? "~" : "") + models::format_usd(usd) +
         (sum.unpriced_calls > 0 ? " + ?" : "");
}

std::vector<std::string> cells(const std::string& name, const models::WorkSum& sum) {
  return {fitted(base::printable(name, 200), 30),
          short_count(sum.turns),
          short_count(sum.calls),
          short_count(sum.input_tokens + sum.cache_write_tokens),
          short_count(sum.cache_read_tokens),
          short_count(sum.output_tokens),
          cost_text(sum)};
}

json::object sum_json(const models::WorkSum& sum) {
  return {{"turns", sum.turns},
          {"calls", sum.calls},
          {"input_tokens", sum.input_tokens},
          {"cache_read_tokens", sum.cache_read_tokens},
          {"cache_write_tokens", sum.cache_write_tokens},
          {"output_tokens", sum.output_tokens},
          {"usd", models::decimal_usd(sum.recorded + sum.estimated)},
          {"recorded_usd", models::decimal_usd(sum.recorded)},
          {"estimated_usd", models::decimal_usd(sum.estimated)},
          {"estimated_calls", sum.estimated_calls},
          {"unpriced_calls", sum.unpriced_calls}};
}

json::object named(const char* what, const std::string& name, const models::WorkSum& sum) {
  json::object line = sum_json(sum);
  line[what] = base::valid_utf8(name);
  return line;
}

std::vector<std::pair<std::string, models::SessionSum>> dearest(
    const models::OpenClawReport& report) {
  std::vector<std::pair<std::string, models::SessionSum>> list(report.by_session.begin(),
                                                               report.by_session.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    const auto usd = [](const models::WorkSum& sum) { return sum.recorded + sum.estimated; };
    if (usd(a.second.sum) != usd(b.second.sum)) return usd(a.second.sum) > usd(b.second.sum);
    return a.second.sum.tokens() > b.second.sum.tokens();
  });
  return list;
}

models::WorkSum of_kind(const models::OpenClawReport& report, models::WorkKind kind) {
  const auto found = report.by_kind.find(kind);
  return found == report.by_kind.end() ? models::WorkSum() : found->second;
}

void print_report(const app::OpenClawSpend& spend, int days, std::int64_t beats) {
  const auto& report = spend.report;
  std::printf("OpenClaw's transcripts in %s,\nlast %d day%s, %d transcript%s and %d database%s\n\n",
              base::printable(spend.folder, 300).c_str(), days, days == 1 ? "" : "s",
              spend.read.files, spend.read.files == 1 ? "" : "s", spend.read.databases,
              spend.read.databases == 1 ? "" : "s");
  const models::WorkSum total = report.total();
  if (total.calls == 0) {
    std::printf("no model call in them\n");
  } else {
    const std::vector<std::string> head{"", "TURNS", "CALLS", "IN", "CACHED", "OUT", "COST"};
    const auto print = [&](const char* title, std::vector<std::vector<std::string>> lines) {
      lines.insert(lines.begin(), head);
      lines.front().front() = title;
      print_table(lines);
      std::printf("\n");
    };
    std::vector<std::vector<std::string>> lines;
    for (const auto& [kind, sum] : report.by_kind)
      lines.push_back(cells(models::to_string(kind), sum));
    lines.push_back(cells("total", total));
    print("WHAT", std::move(lines));
    lines.clear();
    for (const auto& [model, sum] : report.by_model) lines.push_back(cells(model, sum));
    print("MODEL", std::move(lines));
    const auto list = dearest(report);
    lines.clear();
    for (const auto& [name, one] : list) {
      if (lines.size() == kShownSessions) break;
      lines.push_back(cells(name, one.sum));
    }
    if (!lines.empty()) print("SESSION OR CRON JOB", std::move(lines));
    if (list.size() > kShownSessions)
      std::printf("and %zu more (--json has up to 5,000)\n\n", list.size() - kShownSessions);
    if (total.estimated_calls > 0)
      std::printf("~ = %lld calls without a cost, by the catalogue's prices of %s\n",
                  static_cast<long long>(total.estimated_calls), spend.catalog_date.c_str());
    if (total.unpriced_calls > 0)
      std::printf("? = %lld calls of models without a known price\n",
                  static_cast<long long>(total.unpriced_calls));
  }
  const auto quiet = of_kind(report, models::WorkKind::quiet_heartbeat);
  const auto loud = of_kind(report, models::WorkKind::heartbeat);
  std::printf("\nWhat chela's checks do for nothing:\n");
  std::printf("  %s quiet heartbeat turns, %s tokens, %s: all of it\n",
              short_count(quiet.turns).c_str(), short_count(quiet.tokens()).c_str(),
              cost_text(quiet).c_str());
  std::printf(
      "  %s heartbeat turns that did or said something, %s tokens, %s:\n"
      "  the looking, not what was done about it\n",
      short_count(loud.turns).c_str(), short_count(loud.tokens()).c_str(), cost_text(loud).c_str());
  if (beats > quiet.turns + loud.turns) {
    std::printf(
        "  Not above: OpenClaw takes quiet heartbeat turns out of its transcripts again.\n"
        "  %s it beats up to %s times in this time; with\n"
        "  %s prompt tokens each (the least, measured) that would be %s tokens.\n",
        spend.config ? "By openclaw.json" : "Without openclaw.json", short_count(beats).c_str(),
        short_count(kLeastTokensOfBeat).c_str(), short_count(beats * kLeastTokensOfBeat).c_str());
  }
  if (report.unreadable_lines > 0 || report.long_lines > 0 || report.repeated_calls > 0)
    std::printf(
        "\npassed over: %lld unreadable lines, %lld longer than 4 MiB, %lld copies of calls\n",
        static_cast<long long>(report.unreadable_lines), static_cast<long long>(report.long_lines),
        static_cast<long long>(report.repeated_calls));
  for (const auto& note : spend.read.notes)
    std::printf("note: %s\n", base::printable(note, 300).c_str());
}

json::object report_json(const app::OpenClawSpend& spend, int days, Timestamp since,
                         Timestamp until, std::int64_t beats) {
  const auto& report = spend.report;
  json::array kinds, models_list, sessions, notes;
  for (const auto& [kind, sum] : report.by_kind)
    kinds.push_back(named("kind", models::to_string(kind), sum));
  for (const auto& [model, sum] : report.by_model)
    models_list.push_back(named("model", model, sum));
  for (const auto& [name, one] : dearest(report)) {
    json::object line = named("session", name, one.sum);
    line["kind"] = models::to_string(one.kind);
    sessions.push_back(std::move(line));
  }
  for (const auto& note : spend.read.notes) notes.emplace_back(base::valid_utf8(note));
  return {{"source", "OpenClaw's transcripts"},
          {"folder", base::valid_utf8(spend.folder)},
          {"days", days},
          {"since", base::format_utc(since)},
          {"until", base::format_utc(until)},
          {"files", spend.read.files},
          {"databases", spend.read.databases},
          {"bytes", spend.read.bytes},
          {"by_kind", std::move(kinds)},
          {"by_model", std::move(models_list)},
          {"by_session", std::move(sessions)},
          {"total", sum_json(report.total())},
          {"free_with_chela", sum_json(of_kind(report, models::WorkKind::quiet_heartbeat))},
          {"heartbeats_by_configuration", beats},
          {"prices_of", spend.catalog_date},
          {"unreadable_lines", report.unreadable_lines},
          {"long_lines", report.long_lines},
          {"repeated_calls", report.repeated_calls},
          {"notes", std::move(notes)}};
}

}  // namespace

int run_openclaw_usage(const Global& global, const OpenClawUsageCommand& command) {
  const auto installation = app::find_installation();
  if (!installation) return report(installation.error());
  const Timestamp until = base::now();
  const Duration span = std::chrono::hours(24) * command.days;
  const auto spend =
      app::read_openclaw_spend(folder_of(command.path), *installation, until - span, until);
  if (!spend) return report(spend.error());
  const std::int64_t beats = app::beats_in(spend->config, span);
  if (global.json)
    print_json(report_json(*spend, command.days, until - span, until, beats));
  else
    print_report(*spend, command.days, beats);
  return kOk;
}

}  // namespace chela::cli
