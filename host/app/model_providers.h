// Which provider instances there are: manifests first, then what openclaw.json and the environment
// hold without a manifest.
#pragma once

#include <functional>
#include <string>

#include "app/model_setup.h"

namespace chela::app {

// Fills in `made.instances`, `made.settings.providers` and `made.literals`.
//   A manifest of kind provider is taken as it is.
//   Of openclaw.json's models.providers each becomes an instance: the plugin of its own name where
//     there is one that speaks its `api`, else the one for that `api`.
//   A provider that a chain names, or whose usual variable is set, and whose plugin came with
//   chela,
//     works without any configuration.
// A provider that cannot be used keeps the reason in ProviderInfo::problem.
void add_providers(const Setup& setup, const config::ModelSettings& openclaw,
                   const std::function<bool(const std::string&)>& has_variable, ModelSetup& made);

}  // namespace chela::app
