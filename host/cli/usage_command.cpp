// `chela usage`: what chela's own model calls took, by day, role or model.
#include <algorithm>
#include <cstdio>
#include <map>

#include "cli/model_session.h"

namespace chela::cli {
namespace {

struct Line {
  std::int64_t calls = 0;
  std::int64_t failed = 0;
  std::int64_t unpriced = 0;
  models::Usd usd;
  Usage usage;
};

void add(Line& line, const models::UsageRow& row) {
  line.calls += row.calls;
  line.failed += row.failed;
  line.unpriced += row.unpriced;
  line.usd += row.usd;
  line.usage.input_tokens += row.usage.input_tokens;
  line.usage.cache_read_tokens += row.usage.cache_read_tokens;
  line.usage.cache_write_5m_tokens += row.usage.cache_write_5m_tokens;
  line.usage.cache_write_1h_tokens += row.usage.cache_write_1h_tokens;
  line.usage.output_tokens += row.usage.output_tokens;
  line.usage.reasoning_tokens += row.usage.reasoning_tokens;
}

json::object line_json(const std::string& by, const std::string& name, const Line& line) {
  return {{by, name},
          {"calls", line.calls},
          {"failed", line.failed},
          {"unpriced", line.unpriced},
          {"usd", models::decimal_usd(line.usd)},
          {"usage", to_json(line.usage)}};
}

// One cell a day, the dearest day the highest.
std::string bars(const std::vector<std::int64_t>& nanos) {
  constexpr const char* kCells[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::int64_t most =
      std::max<std::int64_t>(1, *std::max_element(nanos.begin(), nanos.end()));
  std::string text;
  for (const auto value : nanos) {
    const auto cell =
        static_cast<std::size_t>(static_cast<double>(value) * 7 / static_cast<double>(most) + 0.5);
    text += value == 0 ? "·" : kCells[std::min<std::size_t>(cell, 7)];
  }
  return text;
}

}  // namespace

int run_usage(const Global& global, const UsageCommand& command) {
  auto opened = open_models(global);
  if (!opened) return report(opened.error());
  app::Models& known = *(*opened)->models;
  const Timestamp now = (*opened)->session->clock.now();
  std::vector<std::string> days;
  for (int i = command.days - 1; i >= 0; --i)
    days.push_back(known.day_of(now - std::chrono::hours(24) * i));
  const auto rows = known.store().usage(days.front(), days.back());
  if (!rows) return report(rows.error());
  std::map<std::string, Line> lines;
  std::map<std::string, std::int64_t> by_day;
  Line total;
  for (const auto& row : *rows) {
    add(lines[command.by == "role" ? row.role : command.by == "model" ? row.ref : row.day], row);
    by_day[row.day] += row.usd.nanos;
    add(total, row);
  }
  if (global.json) {
    json::array list;
    for (const auto& [name, line] : lines) list.push_back(line_json(command.by, name, line));
    print_json(json::object{{"source", "chela's own calls"},
                            {"from", days.front()},
                            {"to", days.back()},
                            {"lines", std::move(list)},
                            {"total", line_json("what", "total", total)}});
    return kOk;
  }
  std::printf("chela's own calls, %s to %s\n\n", days.front().c_str(), days.back().c_str());
  if (lines.empty()) {
    std::printf("none\n");
    return kOk;
  }
  std::string head = command.by;
  for (auto& c : head) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::vector<std::vector<std::string>> table{
      {head, "CALLS", "FAILED", "TOKENS IN", "CACHED", "OUT", "COST"}};
  const auto row_of = [](const std::string& name, const Line& line) {
    const std::string cost = models::format_usd(line.usd) + (line.unpriced > 0 ? " + ?" : "");
    return std::vector<std::string>{
        base::printable(name.empty() ? "-" : name, 40),
        std::to_string(line.calls),
        std::to_string(line.failed),
        std::to_string(line.usage.input_tokens + line.usage.cache_write_5m_tokens +
                       line.usage.cache_write_1h_tokens),
        std::to_string(line.usage.cache_read_tokens),
        std::to_string(line.usage.output_tokens),
        cost};
  };
  for (const auto& [name, line] : lines) table.push_back(row_of(name, line));
  table.push_back(row_of("total", total));
  print_table(table);
  std::vector<std::int64_t> spent;
  for (const auto& day : days) spent.push_back(by_day[day]);
  std::printf("\ncost by day  %s\n", bars(spent).c_str());
  if (total.unpriced > 0)
    std::printf(
        "? = %lld calls of models without a price in the catalogue; their tokens are counted\n",
        static_cast<long long>(total.unpriced));
  return kOk;
}

}  // namespace chela::cli
