#include "corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace chela::markdown {
namespace {

// Line ends of `bytes` replaced by those of `ends`, one after the other.
std::string with_line_ends(const std::string& bytes, const std::vector<std::string>& ends) {
  std::string changed;
  std::size_t count = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r' && bytes[i] != '\n') {
      changed += bytes[i];
      continue;
    }
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') ++i;
    changed += ends[count++ % ends.size()];
  }
  return changed;
}

std::string without_final_line_end(std::string bytes) {
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.pop_back();
  return bytes;
}

// A broken byte behind every eleventh letter.
std::string with_broken_bytes(const std::string& bytes) {
  std::string broken;
  std::size_t letters = 0;
  for (const char c : bytes) {
    broken += c;
    if (c >= 'a' && c <= 'z' && ++letters % 11 == 0) broken += letters % 2 == 0 ? '\xff' : '\xc3';
  }
  return broken;
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::string make() {
    eols_ = pick<std::vector<std::string>>(
        {{"\n"}, {"\n"}, {"\r\n"}, {"\r"}, {"\n", "\r\n"}, {"\r\n", "\n", "\r"}});
    if (chance(5)) text_ += "\xEF\xBB\xBF";
    if (chance(6)) add({"---", "kind: board", "- [ ] not a task", "---"});
    if (chance(2)) add({"# Tasks", ""});
    const int sections = number(0, 6);
    for (int i = 0; i < number(0, 3); ++i) fragment();
    for (int i = 0; i < sections; ++i) section();
    if (chance(8)) add({pick<std::string>({"```", "<!--", "~~~~"}), "- [ ] swallowed"});
    return chance(4) ? without_final_line_end(text_) : text_;
  }

 private:
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int one_in) { return number(1, one_in) == 1; }
  template <class T>
  T pick(std::initializer_list<T> of) {
    return *(of.begin() + number(0, static_cast<int>(of.size()) - 1));
  }

  void add(const std::vector<std::string>& lines) {
    for (const auto& line : lines)
      text_ += line + eols_[static_cast<std::size_t>(number(0, 99)) % eols_.size()];
  }

  void section() {
    const std::string level = chance(5) ? "### " : "## ";
    add({level + pick<std::string>({"Queue", "TODO", "Backlog", "In Progress", "doing",
                                    "In flight:", "Blocked", "Waiting", "Done", "✅ Completed (4)",
                                    "Cancelled", "Ideas", "Notes", "House"})});
    if (chance(3)) add({""});
    for (int i = number(0, 5); i > 0; --i) fragment();
    if (!chance(4)) add({""});
  }

  std::string word() {
    return pick<std::string>({"deploy", "check", "the", "backup", "caf\xC3\xA9",
                              "\xE6\x97\xA5\xE6\x9C\xAC", "bad\xff", "`[id:: no]`", "#tag",
                              "[link](u)", "a\tb", "**now**", "\\", "(maybe)", "x::y", "<b>"});
  }

  std::string field() {
    const std::string id = "g" + std::to_string(++ids_) + "z";
    return pick<std::string>(
        {" [id:: " + id + "]", " (id:: " + id + ")", " \xF0\x9F\x86\x94 " + id,
         " [priority:: high]", " \xE2\x8F\xAB", " \xF0\x9F\x94\xBD", " [needs:: human]",
         " [owner:: main/s-1]", " \xF0\x9F\x93\x85 2026-12-01", " [estimate:: 3h]",
         " [created:: 2026-11-01]", " <!-- quiet -->", " \xE2\x9E\x95 2026-11-02"});
  }

  std::string task_line() {
    std::string line = pick<std::string>({"- ", "- ", "- ", "* ", "+ ", "1. ", "2) "});
    line += "[" + pick<std::string>({" ", " ", " ", " ", "x", "X", "/", "h", "!", "-"}) + "]";
    for (int i = number(1, 5); i > 0; --i) line += " " + word();
    for (int i = number(0, 3); i > 0; --i) line += field();
    if (chance(10)) line += "  ";
    if (chance(12)) line += " ^ref-" + std::to_string(ids_);
    return line;
  }

  void task() {
    const std::string indent = chance(8) ? " " : "";
    add({indent + task_line()});
    const std::string deeper = indent + pick<std::string>({"  ", "    ", "\t", "   "});
    for (int i = number(0, 3); i > 0; --i) {
      switch (number(0, 5)) {
        case 0:
          add({deeper + "- [ ] nested " + word()});
          break;
        case 1:
          add({deeper + "```", deeper + "- [ ] code", deeper + "```"});
          break;
        case 2:
          add({"", deeper + "after a blank line"});
          break;
        case 3:
          add({deeper + "<!-- - [ ] no -->"});
          break;
        default:
          add({deeper + "note " + word()});
      }
    }
  }

  void fragment() {
    switch (number(0, 11)) {
      case 0:
        return add({"```sh", "- [ ] in a fence", "## Done", "```"});
      case 1:
        return add({"<!--", "- [ ] in a comment", "-->"});
      case 2:
        return add({"> - [ ] quoted", "> more"});
      case 3:
        return add({"Some prose.", ""});
      case 4:
        return add({"- plain item", "  - [ ] below it " + word(), "  - plain child"});
      case 5:
        return add({"---"});
      case 6:
        return add({""});
      default:
        return task();
    }
  }

  std::mt19937 random_;
  std::vector<std::string> eols_;
  std::string text_;
  int ids_ = 0;
};

}  // namespace

std::vector<CorpusFile> hand_written(const std::string& plugin_dir) {
  std::vector<CorpusFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(plugin_dir + "/fixtures/corpus")) {
    if (entry.path().extension() != ".md") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files.push_back({entry.path().stem().string(), {std::istreambuf_iterator<char>(in), {}}});
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

std::string random_file(unsigned seed) {
  return Maker(seed).make();
}

std::vector<CorpusFile> whole_corpus(const std::string& plugin_dir) {
  std::vector<CorpusFile> files;
  for (const auto& file : hand_written(plugin_dir)) {
    files.push_back(file);
    files.push_back({file.name + "+crlf", with_line_ends(file.bytes, {"\r\n"})});
    files.push_back({file.name + "+cr", with_line_ends(file.bytes, {"\r"})});
    files.push_back({file.name + "+mixed", with_line_ends(file.bytes, {"\n", "\r\n", "\n", "\r"})});
    files.push_back({file.name + "+bom", "\xEF\xBB\xBF" + file.bytes});
    files.push_back({file.name + "+open end", without_final_line_end(file.bytes)});
    files.push_back({file.name + "+broken", with_broken_bytes(file.bytes)});
  }
  for (unsigned seed = 1; seed <= 150; ++seed)
    files.push_back({"seed " + std::to_string(seed), random_file(seed)});
  return files;
}

}  // namespace chela::markdown
