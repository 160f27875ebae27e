// The conditions of the last run. One that hangs on what cannot be read now still stands: that a
// connection drops ends no loss and revives no bot.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "sheet.h"

namespace trading {

class Standing {
 public:
  static constexpr std::size_t kMost = 80;  // the worst; a cursor has 256 KiB

  using Test = std::function<bool(const Line& line)>;

  Standing() = default;
  // What to_json() gave; anything else is passed over.
  explicit Standing(const json::value* kept);
  // The conditions of a sheet that is complete.
  explicit Standing(const Sheet& sheet);

  // Adds those of this kind that meet `test` and are not in the sheet; without a test all of them.
  void keep(Sheet& sheet, std::string_view kind, const Test& test = {}) const;
  bool is_empty() const { return lines_.empty(); }
  // [{"key": "bot:trader.service", "severity": 3, "title": "..", "detail": "..", "part": ".."}]
  json::array to_json() const;

 private:
  std::vector<Line> lines_;
};

// What stands behind the colon of a key: "AAPL" of "no-stop:AAPL".
std::string_view subject_of(const Line& line);

}  // namespace trading
