// What holds for every conversation: the service accepts how it is written, and what the service
// said goes back to it as it was.
#include <gtest/gtest.h>

#include "chat_generator.h"
#include "chela/testing/provider_probe.h"
#include "google_rules.h"

namespace provider_google {
namespace {

namespace json = chela::json;
using chela::testing::Cuts;
using chela::testing::ProviderProbe;

std::unique_ptr<ProviderProbe> open_plugin() {
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR);
  EXPECT_TRUE(probe.has_value()) << probe.error().message;
  return std::move(*probe);
}

TEST(GoogleConversation, IsWrittenAsTheServiceWantsIt) {
  const auto probe = open_plugin();
  int with_calls = 0;
  int with_signatures = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const auto request = ChatGenerator(seed).request();
    const auto checked = chela::check_chat_request(request);
    ASSERT_TRUE(checked.has_value()) << seed << ": " << checked.error().message;
    const auto wire = probe->request("encode", chela::to_json(request));
    ASSERT_TRUE(wire.has_value()) << seed << ": " << wire.error().message;
    const auto refusal = chela::testing::google::refuse(*wire);
    ASSERT_FALSE(refusal.has_value()) << seed << ": " << refusal->message << "\n" << wire->body;
    EXPECT_EQ(wire->body.find("Zm9yZWlnbg=="), std::string::npos)
        << seed << ": a signature of another service was sent";
    with_calls += wire->body.find("functionCall") != std::string::npos ? 1 : 0;
    with_signatures += wire->body.find("b3Vycw==") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(with_calls, 500);
  EXPECT_GT(with_signatures, 500);
}

// The parts of an answer and of the request that replays it.
TEST(GoogleConversation, GoesBackPartByPart) {
  const struct {
    const char* name;
    const char* parts;
  } cases[] = {
      {"text with its signature", R"([{"text":"It says hello.","thoughtSignature":"c2ln"}])"},
      {"a thought, a text and a signature without words",
       R"([{"text":"Hm.","thought":true,"thoughtSignature":"dGg="},{"text":"Yes."},{"functionCall":{"name":"read","id":"f1","args":{"path":"a"}},"thoughtSignature":"c2ln"},{"text":"","thoughtSignature":"ZW5k"}])"},
      {"parallel calls, of which the first is signed",
       R"([{"functionCall":{"name":"read","id":"f1","args":{"path":"a"}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"read","id":"f2","args":{}}}])"},
      {"calls without ids",
       R"([{"functionCall":{"name":"read","args":{"n":[1,{"b":null}]}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"find","args":{}}}])"},
      {"two signed texts are not joined",
       R"([{"text":"One.","thoughtSignature":"YQ=="},{"text":"Two.","thoughtSignature":"Yg=="}])"},
  };
  const auto probe = open_plugin();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parts = *chela::parse_json(c.parts);
    const json::object reply{
        {"candidates",
         json::array{json::object{{"content", json::object{{"role", "model"}, {"parts", parts}}},
                                  {"finishReason", "STOP"}}}},
        {"responseId", "r1"}};
    const auto events = probe->decode({200, {}, json::serialize(reply)});
    ASSERT_TRUE(events.has_value()) << events.error().message;
    const auto message = chela::parse_chat_message(events->back().at("message"), "message");
    ASSERT_TRUE(message.has_value()) << message.error().message;
    chela::ChatRequest request;
    request.model = "gemini-3-flash-preview";
    request.messages = {{chela::ChatRole::user, {{.text = "Hello?"}}}, *message};
    chela::ChatMessage results{chela::ChatRole::tool, {}};
    for (const auto& part : message->content) {
      if (part.type != chela::PartType::tool_call) continue;
      results.content.push_back({.type = chela::PartType::tool_result, .id = part.id});
    }
    if (!results.content.empty()) request.messages.push_back(results);
    const auto wire = probe->request("encode", chela::to_json(request));
    ASSERT_TRUE(wire.has_value()) << wire.error().message;
    EXPECT_FALSE(chela::testing::google::refuse(*wire).has_value());
    const auto body = *chela::parse_json(wire->body);
    const auto& again = body.at("contents").at(1).at("parts");
    EXPECT_TRUE(again == parts) << json::serialize(again) << "\nwanted " << json::serialize(parts);
  }
}

}  // namespace
}  // namespace provider_google
