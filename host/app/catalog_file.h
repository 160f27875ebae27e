// The catalogue that came with this program, and what openclaw.json puts over it.
#pragma once

#include <string>

#include "config/openclaw_models.h"
#include "models/catalog.h"

namespace chela::app {

// Fails as base::read_file does (at most 4 MiB), and with "<file>: .." where it is no catalogue.
Result<models::Catalog> read_catalog(const std::string& file);

// Windows, limits and prices of models.providers, over what is known of these models.
void put_configured_models(const config::ModelSettings& openclaw, models::Catalog& catalog);

}  // namespace chela::app
