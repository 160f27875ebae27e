// What a decoder makes of a reply: events as they come, and the whole message at the end.
//
//   {"type":"start","id":"msg_1","model":"claude-sonnet-4-5"}
//   {"type":"thinking","index":0,"text":"The file"}          a piece of it
//   {"type":"text","index":1,"text":"It says"}               a piece of it
//   {"type":"tool_call","index":2,"id":"c1","name":"read"}    a call begins
//   {"type":"tool_arguments","index":2,"text":"{\"path\":"}   a piece of its JSON
//   {"type":"end","stop":"tool_calls","message":{..},"usage":{..}}     the last one, or
//   {"type":"error","error":{"code":"overloaded",..},"usage":{..}}     the last one
//
// `index` counts the parts of the message from 0 in the order in which they began.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "chela/chat.h"
#include "chela/provider_error.h"

namespace chela {

// Collects the events of one reply. After end() or error() it takes nothing more. [instance-serial]
class ChatEvents {
 public:
  explicit ChatEvents(std::string origin) : origin_(std::move(origin)) {}

  bool is_over() const { return is_over_; }
  bool has_started() const { return has_started_; }
  const Usage& usage() const { return usage_; }

  // Only the first counts: some services send it twice.
  void start(std::string_view id, std::string_view model) {
    if (is_over_ || has_started_) return;
    has_started_ = true;
    events_.push_back({{"type", "start"}, {"id", id}, {"model", model}});
  }

  // `block` is the service's own number of a part; pieces of the same type and block belong
  // together.
  void text(std::int64_t block, std::string_view piece) { add(PartType::text, block, piece); }
  void thinking(std::int64_t block, std::string_view piece) {
    add(PartType::thinking, block, piece);
  }
  // Opaque; joined where it comes in pieces. For a text, a thought or a call that has begun, or a
  // thought that has no words.
  void signature(PartType type, std::int64_t block, std::string_view piece) {
    if (is_over_ || piece.empty()) return;
    Part& part = at(type, block);
    part.signature.append(piece);
    part.origin = origin_;
  }
  void redacted_thinking(std::int64_t block, std::string_view data) {
    if (is_over_) return;
    Part& part = at(PartType::redacted_thinking, block);
    part.data.append(data);
    part.origin = origin_;
  }
  void tool_call(std::int64_t block, std::string_view id, std::string_view name) {
    if (is_over_) return;
    Part& part = at(PartType::tool_call, block);
    part.id = std::string(id);
    part.name = std::string(name);
    events_.push_back({{"type", "tool_call"},
                       {"index", index_of(PartType::tool_call, block)},
                       {"id", id},
                       {"name", name}});
  }
  // A piece of the arguments' JSON text, after tool_call().
  void tool_arguments(std::int64_t block, std::string_view piece) {
    if (is_over_ || piece.empty()) return;
    const std::size_t index = index_of(PartType::tool_call, block);
    raw_arguments_[index].append(piece);
    events_.push_back({{"type", "tool_arguments"}, {"index", index}, {"text", piece}});
  }
  bool has_tool_call(std::int64_t block) const {
    return blocks_.contains({PartType::tool_call, block});
  }
  bool has_tool_calls() const {
    return std::any_of(first_kept(), parts_.end(),
                       [](const Part& part) { return part.type == PartType::tool_call; });
  }
  bool is_empty() const { return first_kept() == parts_.end(); }

  // The service begins its message anew: what came so far has been told, but is no part of the
  // message at the end. `index` goes on counting.
  void restart() {
    forgotten_ = parts_.size();
    blocks_.clear();
  }

  // What is known so far; the last word counts.
  void set_usage(Usage usage) { usage_ = std::move(usage); }

  void end(StopReason reason) {
    if (is_over_) return;
    is_over_ = true;
    finish_calls();
    parts_.erase(parts_.begin(), first_kept());
    std::erase_if(parts_, [](const Part& part) {
      return part.type == PartType::text && part.text.empty() && part.signature.empty();
    });
    const ChatMessage message{ChatRole::assistant, std::move(parts_)};
    events_.push_back({{"type", "end"},
                       {"stop", to_string(reason)},
                       {"message", to_json(message)},
                       {"usage", to_json(usage_)}});
  }

  void error(const ProviderError& error) {
    if (is_over_) return;
    is_over_ = true;
    events_.push_back({{"type", "error"}, {"error", to_json(error)}, {"usage", to_json(usage_)}});
  }

  // The events since the last time.
  json::array take() { return std::exchange(events_, json::array()); }

 private:
  std::vector<Part>::const_iterator first_kept() const {
    return parts_.begin() + static_cast<std::ptrdiff_t>(forgotten_);
  }
  Part& at(PartType type, std::int64_t block) {
    const auto [found, is_new] = blocks_.try_emplace({type, block}, parts_.size());
    if (is_new) {
      Part part;
      part.type = type;
      parts_.push_back(std::move(part));
    }
    return parts_[found->second];
  }
  std::size_t index_of(PartType type, std::int64_t block) {
    at(type, block);
    return blocks_.at({type, block});
  }
  void add(PartType type, std::int64_t block, std::string_view piece) {
    if (is_over_ || piece.empty()) return;
    at(type, block).text.append(piece);
    events_.push_back(
        {{"type", to_string(type)}, {"index", index_of(type, block)}, {"text", piece}});
  }
  // No arguments at all are an empty object; what is no object stays beside the call as it was.
  void finish_calls() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].type != PartType::tool_call) continue;
      const std::string& raw = raw_arguments_[i];
      if (raw.find_first_not_of(" \t\r\n") == std::string::npos) continue;
      auto value = parse_json(raw);
      if (value && value->is_object()) {
        parts_[i].arguments = std::move(value->get_object());
      } else {
        parts_[i].invalid_arguments = raw;
      }
    }
  }

  std::string origin_;
  json::array events_;
  std::vector<Part> parts_;
  std::map<std::pair<PartType, std::int64_t>, std::size_t> blocks_;  // -> place in parts_
  std::map<std::size_t, std::string> raw_arguments_;                 // by place in parts_
  std::size_t forgotten_ = 0;  // so many parts are no part of the message
  Usage usage_;
  bool has_started_ = false;
  bool is_over_ = false;
};

}  // namespace chela
