// Arguments of a call that come in pieces, each with the path of its place.
//
//   {"partialArgs":[{"jsonPath":"$.steps[0].what","stringValue":"Pre","willContinue":true}]}
#pragma once

#include <set>
#include <string>

#include "chela/json.h"

namespace provider_google {

// Source: PartialArg in the API's types: one of stringValue, numberValue, boolValue, nullValue.
class PartialArguments {
 public:
  static constexpr std::size_t kMostItems = 10000;  // of all lists of a call
  static constexpr std::size_t kMostSteps = 24;     // of one path

  // Whole arguments, as they come without streaming; they go beside what is there.
  void add(const chela::json::object& arguments);

  // One element of partialArgs. A text whose last piece said willContinue is continued, everything
  // else is set. Fails with invalid_argument for a path that leads nowhere.
  chela::Result<void> apply(const chela::json::value& piece);

  const chela::json::object& value() const { return arguments_; }

 private:
  // Made where it is not there; nullptr where `at` is something else than a list, or too much.
  chela::json::value* step_into_item(chela::json::value& at, std::size_t index);

  chela::json::object arguments_;
  std::size_t items_ = 0;             // made so far
  std::set<std::string> open_texts_;  // their paths
};

}  // namespace provider_google
