// Looks at web pages and services: status, text, time, certificate. Source: chela.http/1.
#include <chela/check.h>

#include <algorithm>
#include <set>

#include "judge.h"

namespace check_http {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

// The findings of each target, by its name, as they stand in a report.
using Held = json::object;

struct Counts {
  std::size_t asked = 0;
  std::size_t unreachable = 0;
  std::size_t unasked = 0;
  std::set<std::string> hosts{};
  std::string first_error{};
};

class HttpCheck : public chela::Check {
 public:
  static chela::Result<std::unique_ptr<HttpCheck>> create(const chela::Config& config) {
    auto made = std::make_unique<HttpCheck>();
    CHELA_TRY(made->targets_, parse_targets(config));
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    made->total_ = config.duration("total", std::chrono::seconds(25));
    made->certificate_crit_days_ = config.get("certificate_crit_days", 3);
    return made;
  }

  chela::Result<chela::Report> run(chela::Host& host) override {
    if (chela::get_bool(host.request(), "brief")) return chela::Report::ok();
    const Held before = read_held(host.cursor());
    const std::size_t first = read_next(host.cursor());
    const auto begin = host.clock().now();
    auto report = chela::Report::ok();
    Held held;
    Counts counts;
    std::size_t done = 0;
    for (; done < targets_.size(); ++done) {
      if (host.is_cancelled()) return fail(ErrorCode::cancelled, "the host cancelled this run");
      const auto spent = std::max(host.clock().now() - begin, chela::Duration(0));
      // Too little time says nothing about a target.
      if (done > 0 && spent + std::chrono::seconds(1) > total_) break;
      const Target& target = targets_[(first + done) % targets_.size()];
      held[target.name] = look_at(host, target, std::min(timeout_, total_ - spent), counts, report);
    }
    CHELA_TRY(doubt(counts));
    // What was not looked at is as it was.
    for (const auto& target : targets_) {
      const auto* old = before.if_contains(target.name);
      if (!held.contains(target.name) && old != nullptr) held[target.name] = *old;
    }
    conclude(report, held, done);
    report.set_cursor(json::object{
        {"v", 1}, {"next", (first + done) % targets_.size()}, {"held", std::move(held)}});
    return report;
  }

 private:
  json::array look_at(const chela::Host& host, const Target& target, chela::Duration timeout,
                      Counts& counts, chela::Report& report) const {
    chela::FetchRequest request;
    request.method = target.method;
    request.url = target.url;
    request.headers = {{"user-agent", "chela"}, {"accept", "*/*"}};
    request.timeout = timeout;
    request.wants_certificate = target.is_https() && target.certificate_days > 0;
    const auto outcome = host.http().fetch(request);
    ++counts.asked;
    counts.hosts.insert(target.host);
    counts.unreachable += is_unreachable(outcome) ? 1 : 0;
    counts.unasked += is_unasked(outcome) ? 1 : 0;
    if (!outcome && counts.first_error.empty()) counts.first_error = outcome.error().message;
    if (outcome)
      report.metric("latency:" + target.name, static_cast<double>(outcome->elapsed.count()), "ms");
    json::array findings;
    for (const auto& one : judge(target, outcome, host.clock().now(), certificate_crit_days_))
      findings.emplace_back(one.value());
    return findings;
  }

  // Where nothing at all can be reached or asked, the fault is here: that is no report about the
  // others.
  static chela::Result<void> doubt(const Counts& counts) {
    if (counts.unasked == counts.asked)
      return fail(ErrorCode::permission_denied, "no target could be asked: " + counts.first_error);
    if (counts.unreachable == counts.asked && counts.hosts.size() > 1)
      return fail(ErrorCode::unavailable,
                  "none of " + std::to_string(counts.hosts.size()) +
                      " hosts answers, so the fault is most likely here: is this machine online? " +
                      counts.first_error);
    return {};
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

  static Held read_held(const json::value& cursor) {
    const auto* held = chela::find(cursor, "held");
    return held != nullptr && held->is_object() ? held->get_object() : Held();
  }
  std::size_t read_next(const json::value& cursor) const {
    const auto next = chela::get_int(cursor, "next");
    return next < 0 ? 0 : static_cast<std::size_t>(next) % targets_.size();
  }

  std::vector<Target> targets_;
  chela::Duration timeout_{};
  chela::Duration total_{};
  std::int64_t certificate_crit_days_ = 3;
};

}  // namespace
}  // namespace check_http

using check_http::HttpCheck;
CHELA_CHECK(HttpCheck)
