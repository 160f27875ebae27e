#include "openai_messages.h"

#include "openai_encode.h"
#include "openai_reasoning.h"

namespace chela::openai {
namespace {

constexpr int kMaxCacheMarks = 4;  // of one request, by the rules of Anthropic behind OpenRouter

// Hands out cache_control, to the last marks where there are too many: each covers all before it.
class CacheMarks {
 public:
  CacheMarks(const Service& service, const ChatRequest& request)
      : is_on_(service.host == Host::openrouter && request.model.starts_with("anthropic/")) {
    if (!is_on_) return;
    for (const auto& part : request.system) count(part);
    for (const auto& message : request.messages) {
      for (const auto& part : message.content) count(part);
    }
  }

  bool is_on() const { return is_on_; }

  void mark(const Part& part, json::object& out) {
    if (!is_on_ || !can_bear(part)) return;
    if (left_-- > kMaxCacheMarks) return;
    json::object control{{"type", "ephemeral"}};
    // A longer one behind a shorter one would be refused.
    if (part.cache == "1h" && !has_short_)
      control["ttl"] = "1h";
    else
      has_short_ = true;
    out["cache_control"] = std::move(control);
  }

 private:
  static bool can_bear(const Part& part) {
    return !part.cache.empty() &&
           (part.type == PartType::text || part.type == PartType::tool_result);
  }
  void count(const Part& part) {
    if (can_bear(part)) ++left_;
  }

  bool is_on_;
  int left_ = 0;
  bool has_short_ = false;
};

json::object text_part(std::string_view text) {
  return {{"type", "text"}, {"text", text}};
}

Result<json::object> image_part(const Part& part) {
  std::string url = part.url;
  if (!part.data.empty()) url = "data:" + part.media_type + ";base64," + part.data;
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  if (part.data.empty() && !is_web)
    return fail(ErrorCode::invalid_argument,
                "an image's url must begin with https://, found '" + url.substr(0, 40) + "'");
  return json::object{{"type", "image_url"}, {"image_url", json::object{{"url", url}}}};
}

void join(std::string& text, std::string_view piece) {
  if (!text.empty()) text += "\n\n";
  text += piece;
}

// Text parts as one string, joined by empty lines, since some services know strings only; as a list
// where marks stand on them.
json::value text_content(const std::vector<const Part*>& parts, CacheMarks& marks) {
  const bool has_mark =
      marks.is_on() && std::any_of(parts.begin(), parts.end(),
                                   [](const Part* part) { return !part->cache.empty(); });
  if (!has_mark) {
    std::string text;
    for (const auto* part : parts) join(text, part->text);
    return json::value(text);
  }
  json::array list;
  for (const auto* part : parts) {
    json::object one = text_part(part->text);
    marks.mark(*part, one);
    list.push_back(std::move(one));
  }
  return list;
}

std::vector<const Part*> texts_of(const std::vector<Part>& parts) {
  std::vector<const Part*> texts;
  for (const auto& part : parts) {
    if (part.type == PartType::text) texts.push_back(&part);
  }
  return texts;
}

Result<json::object> user_message(const ChatMessage& message, CacheMarks& marks) {
  const auto texts = texts_of(message.content);
  if (texts.size() == message.content.size())
    return json::object{{"role", "user"}, {"content", text_content(texts, marks)}};
  json::array content;
  for (const auto& part : message.content) {
    if (part.type == PartType::image) {
      CHELA_TRY(json::object image, image_part(part));
      content.push_back(std::move(image));
    } else {
      json::object text = text_part(part.text);
      marks.mark(part, text);
      content.push_back(std::move(text));
    }
  }
  return json::object{{"role", "user"}, {"content", std::move(content)}};
}

json::object call_of(const Service& service, const std::string& model, const Part& part) {
  // Services parse what they get: words that are no object go inside one.
  const json::object arguments = part.invalid_arguments.empty()
                                     ? part.arguments
                                     : json::object{{"invalid_arguments", part.invalid_arguments}};
  return {
      {"id", wire_call_id(service, model, part.id)},
      {"type", "function"},
      {"function", json::object{{"name", part.name}, {"arguments", json::serialize(arguments)}}}};
}

// Without content and calls where nothing of it can be said to this service.
json::object assistant_message(const Service& service, const std::string& model,
                               const ChatMessage& message, CacheMarks& marks) {
  json::object out{{"role", "assistant"}};
  json::array calls;
  for (const auto& part : message.content) {
    if (part.type == PartType::tool_call) calls.push_back(call_of(service, model, part));
  }
  const auto texts = texts_of(message.content);
  if (texts.empty() && calls.empty()) return out;
  out["content"] = texts.empty() ? json::value(nullptr) : text_content(texts, marks);
  if (service.replays_reasoning) replay_reasoning(message.content, service.origin, out);
  if (!calls.empty()) out["tool_calls"] = std::move(calls);
  return out;
}

json::object tool_message(const Service& service, const std::string& model, const Part& result,
                          CacheMarks& marks) {
  std::string text;
  bool has_image = false;
  for (const auto& part : result.content) {
    if (part.type == PartType::image) has_image = true;
    if (part.type == PartType::text) join(text, part.text);
  }
  if (text.empty()) text = has_image ? "(the image follows)" : "(no output)";
  if (result.is_error) text.insert(0, "Error: ");
  json::value content(text);
  json::object marked = text_part(text);
  marks.mark(result, marked);
  if (marked.contains("cache_control")) content = json::array{std::move(marked)};
  return {{"role", "tool"},
          {"tool_call_id", wire_call_id(service, model, result.id)},
          {"content", std::move(content)}};
}

Result<void> add_results(const Service& service, const std::string& model,
                         const ChatMessage& message, CacheMarks& marks, json::array& out) {
  json::array images;
  for (const auto& result : message.content) {
    out.push_back(tool_message(service, model, result, marks));
    for (const auto& part : result.content) {
      if (part.type != PartType::image) continue;
      CHELA_TRY(json::object image, image_part(part));
      images.push_back(text_part("Image in the result of tool call " +
                                 wire_call_id(service, model, result.id) + ":"));
      images.push_back(std::move(image));
    }
  }
  if (!images.empty())
    out.push_back(json::object{{"role", "user"}, {"content", std::move(images)}});
  return {};
}

}  // namespace

Result<json::array> encode_messages(const Service& service, const ModelTraits& traits,
                                    const ChatRequest& request) {
  CacheMarks marks(service, request);
  json::array out;
  if (!request.system.empty()) {
    const bool is_developer = service.host == Host::official && traits.has_developer;
    out.push_back(json::object{{"role", is_developer ? "developer" : "system"},
                               {"content", text_content(texts_of(request.system), marks)}});
  }
  for (const auto& message : request.messages) {
    if (message.role == ChatRole::tool) {
      CHELA_TRY(add_results(service, request.model, message, marks, out));
    } else if (message.role == ChatRole::user) {
      CHELA_TRY(json::object user, user_message(message, marks));
      out.push_back(std::move(user));
    } else {
      json::object assistant = assistant_message(service, request.model, message, marks);
      if (assistant.contains("content")) out.push_back(std::move(assistant));
    }
  }
  return out;
}

}  // namespace chela::openai
