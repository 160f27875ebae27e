// A conversation as a service sees it, whichever API carries it, and the play that all stand-ins
// perform: what the model says next, and what must have come back of what it said before.
#pragma once

#include <string>
#include <vector>

#include "chela/chat.h"

namespace chela::stand_in {

struct Call {
  std::string id{};  // "" where this API has none
  std::string name{};
  json::object arguments{};
};
struct Thought {
  std::string text{};
  std::string signature{};
};
struct ToolAnswer {
  std::string id{};
  std::string name{};  // "" where this API does not repeat it
  std::string text{};
};

// One message. Neighbours of one role are one.
struct Said {
  bool is_model = false;
  std::string text{};  // of all its parts
  int images = 0;      // also those inside or behind results of tools
  std::vector<Thought> thoughts{};
  std::vector<Call> calls{};
  std::vector<ToolAnswer> answers{};
};

struct Talk {
  std::string model{};
  bool is_streaming = true;
  std::string system{};
  std::vector<Said> said{};
};

// What a service wants to see again of its own thoughts.
enum class Returns { nothing, words, signature, both };

struct Line {
  std::string thought{};  // with `signature`; "" for none
  std::string signature{};
  std::string text{};
  std::vector<Call> calls{};
  StopReason stop = StopReason::end;
  bool is_refusal = false;
  Usage usage{31, 0, 0, 0, 9, 0, {}};
};

// The picture that scenes show and tools give: 8 bytes of a PNG, in base64.
inline constexpr char kPicture[] = "iVBORw0KGgo=";

// What the model says in a scene; `step` counts the answers of tools before it.
Line line_of(const std::string& scene, std::size_t step = 0);

// What the model says next, by the last "Scene: <name>." of the user:
//   plain, cached, long, refuse  one answer
//   think                        an answer with a thought
//   picture                      the user shows one image
//   tools                        two parallel calls, one of them without arguments; one more, which
//                                gives an image; an answer
//   go on                        another service's model said what was said before or after
// Fails with what is wrong with the talk, in words for a person.
Result<Line> next_line(const Talk& talk, Returns returns);

}  // namespace chela::stand_in
