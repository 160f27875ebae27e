#include "app/brief.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>

#include "base/text.h"

namespace chela::app {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kLineBytes = 160;
constexpr std::size_t kLeastOfPart = 3;  // lines that a part may have whatever else there is
constexpr std::size_t kMostOfPart = 8;
constexpr std::size_t kMostParts = 10;  // of checks

struct Part {
  std::string head;
  std::vector<std::string> lines;
};

// "-  title", marks first.
std::string item(const std::string& text) {
  return "  " + base::printable(text, kLineBytes);
}

Part alerts_part(const BriefFacts& facts) {
  auto alerts = facts.alerts;
  std::stable_sort(alerts.begin(), alerts.end(), [](const auto& a, const auto& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.needs_human && !b.needs_human;
  });
  Part part{alerts.empty() ? "Alerts: none is open"
                           : "Alerts: " + std::to_string(alerts.size()) + " open",
            {}};
  for (const auto& alert : alerts) {
    part.lines.push_back(item("[" + std::string(tasks::to_string(alert.severity)) + "] " +
                              alert.check + ": " + alert.title + ", since " +
                              describe_duration(facts.now - alert.opened_at)));
  }
  return part;
}

Part tasks_part(const BriefFacts& facts) {
  if (!facts.tasks_problem.empty())
    return {"Tasks: " + base::printable(facts.tasks_problem, kLineBytes), {}};
  auto tasks = facts.tasks;
  const auto rank = [](const BriefFacts::Task& task) {
    const int priority = task.priority == "high" ? 0 : task.priority == "medium" ? 1 : 2;
    return (task.needs_human ? 0 : task.state == "in_progress" ? 10 : 20) + priority;
  };
  std::stable_sort(tasks.begin(), tasks.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const auto count = [&](const char* state) {
    return std::to_string(std::count_if(tasks.begin(), tasks.end(),
                                        [&](const auto& task) { return task.state == state; }));
  };
  Part part{tasks.empty() ? "Tasks: none is open"
                          : "Tasks: " + count("in_progress") + " in progress, " + count("blocked") +
                                " blocked, " + count("queue") + " in the queue",
            {}};
  for (const auto& task : tasks) {
    const std::string mark = task.needs_human              ? "(you) "
                             : task.state == "in_progress" ? "(now) "
                                                           : "";
    part.lines.push_back(item(mark + task.title));
  }
  return part;
}

Part check_part(const BriefPart& found) {
  const std::string name = base::printable(found.check, 40);
  if (!found.problem.empty()) return {name + ": " + base::printable(found.problem, kLineBytes), {}};
  Part part{name + (found.summary.empty() ? "" : ": " + base::printable(found.summary, kLineBytes)),
            {}};
  for (const auto& line : found.lines) part.lines.push_back(item(line));
  return part;
}

// Shares the page out: each part has its first lines, then one more in turn while there is room.
std::vector<std::size_t> share(const std::vector<Part>& parts, std::size_t room) {
  std::vector<std::size_t> shown(parts.size(), 0);
  const auto cost = [&](std::size_t i) {  // a part that is cut says so in a line
    return shown[i] + (shown[i] < parts[i].lines.size() ? 1 : 0);
  };
  const auto total = [&] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) sum += 1 + cost(i);
    return sum;
  };
  for (std::size_t most = 1; most <= kMostOfPart; ++most) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (shown[i] >= parts[i].lines.size() || shown[i] >= most) continue;
      ++shown[i];
      if (total() > room) {
        --shown[i];
        if (most > kLeastOfPart) return shown;
      }
    }
  }
  return shown;
}

}  // namespace

std::vector<std::string> brief_lines(const BriefFacts& facts) {
  std::vector<Part> parts;
  for (const auto& found : facts.parts) parts.push_back(check_part(found));
  parts.push_back(tasks_part(facts));
  parts.push_back(alerts_part(facts));
  if (facts.cost) parts.push_back({"Models: " + *facts.cost, {}});
  std::vector<std::string> lines{facts.day};
  const std::size_t room = kBriefLines - 1;
  // Where even the heads are too many, the last checks are counted only.
  if (facts.parts.size() > kMostParts) {
    const auto begin = parts.begin() + static_cast<std::ptrdiff_t>(kMostParts);
    const auto rest = static_cast<std::ptrdiff_t>(facts.parts.size() - kMostParts);
    *begin = {"and " + std::to_string(rest) + " more checks: chela status", {}};
    parts.erase(begin + 1, begin + rest);
  }
  const auto shown = share(parts, room);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    lines.push_back(parts[i].head);
    for (std::size_t k = 0; k < shown[i]; ++k) lines.push_back(parts[i].lines[k]);
    const std::size_t rest = parts[i].lines.size() - shown[i];
    if (rest > 0) lines.push_back("  and " + std::to_string(rest) + " more");
  }
  return lines;
}

namespace {

std::string day_and_time(const heartbeat::Zone& zone, Timestamp now) {
  using namespace std::chrono;
  const heartbeat::LocalTime local = zone.to_local(now);
  const year_month_day date{sys_days(local.day.time_since_epoch())};
  const weekday day{sys_days(local.day.time_since_epoch())};
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%s %u %s %d, %02d:%02d", kDays[day.c_encoding()],
                static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), local.minute / 60 % 24, local.minute % 60);
  return text;
}

// The checks that have something for the brief, in the order of their manifests.
std::vector<std::string> briefers(const Setup& setup) {
  std::vector<std::string> ids;
  for (const auto& instance : setup.instances) {
    if (instance.kind != config::Kind::check) continue;
    const auto file = setup.registry.find(instance.plugin);
    if (!file) continue;
    const auto& answers = (*file)->metadata.answers;
    if (std::find(answers.begin(), answers.end(), "brief") != answers.end())
      ids.push_back(instance.id);
  }
  return ids;
}

awaitable<void> ask(Engine& engine, BriefPart& part) {
  std::string check = part.check;
  json::object wish;
  wish["brief"] = true;
  const auto report = co_await engine.ask_check(std::move(check), std::move(wish));
  if (!report) {
    part.problem = report.error().message;
    co_return;
  }
  part.summary = report->summary;
  for (const auto& finding : report->findings) part.lines.push_back(finding.title);
}

awaitable<void> ask_board(Engine& engine, BriefFacts& facts) {
  if (engine.task_source().empty()) {
    facts.tasks_problem = "no task backend is on";
    co_return;
  }
  json::value query = json::object{};
  const auto reply = co_await engine.ask_backend("", "list", std::move(query));
  if (!reply) {
    facts.tasks_problem = reply.error().message;
    co_return;
  }
  const auto* list = find(*reply, "tasks");
  if (list == nullptr || !list->is_array()) co_return;
  for (const auto& task : list->get_array()) {
    const std::string state = get_string(task, "state");
    if (!tasks::is_open_state(state)) continue;
    facts.tasks.push_back({get_string(task, "title"), state, get_string(task, "priority"),
                           get_string(task, "needs") == "human"});
  }
}

}  // namespace

awaitable<Result<BriefFacts>> gather_brief(Engine& engine, Timestamp now) {
  BriefFacts facts;
  facts.now = now;
  facts.day = day_and_time(engine.zone(), now);
  CHELA_CO_TRY(const tasks::Snapshot snapshot, engine.ledger().load());
  facts.alerts = snapshot.alerts;
  for (auto& id : briefers(engine.setup())) facts.parts.push_back({std::move(id), "", {}, ""});
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer all_done(executor, boost::asio::steady_timer::time_point::max());
  std::size_t left = facts.parts.size() + 1;
  const auto finished = [&](const std::exception_ptr&) {
    if (--left == 0) all_done.cancel();
  };
  for (auto& part : facts.parts) boost::asio::co_spawn(executor, ask(engine, part), finished);
  boost::asio::co_spawn(executor, ask_board(engine, facts), finished);
  boost::system::error_code error;
  while (left > 0)
    co_await all_done.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
  co_return facts;
}

}  // namespace chela::app
