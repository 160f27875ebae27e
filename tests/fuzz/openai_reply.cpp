// Replies of Chat Completions: whatever bytes a service sends become the same events however they
// are cut, the last of them an end or an error.
#include <set>

#include "fuzz.h"
#include "openai_decode.h"
#include "openai_embed.h"
#include "openai_errors.h"

namespace {

using namespace chela;

json::array events_of(const openai::Service& service, std::string_view body, std::size_t piece) {
  openai::ReplyDecoder decoder(service);
  ChatEvents events(service.origin);
  while (!body.empty() && !events.is_over()) {
    decoder.feed(body.substr(0, piece), events);
    body.remove_prefix(std::min(piece, body.size()));
  }
  if (!events.is_over()) decoder.close(events);
  return events.take();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  openai::Service service;
  service.host = openai::Host::openrouter;
  service.origin = "openrouter";
  const json::array whole = events_of(service, body, std::string::npos);
  const std::string text = json::serialize(whole);
  fuzz::require(text == json::serialize(events_of(service, body, 1)), "cuts change nothing", text);
  fuzz::require(text == json::serialize(events_of(service, body, 7)), "cuts change nothing", text);
  fuzz::require(!whole.empty(), "a reply has an end");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const std::string type = get_string(whole[i], "type");
    fuzz::require((type == "end" || type == "error") == (i + 1 == whole.size()),
                  "the last event ends it, and no other", text);
  }
  // What a model said can be sent back: its calls have names, and ids of their own.
  if (const auto* message = find(whole.back(), "message")) {
    std::set<std::string> ids;
    const auto read = parse_chat_message(*message, "message");
    fuzz::require(read.has_value(), "the message is one", text);
    for (const auto& part : read->content) {
      if (part.type != PartType::tool_call) continue;
      fuzz::require(!part.name.empty() && ids.insert(part.id).second && !part.id.empty(),
                    "a call has a name and an id of its own", text);
    }
  }
  const WireReply reply{429, {{"x-ratelimit-limit-tokens", std::string(body)}}, std::string(body)};
  fuzz::require(is_utf8(openai::explain(reply).message), "errors are text");
  (void)openai::limits_of(reply);
  (void)openai::decode_embeddings(service, reply);
  return 0;
}
