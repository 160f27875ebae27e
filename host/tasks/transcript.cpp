#include "tasks/transcript.h"

#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace chela::tasks {
namespace {

bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char c = text[i];
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_hex = is_digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool fits = shape[i] == 'd' ? is_digit : shape[i] == 'x' ? is_hex : c == shape[i];
    if (!fits) return false;
  }
  return true;
}

constexpr std::string_view kUuid = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
// Taskwarrior's form and that of everybody else.
constexpr std::string_view kTimes[] = {"dddd-dd-ddTdd:dd:ddZ", "ddddddddTddddddZ"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string shown(const std::string& text) {
  return text.empty() ? "nothing" : "'" + base::printable(text, 160) + "'";
}

// Collects the lines; lives for one call of differences().
struct Differences {
  std::vector<std::string> lines;

  void look(const std::string& where, const std::string& ours, const std::string& theirs) {
    if (ours != theirs) lines.push_back(where + ": " + shown(ours) + ", there " + shown(theirs));
  }

  void look_by_line(const std::string& where, const std::string& ours, const std::string& theirs) {
    const auto a = lines_of(ours), b = lines_of(theirs);
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      look(where + " line " + std::to_string(i + 1), i < a.size() ? a[i] : "",
           i < b.size() ? b[i] : "");
    }
    if (a == b) look(where + " (its end)", ours, theirs);
  }

  void look_at_calls(const TranscriptStep& ours, const TranscriptStep& theirs) {
    look(ours.name + ": number of programs run", std::to_string(ours.calls.size()),
         std::to_string(theirs.calls.size()));
    for (std::size_t i = 0; i < std::min(ours.calls.size(), theirs.calls.size()); ++i) {
      const std::string where = ours.name + " call " + std::to_string(i + 1);
      const auto& a = ours.calls[i];
      const auto& b = theirs.calls[i];
      look(where + " arguments", joined(a.argv), joined(b.argv));
      look(where + " exit code", std::to_string(a.exit_code), std::to_string(b.exit_code));
      look(where + " error", a.error, b.error);
      look_by_line(where + " stdout", a.out, b.out);
      look_by_line(where + " stderr", a.err, b.err);
    }
  }
};

}  // namespace

json::object to_json(const std::string& backend, const std::vector<TranscriptStep>& steps) {
  json::array list;
  for (const auto& step : steps) {
    json::array calls;
    for (const auto& call : step.calls) {
      calls.push_back(json::object{{"argv", json::array(call.argv.begin(), call.argv.end())},
                                   {"stdin", base::valid_utf8(call.input)},
                                   {"exit_code", call.exit_code},
                                   {"stdout", base::valid_utf8(call.out)},
                                   {"stderr", base::valid_utf8(call.err)},
                                   {"error", call.error}});
    }
    list.push_back(json::object{{"name", step.name},
                                {"ok", step.is_good},
                                {"remark", step.remark},
                                {"calls", std::move(calls)}});
  }
  return {{"format", 1}, {"backend", backend}, {"steps", std::move(list)}};
}

Result<std::vector<TranscriptStep>> transcript_from(const json::value& document) {
  const auto* list = find(document, "steps");
  if (get_int(document, "format") != 1 || list == nullptr || !list->is_array()) {
    return fail(ErrorCode::invalid_argument,
                "no transcript of a selftest: wanted \"format\": 1 and \"steps\"");
  }
  std::vector<TranscriptStep> steps;
  for (const auto& one : list->get_array()) {
    TranscriptStep step;
    step.name = get_string(one, "name");
    step.is_good = get_bool(one, "ok");
    step.remark = get_string(one, "remark");
    const auto* calls = find(one, "calls");
    if (calls != nullptr && calls->is_array()) {
      for (const auto& call : calls->get_array()) {
        step.calls.push_back({get_strings(call, "argv"), get_string(call, "stdin"),
                              static_cast<int>(get_int(call, "exit_code")),
                              get_string(call, "stdout"), get_string(call, "stderr"),
                              get_string(call, "error")});
      }
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string normalized(std::string_view text, const std::vector<std::string>& own) {
  std::string out;
  while (!text.empty()) {
    const auto mine = std::find_if(own.begin(), own.end(), [&](const std::string& one) {
      return !one.empty() && text.starts_with(one);
    });
    const auto time = std::find_if(std::begin(kTimes), std::end(kTimes),
                                   [&](std::string_view shape) { return has_shape(text, shape); });
    if (mine != own.end()) {
      out += "<own>";
      text.remove_prefix(mine->size());
    } else if (has_shape(text, kUuid)) {
      out += "<uuid>";
      text.remove_prefix(kUuid.size());
    } else if (time != std::end(kTimes)) {
      out += "<time>";
      text.remove_prefix(time->size());
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

std::vector<std::string> differences(const std::vector<TranscriptStep>& ours,
                                     const std::vector<TranscriptStep>& theirs) {
  Differences found;
  for (const auto& step : ours) {
    const auto other = std::find_if(theirs.begin(), theirs.end(),
                                    [&](const auto& one) { return one.name == step.name; });
    if (other == theirs.end()) {
      found.lines.push_back(step.name + ": that step is not there");
    } else {
      found.look_at_calls(step, *other);
    }
  }
  return std::move(found.lines);
}

}  // namespace chela::tasks
