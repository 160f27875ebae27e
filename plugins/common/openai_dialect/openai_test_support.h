// What the tests of this dialect share: services, replies in pieces, streams out of chunks.
#pragma once

#include <gtest/gtest.h>

#include "chela/testing/provider_probe.h"
#include "openai_decode.h"

namespace chela::openai {

inline Service service_at(Host host, json::object config = {}) {
  if (!config.contains("base_url")) {
    config["base_url"] = host == Host::official     ? "https://api.openai.com/v1"
                         : host == Host::openrouter ? "https://openrouter.ai/api/v1"
                                                    : "http://127.0.0.1:11434/v1";
  }
  auto service = read_service(Config(std::move(config)), host);
  EXPECT_TRUE(service.has_value()) << (service ? "" : service.error().message);
  return service ? *service : Service();
}

// As the host drives a decoder.
inline json::array events_of(const Service& service, std::string_view body,
                             const testing::Cuts& cuts = {}, bool is_complete = true) {
  ReplyDecoder decoder(service);
  ChatEvents events(service.origin);
  for (std::size_t i = 0; !body.empty(); ++i) {
    const std::string_view piece = body.substr(0, cuts.sizes[std::min(i, cuts.sizes.size() - 1)]);
    body.remove_prefix(piece.size());
    if (!events.is_over()) decoder.feed(piece, events);
  }
  if (!events.is_over() && is_complete) decoder.close(events);
  events.error({ProviderCode::cut, ProviderScope::model, {}, "the reply stopped before its end"});
  return events.take();
}

// "data: {..}" for each chunk, and [DONE].
inline std::string stream_of(const std::vector<std::string>& chunks, bool has_done = true) {
  std::string body;
  for (const auto& chunk : chunks) body += "data: " + chunk + "\n\n";
  return has_done ? body + "data: [DONE]\n\n" : body;
}

// A chunk whose only choice has this delta and finish_reason (JSON texts).
inline std::string chunk(const std::string& delta, const std::string& reason = "null") {
  return R"({"id":"c-1","model":"m","choices":[{"index":0,"delta":)" + delta +
         R"(,"finish_reason":)" + reason + "}]}";
}

// How a reply ended: "end tool_calls", "error cut".
inline std::string ending(const json::array& events) {
  if (events.empty()) return "nothing";
  const json::value& last = events.back();
  const std::string code = testing::error_code_of(events);
  return code.empty() ? "end " + get_string(last, "stop") : "error " + code;
}

// The parts of the message that a reply ended with, one by one: "text:Hi", "call:c1 read {}",
// "thinking:Hm".
inline std::vector<std::string> parts_of(const json::array& events) {
  std::vector<std::string> out;
  if (events.empty()) return out;
  const auto* message = find(events.back(), "message");
  if (message == nullptr) return out;
  for (const auto& part : find(*message, "content")->as_array()) {
    const std::string type = get_string(part, "type");
    if (type == "tool_call") {
      const std::string raw = get_string(part, "invalid_arguments");
      out.push_back("call:" + get_string(part, "id") + " " + get_string(part, "name") + " " +
                    (raw.empty() ? json::serialize(*find(part, "arguments")) : "?" + raw));
    } else {
      out.push_back(type + ":" + get_string(part, "text"));
    }
  }
  return out;
}

// All cuts give the same events, and a reply that was cut short never looks like a whole one: it
// ends in an error, or (where only what follows the content is missing) has all of the content.
inline void expect_holds_when_cut(const Service& service, std::string_view body,
                                  std::size_t step = 1) {
  const json::array whole = events_of(service, body);
  const std::string text = json::serialize(whole);
  EXPECT_EQ(json::serialize(events_of(service, body, testing::Cuts::bytewise())), text);
  for (unsigned seed = 1; seed <= 5; ++seed)
    EXPECT_EQ(json::serialize(events_of(service, body, testing::Cuts::random(seed))), text);
  const auto parts = parts_of(whole);
  for (std::size_t size = 0; size < body.size(); size += step) {
    for (const bool is_complete : {false, true}) {
      const json::array cut = events_of(service, body.substr(0, size), {}, is_complete);
      if (ending(cut).starts_with("error ")) continue;
      // An error that came behind the finish_reason is gone with what was cut off.
      const bool had_said_all =
          body.substr(0, size).find("\"finish_reason\":\"") != std::string::npos;
      if (ending(whole).starts_with("error ") && had_said_all) continue;
      EXPECT_EQ(parts_of(cut), parts) << "cut after " << size << " bytes";
    }
  }
}

}  // namespace chela::openai
