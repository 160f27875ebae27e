// The stand-ins refuse what the services refuse: a request that was taken, with one thing wrong.
#include "scene.h"

namespace chela::stand_in {
namespace {

int status_of(const HttpAnswer& answer) {
  return std::stoi(answer.steps().front().bytes.substr(9, 3));
}

// The last of a tool loop: system, calls, results, an image, perhaps thoughts with signatures.
HttpSeen sound_request(const Loopback& loopback) {
  Stage stage(Place::host);
  stage.add("one", loopback);
  ChatRequest chat = scene("tools");
  chat.effort = "low";
  for (int step = 0; step < 3; ++step) {
    const auto answer = stage.say({"one/" + loopback.service.manner.model}, chat);
    if (!answer) break;
    chat.messages.push_back(answer->message);
    if (step < 2) answer_calls(chat);
  }
  const auto seen = loopback.server.requests();
  return seen.empty() ? HttpSeen{} : seen.back();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

HttpSeen with_body(HttpSeen seen, const std::string& from, const std::string& to) {
  seen.body = replaced(seen.body, from, to);
  return seen;
}
HttpSeen with_header(HttpSeen seen, const std::string& name, const std::string& value) {
  std::erase_if(seen.fields, [&](const auto& field) { return field.first == name; });
  if (!value.empty()) seen.fields.emplace_back(name, value);
  return seen;
}
// The conversation without its last message: calls that nobody answered.
HttpSeen without_results(HttpSeen seen) {
  json::value body = parse_json(seen.body).value();
  const char* name = find(body, "messages") != nullptr ? "messages" : "contents";
  auto& messages = body.as_object()[name].as_array();
  const auto is_model = [](const json::value& message) {
    const std::string role = get_string(message, "role");
    return role == "assistant" || role == "model";
  };
  while (!messages.empty() && !is_model(messages.back())) messages.pop_back();
  seen.body = json::serialize(body);
  return seen;
}

TEST(Strictness, OneWrongThingIsRefused) {
  for (const auto& service : services()) {
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    const HttpSeen sound = sound_request(loopback);
    StandIn& strict = *loopback.stand_in;
    ASSERT_EQ(status_of(strict.answer(sound)), 200) << strict.refused().back();
    const bool is_google = service.plugin == "provider.google";
    const bool is_messages = sound.target.ends_with("/messages");
    std::vector<std::pair<std::string, HttpSeen>> rows{
        {"another program", with_header(sound, "user-agent", "other/1.0")},
        {"no content type", with_header(sound, "content-type", "")},
        {"text", with_header(sound, "content-type", "text/plain")},
        {"an unknown field", with_body(sound, "{", R"({"frobnicate":1,)")},
        {"half a body",
         [&] {
           HttpSeen seen = sound;
           seen.body.resize(seen.body.size() / 2);
           return seen;
         }()},
        {"no results", without_results(sound)},
        {"results of another tool",
         is_google
             ? with_body(sound, R"("functionResponse":{"name":"tide")",
                         R"("functionResponse":{"name":"other")")
             : with_body(sound,
                         is_messages ? R"("tool_use_id":"call_A1")" : R"("tool_call_id":"call_A1")",
                         is_messages ? R"("tool_use_id":"call_X")" : R"("tool_call_id":"call_X")")},
        {"another system", with_body(sound, "harbour master", "pirate")},
        {"other words of the model", with_body(sound, "I look.", "I looked.")},
        {"another result", with_body(sound, "tide: done", "tide: gone")},
    };
    if (!is_google)
      rows.emplace_back("a bad id", with_body(sound, R"("id":"call_A1")",
                                              R"("id":"call A1 )" + std::string(60, 'x') + "\""));
    if (service.manner.needs_key) {
      const char* name = is_google ? "x-goog-api-key" : is_messages ? "x-api-key" : "authorization";
      rows.emplace_back("no key", with_header(sound, name, ""));
      rows.emplace_back("a wrong key", with_header(sound, name, "Bearer wrong"));
    }
    if (is_messages) rows.emplace_back("no version", with_header(sound, "anthropic-version", ""));
    if (service.manner.returns == Returns::both || service.manner.returns == Returns::signature)
      rows.emplace_back("a changed signature", with_body(sound, "c2lnLW9m", "c2lnLW9n"));
    for (const auto& [name, seen] : rows) {
      SCOPED_TRACE(name);
      const int status = status_of(strict.answer(seen));
      EXPECT_GE(status, 400);
      EXPECT_LT(status, 500);
    }
  }
}

}  // namespace
}  // namespace chela::stand_in
