#include "model_desk.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "measure.h"

namespace chela::bench {
namespace {

using boost::asio::awaitable;
using test::HttpAnswer;

constexpr const char* kModel = "gpt-4o-mini";
const std::string kPrompt(1000, 'x');
const std::string kIdle = "idle";

std::string event(const std::string& json) {
  return "data: " + json + "\n\n";
}

std::string piece(const std::string& text) {
  return event(
      R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":")" +
      text + R"("},"finish_reason":null}]})");
}

models::Ask question(std::string role, Wish wish) {
  models::Ask ask;
  ask.role = std::move(role);
  Part part;
  part.text = (wish == Wish::idle_stream ? kIdle : "") + kPrompt;
  ask.chat.messages.push_back({ChatRole::user, {part}});
  ask.chat.max_output_tokens = 256;
  ask.chat.is_streaming = wish != Wish::whole;
  return ask;
}

config::Instance provider(const std::string& id, config::Isolation isolation,
                          const std::string& origin) {
  config::Instance instance;
  instance.id = id;
  instance.kind = config::Kind::provider;
  instance.plugin = "provider.openai";
  instance.isolation = isolation;
  instance.config = json::object{{"base_url", origin + "/v1"}};
  instance.allow.http = {origin};
  instance.secrets["api_key"] = {"env:OPENAI_API_KEY"};
  return instance;
}

}  // namespace

std::string chat_body(Wish wish) {
  return json::serialize(
      json::object{{"model", kModel},
                   {"messages", json::array{json::object{{"role", "user"}, {"content", kPrompt}}}},
                   {"max_completion_tokens", 256},
                   {"stream", wish != Wish::whole}});
}

HttpAnswer answer_chat(const test::HttpSeen& seen) {
  static const HttpAnswer whole = HttpAnswer::whole(
      200,
      R"({"id":"c1","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":")" +
          std::string(520, 'y') +
          R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":260,"completion_tokens":130,"total_tokens":390}})",
      {{"Content-Type", "application/json"}});
  static const HttpAnswer stream = [] {
    auto answer = HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}});
    // The rest comes later, so that nobody is served while somebody waits for a first byte.
    answer.chunk(piece("some words ")).pause(std::chrono::milliseconds(1));
    for (int i = 0; i < 20; ++i) answer.chunk(piece("some words "));
    answer
        .chunk(
            event(
                R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
            event(
                R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":260,"completion_tokens":60,"total_tokens":320}})") +
            event("[DONE]"))
        .end();
    return answer;
  }();
  static const HttpAnswer idle =
      HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}}).chunk(piece("a")).stall();
  if (seen.body.find("\"stream\":true") == std::string::npos) return whole;
  return seen.body.find('"' + kIdle) == std::string::npos ? stream : idle;
}

Result<std::unique_ptr<ModelDesk>> ModelDesk::open(app::Setup setup, unsigned short port,
                                                   boost::asio::io_context& loop) {
  ::setenv("OPENAI_API_KEY", "0123456789abcdef0123456789abcdef", 1);
  const std::string origin = "http://127.0.0.1:" + std::to_string(port);
  setup.instances.push_back(provider("openai", config::Isolation::host, origin));
  setup.instances.push_back(provider("openai-worker", config::Isolation::process, origin));
  config::ModelsConfig& models = setup.host.models;
  models.roles["here"] = {std::string("openai/") + kModel};
  models.roles["worker"] = {std::string("openai-worker/") + kModel};
  models.max_concurrent = 2000;
  config::BudgetConfig budget;
  budget.usd = "1000000";
  budget.tokens = std::int64_t{1} << 50;
  models.budgets = {budget};
  auto desk = std::unique_ptr<ModelDesk>(new ModelDesk());
  CHELA_TRY(desk->engine_, app::Engine::open(std::move(setup), desk->clock_, {}));
  CHELA_TRY(desk->models_, app::Models::open(*desk->engine_, desk->clock_, loop.get_executor()));
  return desk;
}

awaitable<double> ModelDesk::call(std::string role, Wish wish) {
  const auto begin = Clock::now();
  double first = -1;
  auto ask = question(std::move(role), wish);
  if (wish != Wish::whole) {
    ask.on_event = [&](const json::object&) {
      if (first < 0) first = us_since(begin);
    };
  }
  const auto answer = co_await models_->router().ask(std::move(ask));
  if (!answer) std::printf("%s\n", answer.error().message.c_str());
  if (!answer) co_return -1;
  co_return wish == Wish::whole ? us_since(begin) : first;
}

awaitable<void> ModelDesk::stand_idle(std::string role, std::function<void()> on_piece) {
  auto ask = question(std::move(role), Wish::idle_stream);
  ask.on_event = [on_piece = std::move(on_piece)](const json::object&) { on_piece(); };
  const auto answer = co_await models_->router().ask(std::move(ask));
  if (!answer && answer.error().code != ErrorCode::cancelled)
    std::printf("%s\n", answer.error().message.c_str());
}

}  // namespace chela::bench
