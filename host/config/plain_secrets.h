// Which texts of an openclaw.json are secrets in plain text, told by their key or their shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/openclaw_look.h"

namespace chela::config {

struct PlainSecret {
  Look at;
  std::string variable;  // the environment variable that should hold it, unique in the document
  bool is_placeholder;   // "<YOUR_TOKEN>": nothing is lost, but the real one would stand here
  bool is_environment_entry;  // inside the env block: it should go, not become a reference
};

// In the order of the file. References (${NAME}, {source, provider, id}, a bare NAME in apiKey) and
// the words that stand for "no key needed" are none.
std::vector<PlainSecret> plain_secrets(const Look& root);

// The document as written, with the reference that each secret should become in its place: what is
// moved or shown of a document comes from here.
json::value without_secrets(const Look& root);

bool is_placeholder(std::string_view text);
// Written where a local server wants no key, but the program insists on one: "none", "ollama".
bool means_no_key(std::string_view text);
// "botToken", "X-Api-Key", "GATEWAY_PASSWORD".
bool is_secret_name(std::string_view name);

}  // namespace chela::config
