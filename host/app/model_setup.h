// Puts together what the models room is told: catalogue, openclaw.json, host.yaml and the manifests
// of providers, in this order of weight. Reads one file, the catalogue; starts nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/setup.h"
#include "config/openclaw_models.h"
#include "models/settings.h"

namespace chela::app {

struct ModelSetup {
  models::Settings settings;
  // The provider instances in use, by manifest or made out of openclaw.json and the environment.
  std::vector<config::Instance> instances;
  // Keys that stand in plain text in openclaw.json, by the reference that is made up for them.
  std::map<std::string, std::string> literals;
  // What a key is called in logs and records -> its reference: arguments of programs are not shown.
  std::map<std::string, std::string> references;
  config::LoggingSettings logging;
  std::vector<std::string> notes;  // oddities: one line each, no secret in them
};

// `has_variable` tells whether an environment variable (or OpenClaw's .env) has a value.
// Fails where the catalogue of the installation is not there or broken, openclaw.json's model
// settings cannot be read, or a role of host.yaml names no model.
Result<ModelSetup> make_model_setup(const Setup& setup,
                                    const std::function<bool(const std::string&)>& has_variable);

// Models of the configured chains that have ended or end soon, a line each.
std::vector<std::string> ending_models(const models::Settings& settings, Timestamp now);

}  // namespace chela::app
