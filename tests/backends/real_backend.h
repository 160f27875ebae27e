// A task backend as the host runs it, in its confined worker, with the real exec service: for tests
// against real programs.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/manifest.h"
#include "config/yaml.h"
#include "plugin/worker_client.h"
#include "services/clock.h"
#include "support/chela_program.h"

namespace chela::test {

// chela.state/1 in memory.
class MemoryState final : public plugin::StateStore {
 public:
  Result<std::string> get(std::string_view, std::string_view key) override {
    const auto found = values_.find(std::string(key));
    if (found == values_.end()) return fail(ErrorCode::not_found, "nothing there");
    return found->second;
  }
  Result<void> set(std::string_view, std::string_view key, std::string_view value) override {
    values_[std::string(key)] = value;
    return {};
  }
  Result<void> remove(std::string_view, std::string_view key) override {
    values_.erase(std::string(key));
    return {};
  }

 private:
  std::map<std::string, std::string> values_;
};

class RealBackend {
 public:
  // `manifest` is the text of a manifests/tasks/*.yaml; `workspace` and `home` fill in its
  // placeholders.
  RealBackend(const std::string& manifest, const fs::path& workspace, const fs::path& home)
      : exec_({std::string(CHELA_BINARY_DIR) + "/bin/chela-worker", true}),
        log_({}, clock_),
        services_{files_, exec_, state_,
                  [](json::value) -> boost::asio::awaitable<Result<json::value>> {
                    co_return json::value();
                  }} {
    services_.on_exec = [this](const services::Caller&, const services::ExecRequest& request,
                               const Result<services::ExecOutcome>&) {
      commands.push_back(request.argv);
    };
    if (const auto ready = start(manifest, workspace, home); !ready) {
      error_ = ready.error();
      ADD_FAILURE() << error_.message;
    }
  }

  Result<json::value> call(const std::string& op, json::value request) {
    if (instance_ == nullptr) return fail(error_);
    return wait(instance_->call(op, std::move(request), std::chrono::seconds(60))).reply;
  }

  std::vector<std::vector<std::string>> commands;  // each that was run, as it was asked for

 private:
  Result<void> start(const std::string& manifest, const fs::path& workspace, const fs::path& home) {
    const auto document = config::parse_yaml(manifest, "backend.yaml");
    if (!document) return fail(document.error());
    const auto instance = config::parse_instance(*document, config::Kind::tasks);
    if (!instance) return fail(instance.error());
    const auto registry =
        plugin::Registry::scan({std::string(CHELA_BINARY_DIR) + "/plugins"}, plugin::Bundle{});
    auto activation =
        plugin::activate(*instance, registry, plugin::Trust{plugin::current_self(), {}, {}},
                         {{"workspace", workspace.string()}, {"home", home.string()}});
    if (!activation) return fail(activation.error());
    activation_ = std::make_unique<plugin::Activation>(std::move(*activation));
    plugin::WorkerSettings settings;
    settings.program = std::string(CHELA_BINARY_DIR) + "/bin/chela-worker";
    auto started = wait(plugin::start_worker(settings, *activation_, services_, log_));
    if (!started.instance) return fail(started.instance.error());
    instance_ = std::move(*started.instance);
    return {};
  }

  template <class T>
  T wait(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(loop_, std::move(work), [&](const std::exception_ptr& thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result.emplace(std::move(value));
    });
    loop_.restart();
    while (!result) loop_.run_one();
    return std::move(*result);
  }

  boost::asio::io_context loop_{1};
  services::SystemClock clock_;
  services::Files files_;
  services::Exec exec_;
  services::Log log_;
  MemoryState state_;
  plugin::Services services_;
  std::unique_ptr<plugin::Activation> activation_;  // outlives the instance
  std::unique_ptr<plugin::Instance> instance_;
  Error error_;
};

// A backend in a home of its own, and what a test asks of it.
class BackendTest : public ::testing::Test {
 protected:
  // Called by the first request where nobody has set backend_ yet.
  virtual void open_backend() {}

  Result<json::value> try_ask(const std::string& op, json::value request) {
    if (!backend_) open_backend();
    return backend_->call(op, std::move(request));
  }
  json::value ask(const std::string& op, json::value request) {
    const std::string text = json::serialize(request);
    auto reply = try_ask(op, std::move(request));
    EXPECT_TRUE(reply) << op << " " << text << ": " << (reply ? "" : reply.error().message);
    return reply.value_or(json::object());
  }
  json::value task(const std::string& op, json::value request) {
    const auto reply = ask(op, std::move(request));
    const auto* found = find(reply, "task");
    return found == nullptr ? json::value() : *found;
  }
  json::value create(const std::string& id, json::object members) {
    return task("create", json::object{{"task", std::move(members)}, {"idempotency_key", id}});
  }
  json::value set(const std::string& id, json::object members) {
    return task("update", json::object{{"id", id}, {"set", std::move(members)}});
  }
  json::value get(const std::string& id) { return task("get", json::object{{"id", id}}); }
  json::value note(const std::string& id, const std::string& text) {
    return task("note", json::object{{"id", id}, {"text", text}});
  }
  // The code and message with which `op` fails.
  Error refusal(const std::string& op, json::value request) {
    const auto reply = try_ask(op, std::move(request));
    EXPECT_FALSE(reply) << op << " was not refused: " << (reply ? json::serialize(*reply) : "");
    return reply ? Error{} : reply.error();
  }

  Desk desk_;
  std::unique_ptr<RealBackend> backend_;
};

}  // namespace chela::test
