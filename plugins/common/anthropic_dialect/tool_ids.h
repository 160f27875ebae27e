// The ids of tool calls as a Messages API takes them: other services allow characters in theirs,
// and use them again, which this one refuses.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace chela::anthropic {

// One for each request: an id on the wire depends on the calls before it only, so a conversation
// that grows keeps its beginning byte by byte, and with it the service's cache.
class ToolIds {
 public:
  // A call of the next assistant message: the id as it goes out, [a-zA-Z0-9_-]{1,64}, never given
  // twice.
  std::string call(const std::string& id);
  // The id of the result to the latest call of that id.
  std::string result(const std::string& id) const;

 private:
  std::map<std::string, std::string> latest_;  // ours -> on the wire
  std::map<std::string, std::size_t> uses_;    // how often each of ours was called
  std::set<std::string> given_;
};

// `name` with '_' for what no tool's name may have, at most 128 characters.
std::string tool_name(std::string_view name);

}  // namespace chela::anthropic
