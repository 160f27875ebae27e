// Whatever valid conversation comes, the request made of it is one that the service takes.
#include "../../providers/testing/openai_rules.h"
#include "../../providers/testing/random_chat.h"
#include "openai_encode.h"
#include "openai_test_support.h"

namespace chela::openai {
namespace {

namespace rules = testing::openai_rules;

void expect_taken(const Service& service, rules::Kind kind,
                  const std::vector<std::string>& models) {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE(seed);
    const ChatRequest request =
        testing::RandomChat(seed).request(models, {"anthropic", "openrouter", service.origin});
    const auto checked = check_chat_request(request);
    ASSERT_TRUE(checked.has_value()) << checked.error().message;
    const auto wire = encode_chat(service, request);
    ASSERT_TRUE(wire.has_value()) << wire.error().message;
    const auto refusal = rules::refuse({wire->method, wire->url, wire->headers, wire->body}, kind);
    ASSERT_FALSE(refusal.has_value()) << refusal->body << "\n" << wire->body;
    // The same request makes the same bytes: caches of prompts live of that.
    ASSERT_EQ(encode_chat(service, request)->body, wire->body);
  }
}

TEST(OpenAiProperty, OpenAiTakesEachRequest) {
  expect_taken(service_at(Host::official), rules::Kind::official,
               {"gpt-4o", "gpt-4o-mini", "o3-mini", "o4-mini", "gpt-5", "gpt-5-nano", "gpt-5.1",
                "gpt-5-chat-latest"});
}

TEST(OpenAiProperty, OpenRouterTakesEachRequest) {
  expect_taken(service_at(Host::openrouter), rules::Kind::openrouter,
               {"anthropic/claude-sonnet-4.5", "openai/o3", "moonshotai/kimi-k2"});
}

TEST(OpenAiProperty, OthersTakeEachRequest) {
  expect_taken(service_at(Host::compatible,
                          {{"base_url", "http://127.0.0.1:11434/v1"}, {"replay_reasoning", true}}),
               rules::Kind::compatible, {"qwen3:8b", "gpt-oss:20b", "meta/llama-3.3-70b-instruct"});
}

}  // namespace
}  // namespace chela::openai
