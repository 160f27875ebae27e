#include "openai_decode.h"

#include "openai_errors.h"
#include "openai_usage.h"
#include "wire.h"

namespace chela::openai {
namespace {

constexpr std::size_t kMaxWholeBytes = 64u << 20;

ProviderError garbage(std::string message) {
  return {ProviderCode::garbage, ProviderScope::model, {}, std::move(message)};
}

bool is_there(const json::value* value) {
  return value != nullptr && !value->is_null();
}

// Where a document keeps its usage: Moonshot has it in the choice, Groq in a corner of its own.
const json::value* usage_in(const json::value& document) {
  const auto object_in = [](const json::value* holder) -> const json::value* {
    const auto* usage = holder == nullptr ? nullptr : find(*holder, "usage");
    return usage != nullptr && usage->is_object() ? usage : nullptr;
  };
  if (const auto* usage = object_in(&document)) return usage;
  if (const auto* usage = object_in(find(document, "x_groq"))) return usage;
  const auto* choices = find(document, "choices");
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) return nullptr;
  return object_in(&choices->get_array().front());
}

}  // namespace

void Choice::take(const json::value& choice, ChatEvents& events) {
  const auto* delta = find(choice, "delta");
  const bool is_whole = !is_there(delta);
  if (is_whole) delta = find(choice, "message");
  if (is_there(delta)) {
    reasoning_.take(*delta, events);
    if (const auto* content = find(*delta, "content")) take_content(*content, events);
    if (const auto* audio = find(*delta, "audio"))
      events.text(0, get_string(*audio, "transcript"));  // what the voice says
    if (const auto* calls = find(*delta, "tool_calls"); calls != nullptr && calls->is_array()) {
      if (is_whole)
        calls_.take_whole(calls->get_array(), events);
      else
        calls_.take(calls->get_array(), events);
    }
    refusal_ += get_string(*delta, "refusal");
  }
  if (std::string reason = get_string(choice, "finish_reason"); !reason.empty())
    finish_reason_ = std::move(reason);
  // vLLM names the sequence that it met.
  if (!get_string(choice, "stop_reason").empty()) has_stop_sequence_ = true;
}

// Text; or, by Mistral, a list of text and of thinking, which again holds a list of text.
void Choice::take_content(const json::value& content, ChatEvents& events) {
  if (content.is_string()) {
    events.text(0, content.get_string());
    return;
  }
  if (!content.is_array()) return;
  for (const auto& part : content.get_array()) {
    const std::string type = get_string(part, "type");
    if (type == "text") events.text(0, get_string(part, "text"));
    if (type == "refusal") refusal_ += get_string(part, "refusal");
    const auto* thoughts = type == "thinking" ? find(part, "thinking") : nullptr;
    if (thoughts == nullptr || !thoughts->is_array()) continue;
    for (const auto& thought : thoughts->get_array())
      events.thinking(0, get_string(thought, "text"));
  }
}

void Choice::end(ChatEvents& events) {
  if (!refusal_.empty() || finish_reason_ == "content_filter" || finish_reason_ == "refusal") {
    events.error(
        {ProviderCode::refusal,
         ProviderScope::request,
         {},
         refusal_.empty() ? "stopped by the service's content filter" : wire::words_of(refusal_)});
    return;
  }
  if (finish_reason_ == "error") {
    events.error({ProviderCode::server_error, ProviderScope::model, {}, "finish_reason: error"});
    return;
  }
  if (finish_reason_ == "insufficient_system_resource") {  // DeepSeek
    events.error(
        {ProviderCode::overloaded, ProviderScope::model, {}, "finish_reason: " + finish_reason_});
    return;
  }
  if (!calls_.finish(events)) {
    events.error(garbage("a tool call without a name"));
    return;
  }
  reasoning_.finish(events);
  if (finish_reason_ == "length")
    events.end(StopReason::max_tokens);
  else if (finish_reason_ == "model_length")  // Mistral
    events.end(StopReason::context_window);
  else if (events.has_tool_calls())  // some say "stop" then, or nothing
    events.end(StopReason::tool_calls);
  else
    events.end(has_stop_sequence_ ? StopReason::stop_sequence : StopReason::end);
}

void ReplyDecoder::feed(std::string_view bytes, ChatEvents& events) {
  if (shape_ == Shape::unknown) {
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return;  // blank lines before anything mean nothing
    // JSON, or an error page, although the status was good.
    const bool is_whole = std::string_view("{[<\"").find(bytes[first]) != std::string_view::npos;
    shape_ = is_whole ? Shape::whole : Shape::stream;
    // Blanks before the first field would hide it; services that send them mean it all the same.
    bytes.remove_prefix(first);
  }
  if (shape_ == Shape::whole) {
    whole_.append(bytes);
    if (whole_.size() > kMaxWholeBytes) events.error(garbage("a reply of more than 64 MB"));
    return;
  }
  if (!reader_.feed(bytes, [&](const sse::Event& event) { take_event(event, events); }))
    events.error(garbage("an event of more than 16 MB"));
}

void ReplyDecoder::take_event(const sse::Event& event, ChatEvents& events) {
  if (events.is_over()) return;
  const std::size_t first = event.data.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return;
  std::string_view data = event.data.substr(first);
  data = data.substr(0, data.find_last_not_of(" \t\r\n") + 1);
  if (data == "[DONE]") {
    if (choice_.has_finished() || !choice_.is_empty(events))
      choice_.end(events);
    else
      events.error(
          {ProviderCode::cut, ProviderScope::model, {}, "the stream ended without content"});
    return;
  }
  std::string clean;
  if (!is_utf8(data)) data = clean = replace_invalid_utf8(data);
  const auto document = parse_json(data);
  if (!document || !document->is_object()) {
    // The last event may be without its blank line, whole or cut anywhere.
    if (!is_closing_)
      events.error(garbage("an event that is no JSON object: " + wire::words_of(data)));
    return;
  }
  if (event.name == "error" && !is_there(find(*document, "error"))) {
    events.error(explain_document(*document));
    return;
  }
  take_document(*document, data, events);
}

void ReplyDecoder::take_document(const json::value& document, std::string_view text,
                                 ChatEvents& events) {
  if (const auto* usage = usage_in(document)) {
    Usage counted = usage_of(*usage);
    if (is_openrouter_) counted.cost_usd = decimal_at(text, {"usage", "cost"});
    events.set_usage(std::move(counted));
  }
  if (is_there(find(document, "error"))) {
    events.error(explain_document(document));
    return;
  }
  const auto* choices = find(document, "choices");
  if (choices == nullptr && is_fault(document)) {
    events.error(explain_document(document));
    return;
  }
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) return;
  events.start(get_string(document, "id"), get_string(document, "model"));
  for (const auto& choice : choices->get_array()) {
    if (get_int(choice, "index") != 0) continue;  // only one was asked for
    const auto* error = find(choice, "error");
    if (is_there(error)) {
      events.error(explain_document(choice));
      return;
    }
    choice_.take(choice, events);
  }
}

void ReplyDecoder::close(ChatEvents& events) {
  is_closing_ = true;
  if (shape_ == Shape::whole) {
    close_whole(events);
    return;
  }
  if (shape_ == Shape::stream && reader_.has_partial())
    reader_.feed("\n\n", [&](const sse::Event& event) { take_event(event, events); });
  if (!events.is_over() && choice_.has_finished()) choice_.end(events);
  events.error({ProviderCode::cut,
                ProviderScope::model,
                {},
                "the stream ended without a finish_reason and without [DONE]"});
}

void ReplyDecoder::close_whole(ChatEvents& events) {
  if (!is_utf8(whole_)) whole_ = replace_invalid_utf8(whole_);
  const auto document = parse_json(whole_);
  if (!document) {
    events.error(garbage("a reply that is no JSON: " + wire::words_of(whole_)));
    return;
  }
  if (document->is_object()) take_document(*document, whole_, events);
  if (events.is_over()) return;
  if (events.has_started() && (choice_.has_finished() || !choice_.is_empty(events))) {
    choice_.end(events);
    return;
  }
  if (is_fault(*document))
    events.error(explain_document(*document));
  else
    events.error(garbage("a reply without choices"));
}

}  // namespace chela::openai
