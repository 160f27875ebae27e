// The providers of an openclaw.json: where they are, what their models cost, where their keys lie.
#pragma once

#include "config/openclaw_look.h"
#include "config/openclaw_models.h"

namespace chela::config {

// models.providers; oddities go into `notes`. Fails as read_model_settings does.
Result<std::vector<ConfiguredProvider>> read_providers(const Look& root,
                                                       std::vector<std::string>& notes);

// Whether an apiKey's text is the bare name of an environment variable: OPENAI_API_KEY.
bool is_variable_name(std::string_view text);

// What a place for a secret holds: a text, or an object {source, provider, id}; `root` is asked for
// the secret's provider. `allows_bare_name`: NAME_OF_VARIABLE alone is a reference, too.
// Fails with invalid_argument where it is neither.
Result<SecretText> read_secret(const Look& secret, const Look& root, bool allows_bare_name);

}  // namespace chela::config
