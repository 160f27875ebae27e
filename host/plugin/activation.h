// From a manifest to something that can be started: trust, note, ABI, config and grants, in this
// order, no code run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/manifest.h"
#include "config/resolve.h"
#include "plugin/library_file.h"
#include "plugin/lock_file.h"
#include "plugin/registry.h"
#include "services/grant.h"

namespace chela::plugin {

struct Trust {
  Self self;
  Bundle bundle;
  LockFile lock;  // the person's approvals
};

// An instance whose plugin was checked; holds the sealed library as long as it lives.
struct Activation {
  std::string instance;
  std::string kind;  // "chela.check/1"
  Metadata metadata;
  SealedLibrary library;
  std::string library_path;  // for messages
  json::value config;        // valid, defaults in, placeholders filled
  services::Grant grant;
  std::map<std::string, std::vector<std::string>> secrets;  // name -> references, see manifest.h
  config::Isolation isolation = config::Isolation::process;
  Duration deadline{};
  bool is_new =
      false;  // not in the lock file yet: the manifest is the approval, the caller pins the hash
};

// Fails with an error that names the instance, the plugin and what to do. `variables`: workspace,
// home.
Result<Activation> activate(const config::Instance& instance, const Registry& registry,
                            const Trust& trust, const config::Variables& variables);

// Whether what its manifest says would do, without a look at the plugin's code: the plugin is there
// and of that kind, the settings fit its schema, the grant is as large as its needs, its secrets
// have references. Cheap; fails as activate() does.
Result<void> check_manifest(const config::Instance& instance, const Registry& registry,
                            const config::Variables& variables);

// The settings and the grant of an instance against the plugin's schema, defaults in, placeholders
// filled.
Result<config::Resolved> resolve(const config::Instance& instance, const Metadata& metadata,
                                 const config::Variables& variables);

// What a plugin asks for with this (resolved) config: "${config.path}" filled in, a list such as
// "${config.disks}" item by item, and of what stands under `when` only what its settings want.
// invalid_argument names a broken entry of `needs`.
Result<config::Grant> needed_grant(const Metadata& metadata, const json::value& config,
                                   const config::Variables& variables);

// permission_denied with the manifest lines to add where `needs` is more than `allowed`; both
// already expanded.
Result<void> check_grant(const config::Grant& needs, const config::Grant& allowed,
                         const config::Instance& instance);

}  // namespace chela::plugin
