// Replies of the Gemini API: any bytes give the same events however they are cut, end in one "end"
// or "error", and what they say can be said back.
#include "contents.h"
#include "failures.h"
#include "fuzz.h"
#include "reply_decoder.h"

namespace {

using namespace chela;

json::array decode(std::string_view bytes, std::size_t step, bool is_complete) {
  provider_google::ReplyDecoder decoder;
  ChatEvents events{std::string(provider_google::kOrigin)};
  json::array all;
  const auto take = [&] {
    for (auto& event : events.take()) all.push_back(std::move(event));
  };
  for (std::size_t at = 0; at < bytes.size() && !events.is_over(); at += step) {
    decoder.feed(bytes.substr(at, step), events);
    take();
  }
  if (!events.is_over() && is_complete) decoder.close(events);
  if (!events.is_over()) events.error({ProviderCode::cut, ProviderScope::model, {}, "cut"});
  take();
  return all;
}

void expect_replayable(const json::value& message) {
  const auto parsed = parse_chat_message(message, "message");
  fuzz::require(parsed.has_value(), "a message is one", json::serialize(message));
  if (parsed->content.empty()) return;
  const ChatMessage question{ChatRole::user, {{.text = "?"}}};
  const auto contents = provider_google::contents_of(
      {question, *parsed}, provider_google::family_of("gemini-3-flash-preview"));
  fuzz::require(contents.has_value(), "what the service said can be said back");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::text_of(data, size);
  const unsigned how = fuzz::choose(bytes);
  const json::array whole = decode(bytes, bytes.size() + 1, true);
  const json::array cut = decode(bytes, how % 40 + 1, true);
  fuzz::require(json::serialize(whole) == json::serialize(cut),
                "events do not depend on how the bytes come", json::serialize(cut));
  const auto is_last = [](const json::value& event) {
    const auto type = get_string(event, "type");
    return type == "end" || type == "error";
  };
  fuzz::require(!whole.empty() && is_last(whole.back()) &&
                    std::count_if(whole.begin(), whole.end(), is_last) == 1,
                "a reply ends once", json::serialize(whole));
  for (const auto& event : whole) {
    fuzz::require(is_utf8(json::serialize(event)), "an event is UTF-8");
    if (const auto* message = find(event, "message")) expect_replayable(*message);
  }
  const auto torn = decode(bytes, bytes.size() + 1, false);
  fuzz::require(find(torn.back(), "error") != nullptr, "a torn body is an error");

  const int status = 400 + static_cast<int>(how);
  const auto failure = provider_google::failure_of({status, {}, std::string(bytes)});
  fuzz::require(provider_error(to_json(failure)).code == failure.code, "a failure travels");
  fuzz::require(fuzz::is_printable(failure.message), "its words can be shown", failure.message);
  return 0;
}
