// Does the edits of a review in a copy of the file's text: comments, order and everything that
// nobody asked to change stay. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chela/result.h"
#include "config/review.h"

namespace chela::config {

struct Variable {
  std::string name;  // to be set in the environment or in .env
  std::string path;  // where its value stands in plain text now
};

struct Patched {
  std::string text;
  int done = 0;  // findings whose edits were all done
  // Two findings wanted to change the same place: the first one did, the other waits for a review
  // of `text`.
  bool wants_another_round = false;
  std::vector<Variable> variables;  // references that were written; values are never shown
  std::vector<std::string> undone;  // "rule: path: why not", one line each
};

// `openclaw` is the document that was reviewed; only its main file is changed. Not done, and said:
// what would have to change inside an included file, or a list that an include adds to.
// A finding is mended whole or not at all. The outcome parses.
Result<Patched> patched(const OpenClaw& openclaw, const std::vector<ReviewFinding>& findings);

// Rounds of review and patched() until nothing waits. `load` reads the document as if its main file
// held `text`.
using ReviewDocument = std::function<Result<std::vector<ReviewFinding>>(const OpenClaw& openclaw)>;
using LoadText = std::function<Result<OpenClaw>(const std::string& text)>;
Result<Patched> patched_whole(const OpenClaw& openclaw, const LoadText& load,
                              const ReviewDocument& review);

}  // namespace chela::config
