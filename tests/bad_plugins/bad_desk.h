// A desk for bad plugins: what they must not reach, and the sight of everything that they could
// have left behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/chela_program.h"

namespace chela::test {

// Stands in the victim's home, in chela's environment and in this program's memory; must turn up
// nowhere else.
inline constexpr const char* kCanary = "canary-93b1c7-do-not-tell";

// What a bad plugin may try to reach: a home with a key in it, listeners on loopback, a folder
// anybody may write, a process to kill. All readable and reachable for an ordinary process of any
// user.
class Victim {
 public:
  Victim();
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  pid_t pid() const { return pid_; }
  // The address of the canary in the victim's memory, in hexadecimal digits.
  std::string address() const;
  // What reached it since it was made: "a connection", "a file 'exec'", "it was killed".
  std::vector<std::string> harm();

 private:
  pid_t pid_ = -1;
  int tcp_ = -1;
  int udp_ = -1;
  int local_ = -1;
};

// What one `chela tick --json` came to.
struct Ticked {
  Outcome outcome;
  std::vector<std::string> problems;
  std::vector<std::string> ran;
  std::vector<std::string> lines;
};

// A desk whose only instances are those that a test switches on.
class BadDesk : public Desk {
 public:
  BadDesk();

  // Copies a built plugin ("check.good") into this desk's plugin folder, under its own or another
  // name.
  fs::path install(const std::string& plugin, const std::string& as = "") const;
  // Writes the manifest of a check; `more` are further lines.
  void enable(const std::string& id, const std::string& plugin, const std::string& more = "") const;

  Ticked tick(std::vector<std::string> words) const;
  // Everything chela printed in `outcome`, and all that it wrote below the desk.
  std::string all_traces(const Outcome& outcome) const;
};

// Descendants of this program that are still alive, but for `but`: workers that outlived their
// chela.
std::vector<std::string> left_behind(pid_t but);

// The tick failed with one line that has the plugin's id, what it did (`words`, a regular
// expression) and what to do.
void expect_one_line(const Ticked& ticked, const std::string& plugin, const std::string& words);

// Check `good` was part of tick `all` and runs again.
void expect_good_goes_on(const BadDesk& desk, const Ticked& all);

// No canary and no mark in what chela printed and wrote, nothing at the victim, no process left.
void expect_nothing_got_out(const BadDesk& desk, const Ticked& ticked, Victim& victim);

}  // namespace chela::test
