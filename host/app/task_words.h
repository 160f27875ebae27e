// Takes secrets out of what a task backend is told in words.
#pragma once

#include "chela/json.h"
#include "services/redact_rules.h"

namespace chela::app {

// Title, notes and note of a request {"task":{..}}, {"set":{..}}, {"note"} or {"text"} of
// chela.tasks/1. As for a model: a person may write `token = ...` about a program.
void redact_words(json::value& request, const services::RedactRules& rules);

// The titles of {"tasks":[..]}, known values only: for what is remembered of tasks that people
// wrote.
void redact_titles(json::value& reply, const services::RedactRules& rules);

}  // namespace chela::app
