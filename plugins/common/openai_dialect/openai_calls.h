// Puts tool calls together out of fragments, in all the ways in which services number them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "chela/chat_events.h"

namespace chela::openai {

// A fragment belongs to a call by its `index`; where that is missing, by its id; without both, to
// the last call. One that bears a name beside another id than the call of its index begins a new
// one (some services give every call the index 0), unless the call so far is unfinished and has the
// same name: then only the id changed. Ids that are missing or double are made.
class CallJoiner {
 public:
  // `tool_calls` of a delta.
  void take(const json::array& fragments, ChatEvents& events);
  // `tool_calls` of a whole message: each is a call for itself.
  void take_whole(const json::array& calls, ChatEvents& events);
  // At the end of the reply: calls wrapped into one ("parallel", "multi_tool_use.parallel") come
  // apart. False where a call never got a name.
  bool finish(ChatEvents& events);
  bool is_empty() const { return calls_.empty(); }

 private:
  struct Call {
    std::string service_id;  // as it came first
    std::string name;
    std::string arguments;
    bool is_announced = false;
    bool is_held = false;  // perhaps a wrapper: nothing is told before it is whole
  };
  std::size_t place(const json::value& fragment, const std::string& id, const std::string& name);
  std::size_t begin();
  void add(Call& call, std::size_t at, const json::value& fragment, ChatEvents& events);
  void announce(Call& call, std::size_t at, ChatEvents& events);
  bool unwrap(const Call& call, ChatEvents& events);
  std::string free_id(const std::string& wanted);

  std::vector<Call> calls_;
  std::map<std::int64_t, std::size_t> by_index_;
  std::set<std::string> ids_;
  std::int64_t unwrapped_ = 0;
};

}  // namespace chela::openai
