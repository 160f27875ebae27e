#include "openai_reasoning.h"

namespace chela::openai {
namespace {

// The words of one entry of reasoning_details, whatever it calls them.
std::string_view words_of_detail(const json::value& detail) {
  for (const auto* key : {"text", "summary"}) {
    const auto* words = find(detail, key);
    if (words != nullptr && words->is_string()) return words->get_string();
  }
  return {};
}

bool continues(const json::value& last, const json::value& piece) {
  const std::string type = get_string(piece, "type");
  return (type == "reasoning.text" || type == "reasoning.summary") &&
         get_string(last, "type") == type &&
         get_int(last, "index", -1) == get_int(piece, "index", -1);
}

}  // namespace

void Reasoning::take(const json::value& delta, ChatEvents& events) {
  const auto* details = find(delta, "reasoning_details");
  const bool has_details = details != nullptr && details->is_array();
  if (has_details) take_details(details->get_array());
  // Some services send the same words under two names.
  for (const auto* field : {"reasoning_content", "reasoning", "reasoning_text"}) {
    const auto* words = find(delta, field);
    if (words == nullptr || !words->is_string() || words->get_string().empty()) continue;
    if (field_.empty()) field_ = field;
    if (field_ != field) continue;
    events.thinking(0, words->get_string());
    return;
  }
  if (!has_details) return;
  for (const auto& piece : details->get_array()) events.thinking(0, words_of_detail(piece));
}

void Reasoning::take_details(const json::array& pieces) {
  for (const auto& piece : pieces) {
    if (!piece.is_object()) continue;
    if (details_.empty() || !continues(details_.back(), piece)) {
      details_.push_back(piece);
      continue;
    }
    auto& last = details_.back().get_object();
    for (const auto& [key, value] : piece.get_object()) {
      auto& known = last[key];
      const bool is_words = (key == "text" || key == "summary") && value.is_string();
      if (is_words && known.is_string())
        known.get_string().append(value.get_string());
      else if (!value.is_null() &&
               !(value.is_string() && value.get_string().empty() && !known.is_null()))
        known = value;
    }
  }
}

void Reasoning::finish(ChatEvents& events) const {
  json::object kept;
  if (!details_.empty())
    kept["details"] = details_;
  else if (!field_.empty())
    kept["field"] = field_;
  if (!kept.empty()) events.signature(PartType::thinking, 0, json::serialize(kept));
}

void replay_reasoning(const std::vector<Part>& parts, const std::string& origin,
                      json::object& message) {
  json::array details;
  std::string field;
  std::string words;
  for (const auto& part : parts) {
    if (part.type != PartType::thinking || part.origin != origin) continue;
    const auto kept = parse_json(part.signature);
    if (!kept) continue;
    if (const auto* list = find(*kept, "details"); list != nullptr && list->is_array())
      details.insert(details.end(), list->get_array().begin(), list->get_array().end());
    const std::string name = get_string(*kept, "field");
    // A name out of a stored conversation must not reach other members.
    if (name != "reasoning" && name != "reasoning_content" && name != "reasoning_text") continue;
    field = name;
    words += part.text;
  }
  if (!words.empty()) message[field] = words;
  if (!details.empty()) message["reasoning_details"] = std::move(details);
}

}  // namespace chela::openai
