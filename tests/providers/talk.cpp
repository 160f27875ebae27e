#include "talk.h"

namespace chela::stand_in {
namespace {

constexpr char kSystem[] = "You are a harbour master.";
// "skip_thought_signature_validator", which Google documents for calls that another model made.
constexpr char kNoSignature[] = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

tl::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::invalid_argument, "stand-in: " + std::move(what));
}

std::string scene_of(const Said& said) {
  constexpr std::string_view kSign = "Scene: ";
  const std::size_t at = said.is_model ? std::string::npos : said.text.rfind(kSign);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + kSign.size();
  return said.text.substr(begin, said.text.find('.', begin) - begin);
}

Line thinking_line() {
  Line line;
  line.thought = "The tide \xe2\x80\x94 comes \"in\".";
  line.signature = "c2lnLW9mLXRoZS1oYXJib3Vy";  // base64, as all services have it
  line.usage.output_tokens = 20;
  line.usage.reasoning_tokens = 7;
  return line;
}

Line tools_line(std::size_t step) {
  if (step == 0) {
    Line line = thinking_line();
    line.text = "I look.";
    line.calls = {
        {"call_A1", "tide", {{"port", "Husum \xc3\xa4\xf0\x9f\xa6\x80"}, {"day", 1}}},
        {"call_A2", "clock", {}},
    };
    line.stop = StopReason::tool_calls;
    return line;
  }
  if (step == 1) {
    Line line = thinking_line();
    line.signature = "YW5vdGhlci1zaWduYXR1cmU=";
    line.calls = {{"call_B1", "camera", {{"of", json::array{"quay", json::object{{"n", 2}}}}}}};
    line.stop = StopReason::tool_calls;
    return line;
  }
  Line line;
  line.text = "Husum: 06:12, and a crab on the quay.";
  return line;
}

Result<void> check_thoughts(const Said& said, const Line& line, Returns returns) {
  if (returns == Returns::nothing || line.thought.empty()) {
    if (!said.thoughts.empty()) return wrong("a thought came back that nobody wants");
    return {};
  }
  if (said.thoughts.size() != 1)
    return wrong("wanted one thought back, found " + std::to_string(said.thoughts.size()));
  const Thought& thought = said.thoughts.front();
  if (returns != Returns::signature && thought.text != line.thought)
    return wrong("the thought came back as '" + thought.text + "'");
  if (returns != Returns::words && thought.signature != line.signature)
    return wrong("the signature came back as '" + thought.signature + "'");
  return {};
}

// The model's own words must come back as they were.
Result<void> check_own(const Said& said, const Line& line, Returns returns) {
  if (said.text != line.text) return wrong("the model's text came back as '" + said.text + "'");
  CHELA_TRY(check_thoughts(said, line, returns));
  if (said.calls.size() != line.calls.size()) return wrong("another number of calls came back");
  for (std::size_t i = 0; i < line.calls.size(); ++i) {
    const Call& call = said.calls[i];
    if (call.name != line.calls[i].name || call.arguments != line.calls[i].arguments)
      return wrong("the call came back as " + call.name + json::serialize(call.arguments));
    if (!call.id.empty() && call.id != line.calls[i].id)
      return wrong("the call's id came back as '" + call.id + "'");
  }
  return {};
}

// Every call has the answer that a caller of this play gives: "<name>: done".
Result<void> check_answers(const Said& said, const Line& line) {
  if (said.answers.size() != line.calls.size()) return wrong("another number of results");
  for (std::size_t i = 0; i < line.calls.size(); ++i) {
    const Call& call = line.calls[i];
    const ToolAnswer& answer = said.answers[i];
    if ((!answer.id.empty() && answer.id != call.id) ||
        (!answer.name.empty() && answer.name != call.name))
      return wrong("results in another order: " + answer.id + " " + answer.name);
    if (answer.text.find(call.name + ": done") == std::string::npos)
      return wrong("the result of " + call.name + " is '" + answer.text + "'");
  }
  const int wanted = line.calls.front().name == "camera" ? 1 : 0;
  if (said.images != wanted)
    return wrong("wanted " + std::to_string(wanted) + " image of the tools, found " +
                 std::to_string(said.images));
  return {};
}

Result<Line> tools(const Talk& talk, std::size_t begin, Returns returns) {
  std::size_t step = 0;
  for (std::size_t i = begin + 1; i < talk.said.size(); ++i) {
    if (talk.said[i].is_model) {
      CHELA_TRY(check_own(talk.said[i], tools_line(step), returns));
    } else {
      CHELA_TRY(check_answers(talk.said[i], tools_line(step++)));
    }
  }
  return tools_line(step);
}

// What another service's model said is there, without its thoughts.
Result<Line> go_on(const Talk& talk) {
  std::size_t calls = 0;
  for (const auto& said : talk.said) {
    for (const auto& thought : said.thoughts) {
      if (!thought.text.empty() || thought.signature != kNoSignature)
        return wrong("a stranger's thought: '" + thought.text + "' " + thought.signature);
    }
    calls += said.calls.size();
  }
  if (calls == 0) return wrong("the stranger's calls are gone");
  return line_of("go on");
}

}  // namespace

Line line_of(const std::string& scene, std::size_t step) {
  if (scene == "tools") return tools_line(step);
  Line line;
  if (scene == "think") line = thinking_line();
  line.text = scene == "go on" ? "I go on from here."
                               : "High water is at 06:12 \xe2\x80\x94 \xf0\x9f\xa6\x80\n\"soon\".";
  if (scene == "cached") line.usage.cache_read_tokens = 1024;
  if (scene == "long") line.stop = StopReason::max_tokens;
  line.is_refusal = scene == "refuse";
  return line;
}

Result<Line> next_line(const Talk& talk, Returns returns) {
  if (talk.system != kSystem) return wrong("the system's text is '" + talk.system + "'");
  std::size_t begin = talk.said.size();
  while (begin > 0 && scene_of(talk.said[begin - 1]).empty()) --begin;
  if (begin == 0) return wrong("no scene in what the user said");
  --begin;
  const std::string scene = scene_of(talk.said[begin]);
  if (scene == "tools") return tools(talk, begin, returns);
  if (scene == "go on") return go_on(talk);
  if (begin + 1 != talk.said.size()) return wrong("something was said after the scene");
  if (scene == "picture" && talk.said[begin].images != 1)
    return wrong("wanted one image of the user");
  return line_of(scene);
}

}  // namespace chela::stand_in
