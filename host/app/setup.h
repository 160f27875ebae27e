// Everything that is decided before anything runs: paths, manifests, plugins that are there, trust,
// time zone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/openclaw.h"
#include "config/paths.h"
#include "plugin/activation.h"
#include "plugin/registry.h"

namespace chela::app {

// What the command line says about where things are; valid for every command.
struct Where {
  std::optional<std::string> workspace;
  std::optional<std::string> manifests;
  std::optional<std::string> openclaw;
};

// Where this program and what it came with are.
struct Installation {
  std::string prefix;   // holds plugins/ (build tree) or lib/chela/plugins
  std::string worker;   // chela-worker
  std::string ping;     // chela-ping
  std::string plugins;  // the bundled plugins and bundled.lock
};

struct Setup {
  config::Paths paths;
  config::Found workspace;
  std::vector<config::Found> plugin_path;
  Installation installation;
  config::HostConfig host;
  std::vector<config::Instance> instances;  // what is on: built-ins and manifests
  std::vector<config::Problem> problems;    // manifests that are not in use, and why
  std::optional<config::OpenClaw> openclaw;
  std::string timezone;      // "local" or an IANA name
  std::string timezone_why;  // "host.yaml", "openclaw.json", "system"
  plugin::Registry registry;
  plugin::Trust trust;
  config::Variables variables;
  std::vector<std::string> notes;  // oddities worth a line in `chela doctor`

  // <state_dir>/workspaces/<hash of the workspace>: ledger, lock and socket of this workspace.
  std::string workspace_state_dir() const;
};

// Reads everything. Fails only where the host itself cannot be set up: a bad host.yaml, a bad
// openclaw.json that was named on the command line, a workspace that is not there, a lock file that
// cannot be read.
Result<Setup> load_setup(const Where& where);

// Where files are, before any of them is read; works without any.
config::Paths find_paths(const Where& where);

// HOME, or what the password entry says.
std::string home_folder();

// The places beside /proc/self/exe: <dir>/../plugins and <dir>/chela-worker in a build tree, else
// <prefix>/lib/chela/plugins and <prefix>/libexec/chela/chela-worker.
Result<Installation> find_installation();

// The bundle that this program was built with, if `folder`/bundled.lock is the one; otherwise an
// empty bundle, so that its plugins are nobody's.
plugin::Bundle load_bundle(const std::string& folder);

}  // namespace chela::app
