// A check whose conditions and events follow from the number of runs that the host has recorded
// (its cursor).
#include <chela/check.h>

#include <chrono>
#include <string>
#include <thread>

#include "model.h"

namespace {

class Flicker : public chela::Check {
 public:
  explicit Flicker(const chela::Config& config)
      : conditions_(config.get("conditions", 2)),
        phase_(config.get("phase", 0)),
        has_events_(config.get("events", true)),
        severity_(config.get("severity", "warn")),
        hang_(config.get("hang_ms", 0)) {}

  chela::Result<chela::Report> run(chela::Host& host) override {
    std::this_thread::sleep_for(hang_);
    const auto run = static_cast<long>(chela::get_int(host.cursor(), "runs")) + 1;
    auto report = chela::Report::ok("run " + std::to_string(run));
    for (std::int64_t i = 0; i < conditions_; ++i) {
      if (!flicker::is_open(run, i, phase_)) continue;
      const std::string name = "lamp-" + std::to_string(i);
      auto finding = chela::condition(name, name + " flickers");
      if (severity_ == "crit") finding.crit();
      report.add(std::move(finding));
      report.set_status(severity_);
    }
    if (has_events_ && flicker::has_event(run)) {
      const std::string number = std::to_string(run);
      report.add(chela::event("event-" + number, "flash number " + number + "."));
    }
    report.set_cursor(chela::json::object{{"runs", run}});
    return report;
  }

 private:
  std::int64_t conditions_;
  std::int64_t phase_;
  bool has_events_;
  std::string severity_;
  std::chrono::milliseconds hang_;
};

}  // namespace

CHELA_CHECK(Flicker)
