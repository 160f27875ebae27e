// Looks at web pages and services: status, text, time, certificate. Source: chela.http/1.
#include <chela/check.h>

#include <algorithm>
#include <set>

#include "judge.h"
#include "turns.h"

namespace check_http {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

// The findings of each target, by its name, as they stand in a report.
using Held = json::object;

struct Counts {
  std::size_t turns = 0;
  std::size_t unreachable = 0;
  std::size_t unasked = 0;
  std::string first_error{};
};

// How many other machines there are. This one answers itself also where it is offline: where it is
// among the targets, silence says nothing of the network.
std::size_t count_machines(const std::vector<Target>& targets) {
  std::set<std::string> machines;
  for (const auto& target : targets) {
    if (target.is_here()) return 0;
    machines.insert(target.machine);
  }
  return machines.size();
}

class HttpCheck : public chela::Check {
 public:
  static chela::Result<std::unique_ptr<HttpCheck>> create(const chela::Config& config) {
    auto made = std::make_unique<HttpCheck>();
    CHELA_TRY(made->targets_, parse_targets(config));
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    made->total_ = config.duration("total", std::chrono::seconds(25));
    if (made->targets_.size() > 1 && made->total_ < std::chrono::seconds(2))
      return fail(ErrorCode::invalid_argument, "total: wanted at least 2s for several targets");
    made->certificate_crit_days_ = config.get("certificate_crit_days", 3);
    made->machines_ = count_machines(made->targets_);
    return made;
  }

  chela::Result<chela::Report> run(chela::Host& host) override {
    if (chela::get_bool(host.request(), "brief")) return chela::Report::ok();
    const Held before = read_held(host.cursor(), "held");
    turns::Turns turns(targets_.size(), turns::read_place(host.cursor(), targets_.size()), timeout_,
                       total_);
    const auto begin = host.clock().now();
    auto report = chela::Report::ok();
    Held held;
    Counts counts;
    const auto spent = [&] { return std::max(host.clock().now() - begin, chela::Duration(0)); };
    while (const auto turn = turns.next(spent())) {
      if (host.is_cancelled()) return fail(ErrorCode::cancelled, "the host cancelled this run");
      const Target& target = targets_[turn->index];
      const auto outcome = ask(host, target, turn->timeout, counts);
      const bool is_silent = !outcome && outcome.error().code == ErrorCode::deadline_exceeded;
      turns.ended(*turn, is_silent);
      // Too little time says nothing about a target.
      if (is_silent && !turn->is_whole) continue;
      if (outcome)
        report.metric("latency:" + target.name, static_cast<double>(outcome->elapsed.count()),
                      "ms");
      held[target.name] = findings_of(target, outcome, host.clock().now());
    }
    const bool is_silent = machines_ > 1 && counts.unreachable == counts.turns;
    CHELA_TRY(doubt(counts, is_silent && turns.have_all_verdicts()));
    const turns::Place after = turns.after(is_silent);
    const bool is_offline = after.silent >= targets_.size();
    Held doubted = settle(read_held(host.cursor(), "doubted"), held, is_silent, is_offline);
    // What was not looked at is as it was.
    for (const auto& target : targets_) {
      const auto* old = before.if_contains(target.name);
      if (!held.contains(target.name) && old != nullptr) held[target.name] = *old;
    }
    conclude(report, held, turns.judged());
    if (is_offline) add_doubt(report, counts);
    json::object cursor{{"v", 1}, {"doubted", std::move(doubted)}, {"held", std::move(held)}};
    turns::write_place(cursor, after);
    report.set_cursor(std::move(cursor));
    return report;
  }

 private:
  static chela::Result<chela::FetchReply> ask(const chela::Host& host, const Target& target,
                                              chela::Duration timeout, Counts& counts) {
    chela::FetchRequest request;
    request.method = target.method;
    request.url = target.url;
    request.headers = {{"user-agent", "chela"}, {"accept", "*/*"}};
    request.timeout = timeout;
    request.wants_certificate = target.is_https() && target.certificate_days > 0;
    auto outcome = host.http().fetch(request);
    ++counts.turns;
    counts.unreachable += is_unreachable(outcome) ? 1 : 0;
    counts.unasked += is_unasked(outcome) ? 1 : 0;
    if (!outcome && counts.first_error.empty()) counts.first_error = outcome.error().message;
    return outcome;
  }

  json::array findings_of(const Target& target, const chela::Result<chela::FetchReply>& outcome,
                          chela::Timestamp now) const {
    json::array findings;
    for (const auto& one : judge(target, outcome, now, certificate_crit_days_))
      findings.emplace_back(one.value());
    return findings;
  }

  // Where nothing at all can be reached or asked, the fault is here: that is no report about the
  // others.
  chela::Result<void> doubt(const Counts& counts, bool is_offline) const {
    if (counts.unasked == counts.turns)
      return fail(ErrorCode::permission_denied, "no target could be asked: " + counts.first_error);
    if (is_offline)
      return fail(ErrorCode::unavailable,
                  "none of " + std::to_string(machines_) +
                      " hosts answers, so the fault is most likely here: is this machine online? " +
                      counts.first_error);
    return {};
  }

  // As long as nobody has answered, what the runs of a round found is in doubt: it counts once
  // somebody does, and is void where nobody of the whole round did. Returns what stays in doubt.
  static Held settle(Held doubted, Held& held, bool is_silent, bool is_offline) {
    if (is_offline) {
      held.clear();
      return {};
    }
    if (is_silent) {
      for (const auto& [name, findings] : held) doubted[name] = findings;
      held.clear();
      return doubted;
    }
    for (const auto& [name, findings] : doubted) {
      if (!held.contains(name)) held[name] = findings;
    }
    return {};
  }

  static void add_doubt(chela::Report& report, const Counts& counts) {
    const std::string title = "no host answers: is this machine online?";
    if (!report.has_findings()) {
      report.set_status("warn");
      report.set_summary(title);
    }
    report.add(chela::condition("offline", title).detail(counts.first_error));
  }

  void conclude(chela::Report& report, const Held& held, std::size_t done) const {
    std::string first_title;
    bool is_crit = false;
    for (const auto& target : targets_) {
      const auto* list = held.if_contains(target.name);
      if (list == nullptr || !list->is_array()) continue;
      for (const auto& one : list->get_array()) {
        report.add(finding_from(one));
        if (first_title.empty()) first_title = chela::get_string(one, "title");
        is_crit = is_crit || chela::get_string(one, "severity") == "crit";
      }
    }
    const std::string looked =
        done == targets_.size() ? std::to_string(done) + " fine"
                                : std::to_string(done) + " of " + std::to_string(targets_.size()) +
                                      " looked at, the others in the next run";
    report.set_status(first_title.empty() ? "ok" : is_crit ? "crit" : "warn");
    report.set_summary(first_title.empty() ? looked : first_title);
  }

  static chela::Finding finding_from(const json::value& value) {
    auto finding =
        chela::condition(chela::get_string(value, "key"), chela::get_string(value, "title"));
    if (const auto detail = chela::get_string(value, "detail"); !detail.empty())
      finding.detail(detail);
    if (const auto url = chela::get_string(value, "url"); !url.empty()) finding.url(url);
    if (chela::get_string(value, "severity") == "crit") finding.crit();
    return finding;
  }

  static Held read_held(const json::value& cursor, const char* name) {
    const auto* held = chela::find(cursor, name);
    return held != nullptr && held->is_object() ? held->get_object() : Held();
  }

  std::vector<Target> targets_;
  chela::Duration timeout_{};
  chela::Duration total_{};
  std::int64_t certificate_crit_days_ = 3;
  std::size_t machines_ = 0;  // by which one sees whether this one is online
};

}  // namespace
}  // namespace check_http

using check_http::HttpCheck;
CHELA_CHECK(HttpCheck)
