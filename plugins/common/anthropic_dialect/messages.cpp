#include "messages.h"

#include "tool_ids.h"

namespace chela::anthropic {
namespace {

constexpr std::size_t kMaxMarks = 4;

tl::unexpected<Error> bad(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "Messages API: " + what);
}

Result<json::object> image_block(const Part& part) {
  if (!part.url.empty()) {
    if (!part.url.starts_with("https://"))
      return bad("an image's url must begin with https://, found '" + part.url.substr(0, 40) + "'");
    return json::object{{"type", "image"},
                        {"source", json::object{{"type", "url"}, {"url", part.url}}}};
  }
  const std::string& type = part.media_type;
  if (type != "image/png" && type != "image/jpeg" && type != "image/gif" && type != "image/webp")
    return bad("wanted an image of type image/png, jpeg, gif or webp, found '" + type + "'");
  return json::object{
      {"type", "image"},
      {"source", json::object{{"type", "base64"}, {"media_type", type}, {"data", part.data}}}};
}

class Writer {
 public:
  Writer(const Model& model, std::string_view origin) : model_(model), origin_(origin) {}

  Result<void> add(const ChatMessage& message) {
    const bool is_assistant = message.role == ChatRole::assistant;
    if (turns_.empty() || turns_.back().is_assistant != is_assistant)
      turns_.push_back({is_assistant, {}});
    json::array later;
    for (const Part& part : message.content) CHELA_TRY(add(part, later));
    for (auto& block : later) blocks().push_back(std::move(block));
    if (blocks().empty()) turns_.pop_back();
    return {};
  }

  std::vector<Turn> take() { return std::move(turns_); }

 private:
  json::array& blocks() { return turns_.back().blocks; }

  Result<void> add(const Part& part, json::array& later) {
    switch (part.type) {
      case PartType::text:
        if (is_blank(part.text)) return move_mark(part.cache);
        blocks().push_back(text_block(part));
        return {};
      case PartType::image: {
        CHELA_TRY(json::object block, image_block(part));
        mark_cache(block, part.cache);
        blocks().push_back(std::move(block));
        return {};
      }
      case PartType::thinking:
      case PartType::redacted_thinking:
        add_thought(part);
        return move_mark(part.cache);
      case PartType::tool_call:
        add_call(part);
        return {};
      case PartType::tool_result:
        return add_result(part, later);
    }
    return {};
  }

  void add_thought(const Part& part) {
    if (part.origin != origin_ || model_.thinking == Thinking::none) return;
    if (part.type == PartType::redacted_thinking) {
      if (part.data.empty()) return;
      blocks().push_back(json::object{{"type", "redacted_thinking"}, {"data", part.data}});
      return;
    }
    if (part.signature.empty()) return;
    blocks().push_back(
        json::object{{"type", "thinking"}, {"thinking", part.text}, {"signature", part.signature}});
  }

  void add_call(const Part& part) {
    json::object input = part.arguments;
    if (!part.invalid_arguments.empty()) input["invalid_arguments"] = part.invalid_arguments;
    json::object block{{"type", "tool_use"},
                       {"id", ids_.call(part.id)},
                       {"name", tool_name(part.name)},
                       {"input", std::move(input)}};
    mark_cache(block, part.cache);
    blocks().push_back(std::move(block));
  }

  // A result that tells of an error may hold text only, so its images follow behind all results.
  Result<void> add_result(const Part& part, json::array& later) {
    json::object block{{"type", "tool_result"}, {"tool_use_id", ids_.result(part.id)}};
    json::array content;
    std::string cache = part.cache;
    for (const Part& inner : part.content) {
      if (!inner.cache.empty()) cache = inner.cache;
      if (inner.type == PartType::image) {
        CHELA_TRY(json::object image, image_block(inner));
        (part.is_error ? later : content).push_back(std::move(image));
      } else if (!is_blank(inner.text)) {
        content.push_back(json::object{{"type", "text"}, {"text", inner.text}});
      }
    }
    if (!content.empty()) block["content"] = std::move(content);
    if (part.is_error) block["is_error"] = true;
    mark_cache(block, cache);
    blocks().push_back(std::move(block));
    return {};
  }

  // What cannot be marked itself leaves its mark to the block before it in the same turn.
  Result<void> move_mark(const std::string& cache) {
    if (cache.empty()) return {};
    for (auto block = blocks().rbegin(); block != blocks().rend(); ++block) {
      const std::string type = get_string(*block, "type");
      if (type == "thinking" || type == "redacted_thinking") continue;
      mark_cache(block->as_object(), cache);
      break;
    }
    return {};
  }

  const Model& model_;
  std::string_view origin_;
  ToolIds ids_;
  std::vector<Turn> turns_;
};

// Every member that can carry a mark, in the prompt's order.
template <class Visit>
void each_block(json::object& body, Visit&& visit) {
  const auto each = [&](json::value* list) {
    if (list == nullptr || !list->is_array()) return;
    for (auto& block : list->get_array()) visit(block.as_object());
  };
  each(body.if_contains("tools"));
  each(body.if_contains("system"));
  auto* messages = body.if_contains("messages");
  if (messages == nullptr) return;
  for (auto& message : messages->as_array()) each(message.as_object().if_contains("content"));
}

}  // namespace

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

void mark_cache(json::object& block, const std::string& cache) {
  if (cache.empty()) return;
  json::object mark{{"type", "ephemeral"}};
  if (cache == "1h") mark["ttl"] = "1h";
  block["cache_control"] = std::move(mark);
}

json::object text_block(const Part& part) {
  json::object block{{"type", "text"}, {"text", part.text}};
  mark_cache(block, part.cache);
  return block;
}

Result<std::vector<Turn>> write_turns(const std::vector<ChatMessage>& messages, const Model& model,
                                      std::string_view origin) {
  Writer writer(model, origin);
  for (const auto& message : messages) CHELA_TRY(writer.add(message));
  std::vector<Turn> turns = writer.take();
  if (turns.empty() || turns.front().is_assistant)
    return bad("wanted a first message of the user that holds more than blanks");
  return turns;
}

void limit_cache_marks(json::object& body) {
  std::size_t marks = 0;
  each_block(body, [&](json::object& block) { marks += block.contains("cache_control"); });
  bool is_short_already = false;
  each_block(body, [&](json::object& block) {
    auto* mark = block.if_contains("cache_control");
    if (mark == nullptr) return;
    if (marks > kMaxMarks) {
      --marks;
      block.erase("cache_control");
      return;
    }
    if (is_short_already) mark->as_object().erase("ttl");
    is_short_already = is_short_already || !mark->as_object().contains("ttl");
  });
}

}  // namespace chela::anthropic
