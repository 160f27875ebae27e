// What a shell may offer behind what was typed so far, from the tree of commands. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace chela::cli {

struct OptionTree {
  std::vector<std::string> names;  // "--check", "-n"
  bool takes_value = false;
  std::string value;                 // what it takes, as help shows it: "ID", "DURATION"
  std::vector<std::string> choices;  // where it takes one of these
};

// A positional argument.
struct ArgumentTree {
  std::string name;  // "plugin", "id", "name"
  std::vector<std::string> choices;
};

struct CommandTree {
  std::string name;
  std::vector<OptionTree> options;
  std::vector<ArgumentTree> arguments;
  std::vector<CommandTree> commands;
};

// What is asked of the caller: names that only the manifests and the ledger know.
enum class Names { none, plugins, checks, instances, backends, alerts };

struct Completion {
  std::vector<std::string> words;  // that begin with what was typed, sorted
  Names names = Names::none;       // and these, likewise
};

// `words` without the program's name; the last one is being typed and may be empty.
Completion complete(const CommandTree& program, const std::vector<std::string>& words);

// The script that makes a shell ask `chela complete`: bash, zsh or fish; "" for another.
std::string completion_script(const std::string& shell);

}  // namespace chela::cli
