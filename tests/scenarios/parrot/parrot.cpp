// A check that repeats the lines of a file wherever a plugin can leave words behind: in each text
// of its report, on its standard error, in the log, in its error, before it crashes, in its state.
#include <chela/check.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace {

// The host cuts texts at 200, 300, 2,000 and 4,000 bytes: behind so many dots the cut goes through
// the words.
std::string cut_at(std::size_t bytes, const std::string& line) {
  return std::string(bytes - 15, '.') + " " + line;
}

chela::Report report_of(const std::vector<std::string>& lines) {
  auto report = chela::Report::warn(cut_at(300, lines.front()));
  chela::json::object cursor;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const std::string number = std::to_string(i);
    report.add(chela::condition(number + " " + line, number + " saw " + line)
                   .detail("first\n" + line + "\n" + cut_at(4000, line))
                   .url("https://example.org/?q=" + line)
                   .task(number + " look at " + line));
    report.add(chela::event("cut " + number, cut_at(300, line)));
    report.metric("number " + line, 1, line);
    cursor[line] = chela::json::array{line};
  }
  report.set_cursor(std::move(cursor));
  return report;
}

class Parrot : public chela::Check {
 public:
  explicit Parrot(const chela::Config& config)
      : file_(config.get("file", "")), where_(config.get("where", "report")) {}

  chela::Result<chela::Report> run(chela::Host& host) override {
    CHELA_TRY(const auto file, host.files().read(file_));
    std::vector<std::string> lines;
    std::istringstream text(file.bytes);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    if (lines.empty()) return chela::Report::unknown("there is nothing to repeat");
    std::string all;
    for (const auto& line : lines) all += line + " | ";
    if (where_ == "report") return report_of(lines);
    if (where_ == "error") {
      return chela::fail(chela::ErrorCode::unavailable, "it says " + all + cut_at(1900, all));
    }
    for (const auto& line : lines) {
      if (where_ == "log") host.log().warn("it says " + line);
      if (where_ == "log") host.log().warn(cut_at(2000, line));
      if (where_ == "stderr")
        std::fprintf(stderr, "%s\n%s\n", line.c_str(), cut_at(2000, line).c_str());
      // What comes back is the host's own word about it.
      if (where_ == "state") (void)host.state().set("said", line);
    }
    if (where_ == "crash") {
      std::fprintf(stderr, "%s\n", cut_at(200, lines.front()).c_str());
      std::abort();
    }
    return chela::Report::ok("said");
  }

 private:
  std::string file_;
  std::string where_;
};

}  // namespace

CHELA_CHECK(Parrot)
