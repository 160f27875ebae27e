#include "judge.h"

#include <algorithm>
#include <array>
#include <optional>

namespace check_exec {
namespace {

using chela::ErrorCode;
using chela::fail;

struct Scale {
  std::string_view written;
  std::string_view unit;
  double factor;
};
// Bytes in powers of 1024: that is what Debian's plugins mean by KB and MB.
constexpr std::array<Scale, 10> kScales{{{"s", "seconds", 1},
                                         {"ms", "seconds", 1e-3},
                                         {"us", "seconds", 1e-6},
                                         {"%", "percent", 1},
                                         {"c", "count", 1},
                                         {"B", "bytes", 1},
                                         {"KB", "bytes", 1024.0},
                                         {"MB", "bytes", 1024.0 * 1024},
                                         {"GB", "bytes", 1024.0 * 1024 * 1024},
                                         {"TB", "bytes", 1024.0 * 1024 * 1024 * 1024}}};

// What a person can read of it: control characters become blanks, those at its ends go.
std::string legible(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  const auto begin = out.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

std::string cut(std::string_view text, std::size_t most) {
  return std::string(text.substr(0, most));
}

// The last words of a program that failed, for the error.
std::string words_of(const chela::ExecReply& reply) {
  std::string_view text = reply.err.empty() ? reply.out : reply.err;
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.remove_prefix(1);
  const auto line = cut(text.substr(0, text.find('\n')), 200);
  return line.empty() ? "" : ": " + line;
}

// Ways of ending that say nothing about what the program looks at.
std::optional<chela::Error> how_it_failed(const chela::ExecReply& reply, const Wishes& wishes) {
  if (reply.timed_out) {
    return chela::Error{ErrorCode::deadline_exceeded, wishes.program + " took longer than " +
                                                          chela::format_duration(wishes.timeout)};
  }
  if (reply.signal != 0) {
    return chela::Error{ErrorCode::internal, wishes.program + " was ended by signal " +
                                                 std::to_string(reply.signal) + words_of(reply)};
  }
  if (reply.exit_code == 127) {
    return chela::Error{
        ErrorCode::not_found,
        wishes.program + " did not find a program (exit code 127)" + words_of(reply)};
  }
  if (reply.exit_code == 126) {
    return chela::Error{
        ErrorCode::permission_denied,
        wishes.program + " could not run a program (exit code 126)" + words_of(reply)};
  }
  return std::nullopt;
}

void add_metric(chela::Report& report, const Perf& perf, const Limits* limits) {
  const auto scale = std::find_if(kScales.begin(), kScales.end(),
                                  [&](const Scale& one) { return one.written == perf.unit; });
  const double factor = scale == kScales.end() ? 1 : scale->factor;
  chela::json::object more;
  // Thresholds stay as they are written, in the unit that the program printed.
  const std::string warn = limits != nullptr && limits->warn ? limits->warn_text : perf.warn;
  const std::string crit = limits != nullptr && limits->crit ? limits->crit_text : perf.crit;
  if (!warn.empty()) more["warn"] = warn;
  if (!crit.empty()) more["crit"] = crit;
  if (!perf.unit.empty() && scale != kScales.end() && scale->factor != 1)
    more["written"] = perf.unit;
  if (perf.min) more["min"] = *perf.min;
  if (perf.max) more["max"] = *perf.max;
  report.metric(perf.label, perf.value * factor,
                scale == kScales.end() ? std::string_view(perf.unit) : scale->unit, more);
}

// 0 to 2, and the words that say why where it is a limit of ours.
int beyond_limits(const NagiosOutput& output, const Wishes& wishes, std::string& why) {
  int worst = 0;
  for (const auto& perf : output.perf) {
    const auto limits = wishes.limits.find(perf.label);
    if (limits == wishes.limits.end()) continue;
    const auto& [warn, crit, warn_text, crit_text] = limits->second;
    const bool is_crit = crit && !is_fine(*crit, perf.value);
    const bool is_warn = warn && !is_fine(*warn, perf.value);
    if (!is_crit && !is_warn) continue;
    worst = std::max(worst, is_crit ? 2 : 1);
    std::string value = std::to_string(perf.value);
    value.erase(value.find_last_not_of('0') + 1);
    if (value.ends_with('.')) value.pop_back();
    why += (why.empty() ? "" : ", ") + perf.label + " is " + value + perf.unit + ", wanted " +
           (is_crit ? crit_text : warn_text);
  }
  return worst;
}

}  // namespace

chela::Result<chela::Report> judge_nagios(const chela::ExecReply& reply, const Wishes& wishes) {
  if (auto failed = how_it_failed(reply, wishes)) return fail(std::move(*failed));
  const auto output = parse_nagios_output(reply.out);
  std::string text = legible(cut(output.text, 1000));
  if (text.empty()) {
    const std::string words = words_of(reply);  // ": ..", to go behind something
    text = legible(words.substr(std::min<std::size_t>(2, words.size())));
  }
  if (text.empty()) text = wishes.program + " printed nothing";
  std::string detail = output.long_text;
  if (output.unreadable > 0) {
    detail += (detail.empty() ? "" : "\n") + std::to_string(output.unreadable) +
              " pieces of its performance data could not be read.";
  }
  if (reply.is_truncated)
    detail += (detail.empty() ? "" : "\n") + std::string("Its output was cut.");

  std::string why;
  const int beyond = beyond_limits(output, wishes, why);
  auto report = chela::Report::ok(text);
  for (const auto& perf : output.perf) {
    const auto limits = wishes.limits.find(perf.label);
    add_metric(report, perf, limits == wishes.limits.end() ? nullptr : &limits->second);
  }
  if (reply.exit_code > 3) {
    report.set_status("unknown");
    report.set_summary(wishes.program + " ended with exit code " + std::to_string(reply.exit_code) +
                       ", which means nothing to Nagios: " + text);
    return report;
  }
  if (reply.exit_code == 3) {
    report.set_status("unknown");
    return report;
  }
  const int state = std::max(reply.exit_code, beyond);
  if (state == 0) return report;
  std::string title = wishes.title.empty() ? text : wishes.title + ": " + text;
  if (reply.exit_code < beyond)
    title = (wishes.title.empty() ? wishes.program : wishes.title) + ": " + why;
  auto finding = chela::condition(wishes.key, cut(title, 300));
  if (state == 2) finding.crit();
  if (!detail.empty()) finding.detail(detail);
  if (wishes.needs_human) finding.needs_human();
  report.add(finding);
  report.set_status(state == 2 ? "crit" : "warn");
  return report;
}

chela::Result<chela::Report> judge_report(const chela::ExecReply& reply, const Wishes& wishes) {
  if (auto failed = how_it_failed(reply, wishes)) return fail(std::move(*failed));
  if (reply.exit_code != 0) {
    return fail(ErrorCode::internal, wishes.program + " ended with exit code " +
                                         std::to_string(reply.exit_code) + words_of(reply));
  }
  if (reply.is_truncated)
    return fail(ErrorCode::resource_exhausted, wishes.program + ": its report is too long");
  auto document = chela::parse_json(reply.out);
  if (!document)
    return fail(
        ErrorCode::data_loss,
        wishes.program + ": wanted a chela.check.report/1, found no JSON" + words_of(reply));
  auto report = chela::Report::from_json(*document);
  if (!report) return fail(report.error().code, wishes.program + ": " + report.error().message);
  return report;
}

}  // namespace check_exec
