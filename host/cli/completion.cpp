#include "cli/completion.h"

#include <algorithm>

namespace chela::cli {
namespace {

const OptionTree* find_option(const CommandTree& command, const std::string& name) {
  for (const auto& option : command.options) {
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end())
      return &option;
  }
  return nullptr;
}

const CommandTree* find_command(const CommandTree& command, const std::string& name) {
  for (const auto& one : command.commands) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

Names names_of(const std::string& command, const std::string& argument) {
  if (command == "enable" || command == "info" || command == "release") return Names::plugins;
  if (command == "disable") return Names::instances;
  if (argument == "name") return Names::alerts;
  return Names::none;
}

Names names_of(const OptionTree& option) {
  if (option.names.front() == "--check") return Names::checks;
  if (option.names.front() == "--backend") return Names::backends;
  return Names::none;
}

}  // namespace

Completion complete(const CommandTree& program, const std::vector<std::string>& words) {
  Completion completion;
  if (words.empty()) return completion;
  const CommandTree* command = &program;
  const OptionTree* waiting = nullptr;  // an option whose value comes next
  std::size_t arguments = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (waiting != nullptr) {
      waiting = nullptr;
    } else if (words[i].starts_with("-")) {
      const auto* option = find_option(*command, words[i]);
      if (option != nullptr && option->takes_value) waiting = option;
    } else if (const auto* next = find_command(*command, words[i])) {
      command = next;
      arguments = 0;
    } else {
      ++arguments;
    }
  }
  const std::string& typed = words.back();
  const auto offer = [&](const std::string& word) {
    if (word.starts_with(typed)) completion.words.push_back(word);
  };
  if (waiting != nullptr) {
    for (const auto& choice : waiting->choices) offer(choice);
    completion.names = names_of(*waiting);
  } else if (typed.starts_with("-")) {
    for (const auto& option : command->options)
      for (const auto& name : option.names)
        if (name.starts_with("--")) offer(name);
  } else {
    for (const auto& one : command->commands) offer(one.name);
    if (arguments < command->arguments.size()) {
      const auto& argument = command->arguments[arguments];
      for (const auto& choice : argument.choices) offer(choice);
      completion.names = names_of(command->name, argument.name);
    }
  }
  std::sort(completion.words.begin(), completion.words.end());
  return completion;
}

std::string completion_script(const std::string& shell) {
  if (shell == "bash") {
    return "# source <(chela completion bash)\n"
           "_chela() {\n"
           "  local IFS=$'\\n'\n"
           "  COMPREPLY=($(\"${COMP_WORDS[0]}\" complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
           "2>/dev/null))\n"
           "}\n"
           "complete -o default -F _chela chela\n";
  }
  if (shell == "zsh") {
    return "#compdef chela\n"
           "# source <(chela completion zsh)\n"
           "_chela() {\n"
           "  local -a offered\n"
           "  offered=(\"${(@f)$(${words[1]} complete -- \"${(@)words[2,CURRENT]}\" "
           "2>/dev/null)}\")\n"
           "  compadd -a offered\n"
           "}\n"
           "compdef _chela chela\n";
  }
  if (shell == "fish") {
    return "# chela completion fish | source\n"
           "complete -c chela -f -a '(chela complete -- (commandline -opc)[2..-1] "
           "(commandline -ct) 2>/dev/null)'\n";
  }
  return "";
}

}  // namespace chela::cli
