#include "openai_fault.h"

#include <charconv>

#include "wire.h"

namespace chela::openai {
namespace {

constexpr int kMaxNesting = 4;  // errors inside errors

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

int status_in(const json::value& value, std::string_view key) {
  const auto status = get_int(value, key);
  return status >= 400 && status <= 599 ? static_cast<int>(status) : 0;
}

// Text as it is, lists and objects (FastAPI's list of what is wrong with a request) as JSON.
std::string words_in(const json::value& value, std::string_view key) {
  const auto* member = find(value, key);
  if (member == nullptr || member->is_null()) return {};
  if (member->is_string()) return std::string(member->get_string());
  return member->is_object() || member->is_array() ? json::serialize(*member) : "";
}

Fault read(const json::value& document, int depth);

// OpenRouter: what the service behind said, often JSON inside a string.
void read_metadata(const json::value& metadata, Fault& fault, int depth) {
  const auto* reasons = find(metadata, "reasons");
  fault.is_moderation = reasons != nullptr && reasons->is_array() && !reasons->get_array().empty();
  if (const auto* headers = find(metadata, "headers")) {
    const std::string reset = get_string(*headers, "X-RateLimit-Reset");
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(reset.data(), reset.data() + reset.size(), ms);
    if (error == std::errc() && ms > 1'000'000'000'000 && ms < 100'000'000'000'000)
      fault.resets_at_ms = ms;
  }
  const std::string raw = words_in(metadata, "raw");
  if (raw.empty()) return;
  std::string words = raw;
  if (const auto inner = wire::object_of(raw); inner && depth < kMaxNesting) {
    const Fault behind = read(*inner, depth + 1);
    if (!behind.message.empty()) words = behind.message;
    if (fault.code.empty()) fault.code = behind.code;
    if (fault.type.empty()) fault.type = behind.type;
  }
  const std::string name = get_string(metadata, "provider_name");
  fault.message +=
      (fault.message.empty() ? "" : ": ") + (name.empty() ? words : name + ": " + words);
}

Fault read(const json::value& document, int depth) {
  if (const auto* list = document.if_array(); list != nullptr && !list->empty())
    return depth < kMaxNesting ? read(list->front(), depth + 1) : Fault{};
  Fault fault;
  const auto* error = find(document, "error");
  const bool is_inside = error != nullptr && error->is_object();
  const json::value& told = is_inside ? *error : document;
  fault.code = get_string(told, "code");
  fault.type = get_string(told, "type");
  fault.message = words_in(told, "message");
  fault.status = status_in(told, "code");
  if (fault.status == 0) fault.status = status_in(told, "status");
  if (fault.status == 0) fault.status = status_in(document, "status");
  if (error != nullptr && error->is_string()) fault.message = std::string(error->get_string());
  for (const auto* key : {"detail", "title"}) {
    if (fault.message.empty()) fault.message = words_in(told, key);
  }
  if (const auto* metadata = find(told, "metadata")) read_metadata(*metadata, fault, depth);
  return fault;
}

// The number behind a word: "Limit 8000" or "Limit: 8,000"; -1 where there is none.
double number_behind(const std::string& text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string::npos) return -1;
  std::size_t i = at + word.size();
  while (i < text.size() && (text[i] == ' ' || text[i] == ':')) ++i;
  double value = 0;
  const std::size_t from = i;
  for (; i < text.size() && ((text[i] >= '0' && text[i] <= '9') || text[i] == ','); ++i) {
    if (text[i] != ',') value = value * 10 + (text[i] - '0');
  }
  return i == from ? -1 : value;
}

}  // namespace

Fault read_fault(const json::value& document) {
  return read(document, 0);
}

std::optional<Duration> wait_in_words(std::string_view message) {
  const std::string text = lower(message);
  for (const std::string_view phrase :
       {"try again in ", "retry after ", "retry in ", "try again after "}) {
    const std::size_t at = text.find(phrase);
    if (at == std::string::npos) continue;
    std::string_view rest = std::string_view(text).substr(at + phrase.size());
    const std::size_t end = std::min(rest.find(' '), rest.size());
    std::string_view word = rest.substr(0, end);
    while (word.ends_with('.') || word.ends_with(',') || word.ends_with(')')) word.remove_suffix(1);
    if (const auto wait = wire::parse_go_duration(word)) return wait;
    std::string number(word);  // "20 seconds", "1.5 minutes"
    const std::string_view unit = rest.substr(std::min(end + 1, rest.size()));
    for (const auto& [name, suffix] : {std::pair<std::string_view, std::string_view>{"second", "s"},
                                       {"minute", "m"},
                                       {"hour", "h"}}) {
      if (!unit.starts_with(name)) continue;
      if (const auto wait = wire::parse_go_duration(number + std::string(suffix))) return wait;
    }
  }
  return std::nullopt;
}

bool is_beyond_limit(std::string_view message) {
  const std::string text = lower(message);
  const double limit = number_behind(text, "limit ");
  const double limit_colon = number_behind(text, "limit:");
  const double requested = number_behind(text, "requested");
  const double most = std::max(limit, limit_colon);
  return most > 0 && requested > most;
}

}  // namespace chela::openai
