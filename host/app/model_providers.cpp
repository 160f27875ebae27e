#include "app/model_providers.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plugin/activation.h"
#include "services/secret_ref.h"

namespace chela::app {
namespace {

bool speaks(const plugin::Metadata& metadata, const std::string& api) {
  return std::find(metadata.speaks.begin(), metadata.speaks.end(), api) != metadata.speaks.end();
}

// The plugin of the provider's own name where it speaks that API (or none is named), else one that
// speaks it at any address; "" where there is none.
std::string plugin_for(const Setup& setup, const std::string& provider, const std::string& api) {
  const std::string own = "provider." + provider;
  if (const auto file = setup.registry.find(own);
      file && (api.empty() || speaks((*file)->metadata, api)))
    return own;
  for (const auto& file : setup.registry.files()) {
    if (file.is_bundled && !file.problem && file.metadata.is_for_any_service &&
        speaks(file.metadata, api))
      return file.metadata.id;
  }
  return "";
}

// A reference for a value that openclaw.json holds.
std::string reference_of(const config::SecretText& secret, const std::string& place,
                         ModelSetup& made) {
  switch (secret.kind) {
    case config::SecretText::Kind::reference:
      return secret.text;
    case config::SecretText::Kind::literal:
    case config::SecretText::Kind::mixed: {
      const std::string name = "openclaw.json:" + place;
      made.literals[name] = secret.text;
      return name;
    }
    case config::SecretText::Kind::foreign:
      return "";
  }
  return "";
}

// The grant that the plugin asks for, with this config: whoever wrote openclaw.json named the
// address there.
void grant_what_it_needs(const Setup& setup, config::Instance& instance) {
  const auto file = setup.registry.find(instance.plugin);
  if (!file) return;
  const auto resolved = plugin::resolve(instance, (*file)->metadata, setup.variables);
  if (!resolved) return;
  auto needs = plugin::needed_grant((*file)->metadata, resolved->config, setup.variables);
  if (needs) instance.allow = std::move(*needs);
}

void take_usual_keys(const Setup& setup,
                     const std::function<bool(const std::string&)>& has_variable,
                     config::Instance& instance) {
  const auto file = setup.registry.find(instance.plugin);
  if (!file) return;
  for (const auto& need : (*file)->metadata.secrets) {
    if (instance.secrets.contains(need.name)) continue;
    const auto set = std::find_if(need.env.begin(), need.env.end(), has_variable);
    if (set != need.env.end()) {
      instance.secrets[need.name] = {"env:" + *set};
    } else if (!need.is_optional && !need.env.empty()) {
      instance.secrets[need.name] = {"env:" +
                                     need.env.front()};  // its absence is said when it is used
    }
  }
}

config::Instance made_of(const Setup& setup, const config::ConfiguredProvider& provider,
                         ModelSetup& made, std::string& problem) {
  config::Instance instance;
  instance.id = provider.id;
  instance.kind = config::Kind::provider;
  instance.isolation = config::Isolation::host;
  instance.plugin = plugin_for(setup, provider.id, provider.api);
  if (instance.plugin.empty()) {
    problem = "openclaw.json: no plugin of chela speaks the api '" +
              base::printable(provider.api, 60) + "' of provider " + provider.id;
    return instance;
  }
  json::object config;
  if (!provider.base_url.empty()) config["base_url"] = provider.base_url;
  json::object headers;
  for (const auto& [name, value] : provider.headers) {
    if (value.kind != config::SecretText::Kind::literal) {
      made.notes.push_back("openclaw.json: the header " + base::printable(name, 60) +
                           " of provider " + provider.id +
                           " is not sent: chela takes headers that are plain text");
      continue;
    }
    headers[name] = value.text;
    made.literals["openclaw.json:models.providers." + provider.id + ".headers." + name] =
        value.text;
  }
  if (!headers.empty()) config["headers"] = std::move(headers);
  instance.config = std::move(config);
  if (provider.api_key) {
    const std::string reference =
        reference_of(*provider.api_key, "models.providers." + provider.id + ".apiKey", made);
    if (!reference.empty()) {
      const auto file = setup.registry.find(instance.plugin);
      if (file && !(*file)->metadata.secrets.empty())
        instance.secrets[(*file)->metadata.secrets.front().name] = {reference};
    } else {
      problem = "openclaw.json: the key of provider " + provider.id + " (" +
                base::printable(provider.api_key->text, 80) + ") can be read by OpenClaw only";
    }
  }
  return instance;
}

// The name under which a key is written down. Two programs with as many arguments differ by number.
std::string label_of(const std::string& reference, ModelSetup& made) {
  if (made.literals.contains(reference)) return reference;
  const auto ref = services::parse_secret_ref(reference, home_folder());
  std::string label = ref ? services::to_string(*ref) : "a broken reference";
  const std::string base = label;
  for (int i = 2; made.references.contains(label) && made.references[label] != reference; ++i)
    label = base + " #" + std::to_string(i);
  made.references[label] = reference;
  return label;
}

models::ProviderInfo info_of(const Setup& setup, const config::Instance& instance,
                             const std::string& problem, ModelSetup& made) {
  models::ProviderInfo info;
  info.id = instance.id;
  info.plugin = instance.plugin;
  info.caps = instance.caps;
  info.is_in_process = instance.isolation == config::Isolation::host;
  info.problem = problem;
  if (!problem.empty()) return info;
  const auto file = setup.registry.find(instance.plugin);
  if (!file) {
    info.problem = file.error().message;
    return info;
  }
  const auto resolved = plugin::resolve(instance, (*file)->metadata, setup.variables);
  if (!resolved) {
    info.problem = resolved.error().message;
    return info;
  }
  info.origins = resolved->allow.http;
  const auto& secrets = (*file)->metadata.secrets;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    const auto found = instance.secrets.find(secrets[i].name);
    if (i == 0) {
      info.secret = secrets[i].name;
      info.refused_keys = secrets[i].refused;
      if (found != instance.secrets.end()) {
        for (const auto& reference : found->second) info.keys.push_back(label_of(reference, made));
      }
    } else if (found != instance.secrets.end() && !found->second.empty()) {
      info.other_secrets[secrets[i].name] = label_of(found->second.front(), made);
    }
  }
  return info;
}

}  // namespace

void add_providers(const Setup& setup, const config::ModelSettings& openclaw,
                   const std::function<bool(const std::string&)>& has_variable, ModelSetup& made) {
  std::set<std::string> known;
  const auto add = [&](config::Instance instance, const std::string& problem) {
    if (!known.insert(instance.id).second) return;
    made.settings.providers[instance.id] = info_of(setup, instance, problem, made);
    made.instances.push_back(std::move(instance));
  };
  for (const auto& instance : setup.instances) {
    if (instance.kind == config::Kind::provider) add(instance, "");
  }
  for (const auto& problem : setup.problems) {
    if (problem.id.empty() || known.contains(problem.id)) continue;
    if (problem.file.find("/providers/") == std::string::npos) continue;
    models::ProviderInfo info;
    info.id = problem.id;
    info.problem = problem.message;
    made.settings.providers[problem.id] = std::move(info);
    known.insert(problem.id);
  }
  for (const auto& provider : openclaw.providers) {
    if (known.contains(provider.id)) continue;
    std::string problem;
    config::Instance instance = made_of(setup, provider, made, problem);
    if (problem.empty()) {
      take_usual_keys(setup, has_variable, instance);
      grant_what_it_needs(setup, instance);
    }
    add(std::move(instance), problem);
  }
  std::set<std::string> named;
  for (const auto& [role, chain] : made.settings.routes.roles) {
    for (const auto& ref : chain.refs) {
      if (const auto model = made.settings.catalog.find(ref)) named.insert(model->provider);
    }
  }
  for (const auto& [alias, ref] : made.settings.routes.aliases) {
    if (const auto model = made.settings.catalog.find(ref)) named.insert(model->provider);
  }
  for (const auto& file : setup.registry.files()) {
    const std::string& id = file.metadata.id;
    if (!file.is_bundled || file.problem || !id.starts_with("provider.")) continue;
    const std::string provider = id.substr(9);
    const auto& secrets = file.metadata.secrets;
    const bool has_key = !secrets.empty() && std::any_of(secrets.front().env.begin(),
                                                         secrets.front().env.end(), has_variable);
    if (known.contains(provider) || (!named.contains(provider) && !has_key)) continue;
    if (!config::is_instance_id(provider)) continue;
    config::Instance instance;
    instance.id = provider;
    instance.kind = config::Kind::provider;
    instance.plugin = id;
    instance.isolation = config::Isolation::host;
    instance.is_builtin = true;
    take_usual_keys(setup, has_variable, instance);
    grant_what_it_needs(setup, instance);
    add(std::move(instance), "");
  }
}

}  // namespace chela::app
