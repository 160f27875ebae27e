// The models at work in one program: HTTP client, keys, store and router, built when somebody asks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/engine.h"
#include "app/model_setup.h"
#include "models/router.h"
#include "services/http.h"

namespace chela::app {

// [loop-thread]
class Models {
 public:
  // `engine` outlives it; `loop` is where its requests run.
  static Result<std::unique_ptr<Models>> open(Engine& engine, const services::Clock& clock,
                                              boost::asio::any_io_executor loop);
  ~Models();

  models::Router& router() { return *router_; }
  models::Store& store() { return *store_; }
  const ModelSetup& setup() const { return setup_; }
  // The local day of a moment, "2026-11-27".
  std::string day_of(Timestamp time) const;
  // What happened that a person should know: budgets, keys that wait for a person, a damaged store.
  std::vector<std::string> take_notes();
  // Writes the tasks that are due after a call: a budget that is nearly used up, a key that waits
  // for a person. The same thing is one task.
  boost::asio::awaitable<void> file_tasks();

 private:
  class Keys;
  class Starter;
  Models() = default;

  Engine* engine_ = nullptr;
  const services::Clock* clock_ = nullptr;
  ModelSetup setup_;
  std::unique_ptr<services::HttpClient> http_;
  std::unique_ptr<Keys> keys_;
  std::unique_ptr<Starter> starter_;
  std::unique_ptr<models::Store> store_;
  std::unique_ptr<models::Router> router_;
  std::vector<std::string> notes_;
  std::vector<models::BudgetNotice> budgets_;  // not yet filed
};

// The day of a moment there, "2026-11-27", as the store counts usage.
std::string local_day(const heartbeat::Zone& zone, Timestamp time);

// The file that all workspaces of a user share: <state_dir>/models.db.
std::string model_store_file(const Setup& setup);

// Catalogue and configuration alone, for commands that ask nobody: names and values of the
// environment and of OpenClaw's .env are looked at, none is kept.
Result<ModelSetup> load_model_setup(const Setup& setup);

}  // namespace chela::app
