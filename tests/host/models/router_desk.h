// A router at work on a loop of the test's own: real plugins, a real store, servers on loopback.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/setup.h"
#include "models/router.h"
#include "plugin/in_process.h"
#include "plugin/worker_client.h"
#include "support/http_stub.h"

namespace chela::models {

using namespace std::chrono_literals;
using test::HttpAnswer;
using test::HttpSeen;
using test::HttpStub;
namespace asio = boost::asio;

class NoState final : public plugin::StateStore {
 public:
  Result<std::string> get(std::string_view, std::string_view) override {
    return fail(ErrorCode::not_found, "nothing");
  }
  Result<void> set(std::string_view, std::string_view, std::string_view) override { return {}; }
  Result<void> remove(std::string_view, std::string_view) override { return {}; }
};

class TestClock final : public services::Clock {
 public:
  Timestamp now() const override { return base::now() + shift; }
  Duration shift{0};
};

// Keys by reference; a doubted one becomes the next of its list.
class TestKeys final : public KeySource {
 public:
  asio::awaitable<Result<Key>> get(std::string reference) override {
    const auto found = values.find(reference);
    if (found == values.end()) co_return fail(ErrorCode::not_found, reference + " is not set");
    co_return Key{nullptr, found->second.front(), found->second.size()};
  }
  bool doubt(const std::string& reference, std::uint64_t generation) override {
    auto& list = values[reference];
    if (list.size() != generation || list.size() < 2) return false;
    list.erase(list.begin());
    return true;
  }
  std::map<std::string, std::vector<std::string>> values;
};

class RouterDesk : public ProviderStarter {
 public:
  explicit RouterDesk(config::Isolation isolation = config::Isolation::host)
      : isolation_(isolation), http_(loop.get_executor(), services::HttpSettings{}) {
    ::signal(SIGPIPE, SIG_IGN);
    char pattern[] = "/tmp/chela-router-XXXXXX";
    folder = mkdtemp(pattern);
    const std::string plugins = std::string(CHELA_BINARY_DIR) + "/plugins";
    trust_.bundle = app::load_bundle(plugins);
    registry_ = plugin::Registry::scan({plugins}, trust_.bundle);
    settings.retry_time = 0ms;
    settings.first_token = 5s;
    settings.idle = 5s;
    settings.budgets.clear();
    reopen();
  }
  ~RouterDesk() override {
    router.reset();
    std::filesystem::remove_all(folder);
  }

  // As after a restart of the program.
  void reopen() {
    router.reset();
    store.reset();
    auto opened = Store::open(folder / "models.db", clock.now());
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::make_unique<Store>(std::move(*opened));
    router = std::make_unique<Router>(
        RouterTools{http_,
                    keys,
                    *this,
                    *store,
                    clock,
                    log,
                    loop.get_executor(),
                    [](Timestamp) { return "2026-11-27"; },
                    [] { return 0.0; },
                    {},
                    [this](const BudgetNotice& n) { notices.push_back(n); }},
        settings);
  }

  // A provider of OpenAI's API at `url`, with these keys; `config` are settings beside base_url.
  void add_provider(const std::string& id, const std::string& url,
                    std::vector<std::string> key_names = {"env:KEY"},
                    const std::string& plugin = "provider.openai", json::object config = {}) {
    config::Instance instance;
    instance.id = id;
    instance.kind = config::Kind::provider;
    instance.plugin = plugin;
    instance.isolation = isolation_;
    config["base_url"] = url;
    instance.config = std::move(config);
    instance.allow.http = {url};
    if (!key_names.empty()) instance.secrets["api_key"] = key_names;
    ProviderInfo info;
    info.id = id;
    info.plugin = plugin;
    info.is_in_process = isolation_ == config::Isolation::host;
    info.secret = "api_key";
    info.keys = key_names;
    info.origins = {url};
    for (const auto& name : key_names)
      keys.values.try_emplace(name, std::vector{"value-of-" + name});
    settings.providers[id] = info;
    instances_[id] = std::move(instance);
  }
  void chain(const std::string& role, std::vector<std::string> refs) {
    settings.routes.roles[role] = {std::move(refs), "role " + role};
  }

  asio::awaitable<Result<StartedProvider>> start(std::string id) override {
    const auto& instance = instances_.at(id);
    auto activation = plugin::activate(instance, registry_, trust_, {});
    if (!activation) co_return fail(activation.error());
    StartedProvider started;
    started.activation = std::make_unique<plugin::Activation>(std::move(*activation));
    if (isolation_ == config::Isolation::host) {
      auto opened = plugin::open_in_process(*started.activation, clock, log);
      if (!opened) co_return fail(opened.error());
      started.instance = std::move(*opened);
    } else {
      plugin::WorkerSettings worker;
      worker.program = std::string(CHELA_BINARY_DIR) + "/bin/chela-worker";
      worker.confinement = config::Confinement::report;
      auto outcome = co_await plugin::start_worker(worker, *started.activation, services_, log);
      if (!outcome.instance) co_return fail(outcome.instance.error());
      started.instance = std::move(*outcome.instance);
    }
    co_return started;
  }
  void tell_fault(const std::string& id, const std::string& what) override {
    faults.push_back(id + ": " + what);
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    while (!result && loop.run_one() > 0) {
    }
    loop.restart();
    return std::move(*result);
  }
  Result<Answer> ask(Ask wanted) { return run(router->ask(std::move(wanted))); }
  Result<Answer> ask(const std::string& role = "") { return ask(question("hello", role)); }

  static Ask question(const std::string& text, const std::string& role = "") {
    Ask wanted;
    wanted.role = role;
    Part part;
    part.text = text;
    wanted.chat.messages.push_back({ChatRole::user, {part}});
    return wanted;
  }

  TestClock clock;
  services::Log log{services::LogSettings{}, clock};
  TestKeys keys;
  Settings settings;
  std::filesystem::path folder;
  asio::io_context loop{1};
  std::unique_ptr<Store> store;
  std::unique_ptr<Router> router;
  std::vector<BudgetNotice> notices;
  std::vector<std::string> faults;

 private:
  config::Isolation isolation_;
  services::HttpClient http_;
  services::Files files_;
  services::Exec exec_{services::ExecSettings{}};
  NoState state_;
  plugin::Services services_{files_, exec_, state_, {}};
  plugin::Trust trust_;
  plugin::Registry registry_;
  std::map<std::string, config::Instance> instances_;
};

// What OpenAI's service answers.
inline std::string event(const std::string& json) {
  return "data: " + json + "\n\n";
}
inline std::string piece(const std::string& text) {
  return event(
      R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":")" +
      text + R"("},"finish_reason":null}]})");
}
inline std::string finish() {
  return event(
             R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
         event(
             R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}})") +
         "data: [DONE]\n\n";
}
inline HttpAnswer stream(const std::string& text) {
  return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
      .chunk(piece(text))
      .chunk(finish())
      .end();
}
inline HttpAnswer error(int status, const std::string& body, test::HttpFields fields = {}) {
  fields.emplace_back("Content-Type", "application/json");
  return HttpAnswer::whole(status, body, std::move(fields));
}
inline std::string openai_error(const std::string& type, const std::string& code,
                                const std::string& message = "words") {
  return R"({"error":{"message":")" + message + R"(","type":")" + type +
         R"(","param":null,"code":")" + code + R"("}})";
}
inline std::string text_of(const Answer& answer) {
  std::string text;
  for (const auto& part : answer.message.content) text += part.text;
  return text;
}

}  // namespace chela::models
