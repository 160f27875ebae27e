#include "words.h"

namespace fake_remindctl {
namespace {

struct CommandSpec {
  std::set<std::string> options;  // with a value; labels are their long names
  std::set<std::string> flags;
};

const std::map<std::string, CommandSpec> kCommands = {
    {"show", {{"list", "list-id"}, {}}},
    {"list", {{"rename", "list-id"}, {"delete", "create", "force"}}},
    {"info", {{}, {}}},
    {"add",
     {{"title", "list", "list-id", "due", "alarm", "notes", "url", "repeat", "priority"}, {}}},
    {"edit",
     {{"title", "list", "list-id", "due", "alarm", "notes", "url", "repeat", "priority"},
      {"clear-due", "clear-alarm", "clear-url", "no-repeat", "complete", "incomplete"}}},
    {"complete", {{}, {"dry-run"}}},
    {"delete", {{}, {"dry-run", "force"}}},
    {"status", {{}, {}}},
    {"authorize", {{}, {}}},
    {"export", {{"list", "list-id"}, {}}}};
const std::set<std::string> kRuntimeFlags = {"json", "plain", "quiet", "no-color", "no-input"};

}  // namespace

bool is_command(const std::string& name) {
  return kCommands.contains(name);
}

Words parse(const std::vector<std::string>& words) {
  const CommandSpec& spec = kCommands.at(words[0]);
  Words parsed;
  bool is_over = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (is_over || !word.starts_with('-') || word == "-") {
      parsed.positional.push_back(word);
    } else if (word == "--") {
      is_over = true;
    } else {
      const std::string name = word.starts_with("--") ? word.substr(2) : word;
      if (spec.flags.contains(name) || kRuntimeFlags.contains(name)) {
        parsed.flags.insert(name);
      } else if (spec.options.contains(name)) {
        if (i + 1 >= words.size() || words[i + 1].starts_with('-'))
          throw Failure{"Missing value for option " + (name == "list-id" ? "listID" : name)};
        parsed.options[name] = words[++i];
      } else {
        throw Failure{"Unknown option " + word};
      }
    }
  }
  return parsed;
}

}  // namespace fake_remindctl
