// Runs a Nagios plugin, or any program that prints a report of ours, and tells what it said.
// Sources: Monitoring Plugins Development Guidelines (exit codes, output); chela.exec/1.
#include <chela/check.h>

#include "judge.h"

namespace check_exec {
namespace {

std::string name_of(const std::string& program) {
  const auto slash = program.find_last_of('/');
  return slash == std::string::npos ? program : program.substr(slash + 1);
}

class Exec : public chela::Check {
 public:
  explicit Exec(const chela::Config& config)
      : command_(config.strings("command")),
        is_nagios_(config.get("format", "nagios") == "nagios"),
        cwd_(config.get("folder")),
        limits_(chela::find(config.value(), "limits") ? *chela::find(config.value(), "limits")
                                                      : chela::json::value()),
        environment_(chela::find(config.value(), "environment")
                         ? *chela::find(config.value(), "environment")
                         : chela::json::value()) {
    wishes_.program = command_.empty() ? "" : name_of(command_.front());
    wishes_.key = config.get("key", "problem");
    wishes_.title = config.get("title");
    wishes_.needs_human = config.get("needs_human", false);
    wishes_.timeout = config.duration("timeout", std::chrono::seconds(20));
  }

  chela::Result<chela::Report> run(chela::Host& host) override {
    CHELA_TRY(wishes_.limits, read_limits());
    chela::ExecRequest request;
    request.argv = command_;
    request.cwd = cwd_;
    request.timeout = wishes_.timeout;
    request.max_output_bytes = 256 * 1024;
    if (environment_.is_object()) {
      for (const auto& [name, value] : environment_.get_object())
        request.env.emplace_back(std::string(name), std::string(value.as_string()));
    }
    CHELA_TRY(const chela::ExecReply reply, host.exec().run(request));
    return is_nagios_ ? judge_nagios(reply, wishes_) : judge_report(reply, wishes_);
  }

 private:
  chela::Result<std::map<std::string, Limits>> read_limits() const {
    std::map<std::string, Limits> all;
    if (!limits_.is_object()) return all;
    for (const auto& [label, written] : limits_.get_object()) {
      Limits limits;
      limits.warn_text = chela::get_string(written, "warn");
      limits.crit_text = chela::get_string(written, "crit");
      if (!limits.warn_text.empty()) {
        CHELA_TRY(limits.warn, parse_range(limits.warn_text));
      }
      if (!limits.crit_text.empty()) {
        CHELA_TRY(limits.crit, parse_range(limits.crit_text));
      }
      all[std::string(label)] = std::move(limits);
    }
    return all;
  }

  std::vector<std::string> command_;
  bool is_nagios_;
  std::string cwd_;
  chela::json::value limits_;
  chela::json::value environment_;
  Wishes wishes_;
};

}  // namespace
}  // namespace check_exec

CHELA_CHECK(check_exec::Exec)
