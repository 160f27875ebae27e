// The secrets that a process holds before it has asked for any: in its environment and in
// openclaw.json.
#pragma once

#include <string>
#include <vector>

#include "app/setup.h"
#include "config/openclaw_models.h"
#include "services/redact.h"
#include "services/secret_op.h"

namespace chela::app {

// A variable's value: of the environment, else of OpenClaw's .env beside its openclaw.json.
services::SecretEnv environment_of(const Setup& setup);

// Makes known to `redactor`, without opening a vault or starting a program: the variables that
// manifests (env:NAME) and the usual names of the plugins refer to, what stands under the name of a
// secret in OpenClaw's .env, and every secret of openclaw.json, its variables filled in. Takes over
// the level and patterns of its `logging`. What is too short to be taken out (services/redact.h),
// or only a placeholder, is passed over. Returns what could not be used, one line each.
std::vector<std::string> learn_secrets(const Setup& setup, services::Redactor& redactor);

services::RedactSettings redact_settings(const config::LoggingSettings& logging);

}  // namespace chela::app
