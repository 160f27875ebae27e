#include "stage.h"

#include "host/models/router_desk.h"

namespace chela::stand_in {

struct Stage::Desk : models::RouterDesk {
  using RouterDesk::RouterDesk;
};

const char* to_string(Place place) {
  return place == Place::host ? "in the host" : "in a worker";
}

Stage::Stage(Place place)
    : desk_(std::make_unique<Desk>(place == Place::host ? config::Isolation::host
                                                        : config::Isolation::process)) {}
Stage::~Stage() = default;

void Stage::add(const std::string& id, const Loopback& loopback, std::vector<std::string> keys) {
  const Service& service = loopback.service;
  if (!service.manner.needs_key) keys.clear();
  desk_->add_provider(id, loopback.server.url(service.manner.path), std::move(keys), service.plugin,
                      service.config);
}

Result<Answer> Stage::say(const std::vector<std::string>& refs, const ChatRequest& chat) {
  desk_->chain("actor", refs);
  models::Ask ask;
  ask.role = "actor";
  ask.chat = chat;
  ask.on_event = [this](const json::object& event) { transcript += json::serialize(event) + "\n"; };
  auto heard = desk_->ask(std::move(ask));
  if (!heard) {
    transcript += heard.error().message + "\n";
    return fail(heard.error());
  }
  transcript += heard->stop + " " + json::serialize(to_json(heard->message)) +
                json::serialize(to_json(heard->trail.usage)) + "\n";
  Answer answer{heard->ref, std::move(heard->message), heard->stop, heard->trail.usage, {}};
  answer.tries = last_tries();
  return answer;
}

Result<Vectors> Stage::embed(const std::string& ref, const std::vector<std::string>& texts,
                             std::int64_t dimensions) {
  models::EmbedAsk ask{ref, texts, dimensions};
  CHELA_TRY(auto answer, desk_->run(desk_->router->embed(std::move(ask))));
  return Vectors{answer.dimensions, std::move(answer.values)};
}

Result<json::value> Stage::quota(const std::string& id, const std::string& key) {
  return desk_->run(desk_->router->quota(id, key));
}

Result<std::vector<std::string>> Stage::models(const std::string& id) {
  return desk_->run(desk_->router->offered_models(id));
}

std::vector<Try> Stage::last_tries() const {
  const auto calls = desk_->store->calls(1);
  if (!calls || calls->empty()) return {};
  std::vector<Try> tries;
  for (const auto& step : calls->front().explain.at("steps").as_array())
    tries.push_back({get_string(step, "ref"), get_string(step, "key"), get_string(step, "reason")});
  return tries;
}

std::vector<Rest> Stage::rests() const {
  std::vector<Rest> rests;
  const auto cooldowns = desk_->store->cooldowns();
  if (!cooldowns) return rests;
  for (const auto& [at, cooldown] : *cooldowns)
    rests.push_back({at.provider, at.key, at.model,
                     std::chrono::duration_cast<Duration>(cooldown.until - cooldown.last_failure)});
  return rests;
}

void Stage::forget_rests() {
  std::vector<models::CooldownKey> keys;
  for (const auto& rest : rests()) keys.push_back({rest.provider, rest.key, rest.model});
  const auto removed = desk_->store->remove_cooldowns(keys);
  EXPECT_TRUE(removed);
}

std::vector<std::string> Stage::faults() const {
  return desk_->faults;
}

}  // namespace chela::stand_in
