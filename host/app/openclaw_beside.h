// What chela makes of a live OpenClaw beside it: whether both beat over one workspace, and the
// first host.yaml. Writes nothing.
#pragma once

#include <string>
#include <vector>

#include "app/model_setup.h"
#include "config/openclaw_beats.h"

namespace chela::app {

// The model heartbeats of `setup.openclaw`, none where there is no openclaw.json.
std::vector<config::ModelBeat> model_beats(const Setup& setup);

// Whether a model heartbeat of `setup.openclaw` beats over chela's workspace. An agent without a
// workspace of its own counts as beating over the shared one, which without a setting is
// <folder of openclaw.json>/workspace or ~/.openclaw/workspace.
bool beats_over_workspace(const Setup& setup);

// The checks that are on, as people read them: "workspace-git (check.git), every 24h".
std::vector<std::string> describe_checks(const Setup& setup);

// Names of variables that OpenClaw's .env sets and a provider's key refers to.
std::vector<std::string> keys_in_env_file(const Setup& setup, const ModelSetup& made);

// Keys of usable providers whose environment variable is not set, a line each: "provider x: its key
// env:NAME is not set (neither in the environment nor in OpenClaw's .env)". No value is kept.
std::vector<std::string> missing_variables(const Setup& setup, const ModelSetup& made);

// Text of a host.yaml that says only what differs from what chela finds by itself (a workspace
// named on the command line) and has the values that hold as comments. Reads back as a good
// host.yaml.
std::string first_host_file(const Setup& setup, const ModelSetup& made);

}  // namespace chela::app
