// Asks a program of others once, with all questions.
#pragma once

#include <chela/json.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace check_calendar::test {

namespace json = chela::json;

inline bool runs(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

// One answer per line of `questions`, null where it is no JSON; none where the program does not
// run.
inline std::vector<json::value> ask(const std::string& command, const std::string& questions) {
  std::vector<json::value> answers;
  const auto file = std::filesystem::temp_directory_path() /
                    ("chela-questions-" + std::to_string(::getpid()) + ".jsonl");
  std::ofstream(file) << questions;
  FILE* pipe = ::popen((command + " < " + file.string() + " 2>/dev/null").c_str(), "r");
  std::string text;
  std::array<char, 65536> buffer{};
  while (const auto size = pipe == nullptr ? 0 : std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), size);
  if (pipe != nullptr) ::pclose(pipe);
  std::filesystem::remove(file);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    answers.push_back(chela::parse_json(text.substr(at, end - at)).value_or(nullptr));
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return answers;
}

}  // namespace check_calendar::test
