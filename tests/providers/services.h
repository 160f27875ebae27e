// The services of the seven plugins, as the tests of this folder play them.
#pragma once

#include <string>
#include <vector>

#include "models/failure.h"
#include "stand_in.h"

namespace chela::stand_in {

// What the router does about a failure, beside telling it where nobody is left.
enum class Then {
  stops,           // nobody else is asked
  next,            // the next model is asked, and this one again the next time
  rests_model,     // .. and this model is left alone for a while
  rests_key,       // .. all of this key
  rests_provider,  // .. all of this provider
};

struct Failing {
  std::string model;  // that is answered so
  HttpAnswer answer;
  models::Reason reason;
  Then then;
  int wait_s = 0;  // for so long at least
};

struct Service {
  std::string name;
  std::string plugin;
  json::object config{};  // beside base_url
  Manner manner{};
  bool shows_thoughts = true;    // in words
  bool tells_reasoning = true;   // in its usage
  std::size_t embed_inputs = 0;  // texts of one request
  std::string windows{};         // what is left of the plan, as chela says it
  std::vector<Failing> failing{};
  std::unique_ptr<StandIn> (*open)(Manner manner) = nullptr;
};

const std::vector<Service>& services();

// Failures that every HTTP service has, and those of each API.
std::vector<Failing> failures_of_http();
std::vector<Failing> failures_of_messages();
std::vector<Failing> failures_of_openai();
std::vector<Failing> failures_of_openrouter();
std::vector<Failing> failures_of_compatible();
std::vector<Failing> failures_of_google();

}  // namespace chela::stand_in
