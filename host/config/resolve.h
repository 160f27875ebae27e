// Turns what a person wrote about an instance into what its plugin gets: settings and grant without
// placeholders.
#pragma once

#include "chela/json.h"
#include "chela/result.h"
#include "config/expand.h"
#include "config/manifest.h"

namespace chela::config {

struct Resolved {
  json::value config;  // defaults filled in, placeholders expanded, checked by the plugin's schema
  Grant allow;         // absolute paths
};

// The one right order: defaults of `schema`, then placeholders of the settings (defaults may hold
// some), the schema once more over the outcome, then the grant, where ${config.NAME} means the
// finished setting. `schema` must have passed check_schema. invalid_argument: lines
// "file:line:column: ...".
Result<Resolved> resolve_instance(const Instance& instance, const json::value& schema,
                                  const Variables& variables);

}  // namespace chela::config
