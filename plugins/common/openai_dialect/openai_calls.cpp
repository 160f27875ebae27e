#include "openai_calls.h"

namespace chela::openai {
namespace {

constexpr std::int64_t kUnwrapped = std::int64_t{1} << 32;  // numbers of blocks beyond all calls

std::string id_of(const json::value& fragment) {
  const auto* id = find(fragment, "id");
  if (id == nullptr) return {};
  if (id->is_string()) return std::string(id->get_string());
  return id->is_number() ? json::serialize(*id) : "";
}

bool is_whole_object(const std::string& text) {
  const auto value = parse_json(text);
  return value && value->is_object();
}

bool is_wrapper(const std::string& name) {
  return name == "parallel" || name == "multi_tool_use.parallel";
}

}  // namespace

std::size_t CallJoiner::begin() {
  calls_.emplace_back();
  return calls_.size() - 1;
}

std::size_t CallJoiner::place(const json::value& fragment, const std::string& id,
                              const std::string& name) {
  const auto starts_anew = [&](const Call& call) {
    if (name.empty() || call.name.empty()) return false;
    if (!id.empty() && id == call.service_id) return false;
    return name != call.name || is_whole_object(call.arguments);
  };
  const auto* index = find(fragment, "index");
  if (index != nullptr && index->is_number()) {
    const auto [found, is_new] = by_index_.try_emplace(get_int(fragment, "index"), calls_.size());
    if (!is_new && !starts_anew(calls_[found->second])) return found->second;
    return found->second = begin();
  }
  if (!id.empty()) {
    for (std::size_t i = calls_.size(); i-- > 0;) {
      if (calls_[i].service_id == id) return i;
    }
    return begin();
  }
  if (calls_.empty() || starts_anew(calls_.back())) return begin();
  return calls_.size() - 1;
}

void CallJoiner::take(const json::array& fragments, ChatEvents& events) {
  for (const auto& fragment : fragments) {
    if (!fragment.is_object()) continue;
    const auto* function = find(fragment, "function");
    const std::string name = function == nullptr ? "" : get_string(*function, "name");
    const std::size_t at = place(fragment, id_of(fragment), name);
    add(calls_[at], at, fragment, events);
  }
}

void CallJoiner::take_whole(const json::array& calls, ChatEvents& events) {
  for (const auto& call : calls) {
    if (!call.is_object()) continue;
    const std::size_t at = begin();
    add(calls_[at], at, call, events);
  }
}

void CallJoiner::add(Call& call, std::size_t at, const json::value& fragment, ChatEvents& events) {
  if (call.service_id.empty()) call.service_id = id_of(fragment);
  const auto* function = find(fragment, "function");
  if (function == nullptr) return;
  if (call.name.empty()) {
    call.name = get_string(*function, "name");
    call.is_held = is_wrapper(call.name);
  }
  const auto* arguments = find(*function, "arguments");
  std::string piece;
  if (arguments != nullptr && arguments->is_string())
    piece = std::string(arguments->get_string());
  else if (arguments != nullptr && !arguments->is_null())
    piece = json::serialize(*arguments);  // some services send the object itself
  call.arguments += piece;
  if (call.name.empty() || call.is_held) return;
  if (call.is_announced)
    events.tool_arguments(static_cast<std::int64_t>(at), piece);
  else
    announce(call, at, events);
}

void CallJoiner::announce(Call& call, std::size_t at, ChatEvents& events) {
  call.is_announced = true;
  events.tool_call(static_cast<std::int64_t>(at), free_id(call.service_id), call.name);
  events.tool_arguments(static_cast<std::int64_t>(at), call.arguments);
}

std::string CallJoiner::free_id(const std::string& wanted) {
  std::string id = wanted.empty() ? "call_" + std::to_string(ids_.size() + 1) : wanted;
  for (int i = 2; !ids_.insert(id).second; ++i) {
    id = (wanted.empty() ? "call" : wanted) + "_" +
         std::to_string(ids_.size() + static_cast<std::size_t>(i));
  }
  return id;
}

// {"tool_uses":[{"recipient_name":"functions.read","parameters":{..}},..]}
bool CallJoiner::unwrap(const Call& call, ChatEvents& events) {
  const auto wrapped = parse_json(call.arguments);
  const auto* uses = wrapped ? find(*wrapped, "tool_uses") : nullptr;
  if (uses == nullptr || !uses->is_array() || uses->get_array().empty()) return false;
  for (const auto& use : uses->get_array()) {
    const auto* parameters = find(use, "parameters");
    if (get_string(use, "recipient_name").empty() || parameters == nullptr ||
        !parameters->is_object())
      return false;
  }
  for (const auto& use : uses->get_array()) {
    std::string name = get_string(use, "recipient_name");
    if (name.starts_with("functions.") && name.size() > 10) name.erase(0, 10);
    const std::int64_t block = kUnwrapped + unwrapped_++;
    events.tool_call(block, free_id(call.service_id), name);
    events.tool_arguments(block, json::serialize(*find(use, "parameters")));
  }
  return true;
}

bool CallJoiner::finish(ChatEvents& events) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    Call& call = calls_[i];
    if (call.name.empty()) return false;
    if (call.is_announced || unwrap(call, events)) continue;
    announce(call, i, events);
  }
  return true;
}

}  // namespace chela::openai
