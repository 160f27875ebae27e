// `chela model list|status|explain|test`.
#include <algorithm>
#include <cstdio>
#include <set>

#include "base/text.h"
#include "cli/model_session.h"

namespace chela::cli {
namespace {

std::string dollars(const std::optional<models::Prices>& prices, bool is_subscription) {
  if (!prices) return "unknown";
  const std::string text =
      models::decimal_usd(prices->input) + "/" + models::decimal_usd(prices->output);
  return is_subscription ? text + " (plan)" : text;
}

std::string thousands(std::int64_t tokens) {
  if (tokens == 0) return "?";
  return tokens >= 1000 ? std::to_string(tokens / 1000) + "k" : std::to_string(tokens);
}

json::object prices_json(const models::Prices& prices) {
  return {{"input", models::decimal_usd(prices.input)},
          {"output", models::decimal_usd(prices.output)},
          {"cache_read", models::decimal_usd(prices.cache_read)},
          {"cache_write_5m", models::decimal_usd(prices.cache_write_5m)},
          {"cache_write_1h", models::decimal_usd(prices.cache_write_1h)}};
}

json::object model_json(const models::Model& model, Timestamp now) {
  json::object out{{"ref", model.ref}, {"name", model.name}, {"known", model.is_known}};
  if (model.context_tokens > 0) out["context_tokens"] = model.context_tokens;
  if (model.max_output_tokens > 0) out["max_output_tokens"] = model.max_output_tokens;
  if (model.prices) out["usd_per_million_tokens"] = prices_json(*model.prices);
  if (!model.can.empty()) out["can"] = json::array(model.can.begin(), model.can.end());
  if (const auto life = models::describe_life(model, now); !life.empty()) out["life"] = life;
  if (!model.source.empty()) out["source"] = model.source;
  return out;
}

// Roles with their chains, then the models of all chains and aliases.
int list(const Global& global) {
  CHELA_CLI_TRY(const app::Setup setup, app::load_setup(global.where));
  CHELA_CLI_TRY(const auto made, app::load_model_setup(setup));
  const auto& settings = made.settings;
  const Timestamp now = base::now();
  std::set<std::string> refs;
  json::object roles;
  for (const auto& [role, chain] : settings.routes.roles) {
    roles[role] = json::array(chain.refs.begin(), chain.refs.end());
    refs.insert(chain.refs.begin(), chain.refs.end());
  }
  for (const auto& [alias, ref] : settings.routes.aliases) refs.insert(ref);
  std::set<std::string> rewritten;
  for (const auto& ref : refs) rewritten.insert(settings.catalog.rewritten(ref));
  refs = std::move(rewritten);
  for (const auto& [id, provider] : settings.providers) {
    if (!provider.problem.empty()) continue;
    for (const auto& [ref, model] : settings.catalog.models()) {
      if (model.provider == id) refs.insert(ref);
    }
  }
  if (global.json) {
    json::array models_out, providers;
    for (const auto& ref : refs) {
      if (const auto model = settings.catalog.find(ref))
        models_out.push_back(model_json(*model, now));
    }
    for (const auto& [id, provider] : settings.providers) {
      json::object one{{"id", id}, {"plugin", provider.plugin}};
      one["keys"] = json::array(provider.keys.begin(), provider.keys.end());
      if (!provider.problem.empty()) one["problem"] = provider.problem;
      providers.push_back(std::move(one));
    }
    print_json(json::object{{"roles", std::move(roles)},
                            {"models", std::move(models_out)},
                            {"providers", std::move(providers)}});
    return kOk;
  }
  if (settings.routes.roles.empty()) {
    std::printf(
        "no role has a model: set agents.defaults.model in openclaw.json, or models.roles in "
        "host.yaml\n");
  }
  for (const auto& [role, chain] : settings.routes.roles) {
    std::string line = base::printable(role, 30) + ":";
    for (const auto& ref : chain.refs)
      line += (line.ends_with(':') ? " " : " -> ") + base::printable(ref, 80);
    std::printf("%s\n", line.c_str());
  }
  std::vector<std::vector<std::string>> rows{
      {"MODEL", "CONTEXT", "OUT", "USD/MTOK IN/OUT", "NOTE"}};
  for (const auto& ref : refs) {
    const auto model = settings.catalog.find(ref);
    if (!model) continue;
    const auto provider = settings.providers.find(model->provider);
    std::string note = models::describe_life(*model, now);
    if (!note.empty()) note = note.substr(model->ref.size() + 1);
    if (provider == settings.providers.end()) note = "no provider '" + model->provider + "'";
    if (provider != settings.providers.end() && !provider->second.problem.empty())
      note = provider->second.problem;
    rows.push_back({base::printable(model->ref, 60), thousands(model->context_tokens),
                    thousands(model->max_output_tokens),
                    dollars(model->prices, model->is_subscription), base::printable(note, 200)});
  }
  std::printf("\n");
  if (rows.size() > 1) print_table(rows);
  for (const auto& note : made.notes)
    std::fprintf(stderr, "chela: %s\n", base::printable(note, 400).c_str());
  return kOk;
}

std::string key_of(const models::CooldownKey& key) {
  std::string text = key.provider;
  if (!key.model.empty()) text += "/" + key.model;
  if (!key.key.empty()) text += " with " + key.key;
  return base::printable(text, 120);
}

json::object amount_json(const models::Amount& amount) {
  return {{"usd", models::decimal_usd(amount.usd)}, {"tokens", amount.tokens}};
}

int status(const Global& global, const ModelCommand& command) {
  auto opened = open_models(global);
  if (!opened) return report(opened.error());
  app::Models& known = *(*opened)->models;
  const Timestamp now = (*opened)->session->clock.now();
  const std::string day = known.day_of(now);
  CHELA_CLI_TRY(const auto cooldowns, known.store().cooldowns());
  CHELA_CLI_TRY(const auto in_flight, known.store().in_flight());
  json::object out;
  json::array budgets, cooled, queue, quotas;
  std::vector<std::string> lines;
  for (const auto& rule : known.setup().settings.budgets) {
    CHELA_CLI_TRY(const auto spent, known.store().spent(rule, day));
    const int percent = models::percent_of(rule, spent);
    budgets.push_back(json::object{{"budget", models::describe(rule)},
                                   {"default", rule.is_default},
                                   {"spent", amount_json(spent)},
                                   {"percent", percent}});
    std::string left;
    if (rule.usd)
      left +=
          models::format_usd(models::Usd{std::max<std::int64_t>(0, (*rule.usd - spent.usd).nanos)});
    if (rule.tokens)
      left += (left.empty() ? "" : " and ") +
              base::grouped(std::max<std::int64_t>(0, *rule.tokens - spent.tokens)) + " tokens";
    lines.push_back("budget    " + models::describe(rule) + (rule.is_default ? " (default)" : "") +
                    ": " + std::to_string(percent) + " % used, " + left + " left");
  }
  if (known.setup().settings.budgets.empty()) lines.push_back("budget    none");
  for (const auto& [key, cooldown] : cooldowns) {
    if (cooldown.until <= now) continue;
    cooled.push_back(json::object{{"what", key_of(key)},
                                  {"until", base::format_utc(cooldown.until)},
                                  {"reason", models::to_string(cooldown.reason)},
                                  {"message", cooldown.message},
                                  {"failures", cooldown.failures}});
    lines.push_back("cooldown  " + key_of(key) + ": " +
                    std::string(models::to_string(cooldown.reason)) + ", again " +
                    in(cooldown.until, now));
  }
  int place = 0;
  for (const auto& call : in_flight) {
    const bool waits = call.state == models::CallState::waiting;
    json::object one{{"id", call.id},
                     {"role", call.role},
                     {"state", models::to_string(call.state)},
                     {"lane", models::to_string(call.lane)},
                     {"since", base::format_utc(call.at)}};
    if (waits) one["place"] = ++place;
    queue.push_back(std::move(one));
    lines.push_back((waits ? "waiting   " : "active    ") + call.id + " " +
                    base::printable(call.role, 30) +
                    (call.ref.empty() ? "" : " at " + base::printable(call.ref, 60)) + ", since " +
                    ago(call.at, now));
  }
  if (in_flight.empty()) lines.push_back("calls     none under way");
  for (const auto& [id, provider] : known.setup().settings.providers) {
    if (!provider.problem.empty()) {
      lines.push_back("provider  " + id + ": " + base::printable(provider.problem, 300));
      continue;
    }
    if (!command.quota) continue;
    auto described = run_call(**opened, [&]() -> boost::asio::awaitable<Result<json::value>> {
      auto value = co_await known.router().handle(id).describe();
      if (!value) co_return fail(ErrorCode::internal, value.error().message);
      co_return std::move(*value);
    }());
    if (!described || !get_bool(*described, "quota")) continue;
    for (const auto& key : provider.keys) {
      const auto quota = run_call(**opened, known.router().quota(id, key));
      json::object one{{"provider", id}, {"key", key}};
      std::string line = "quota     " + id + ": ";
      if (!quota) {
        one["error"] = quota.error().message;
        line += base::printable(quota.error().message, 300);
      } else {
        const auto* windows = find(*quota, "windows");
        if (windows != nullptr) one["windows"] = *windows;
        for (const auto& window :
             windows != nullptr && windows->is_array() ? windows->get_array() : json::array()) {
          char used[32] = "?";
          if (find(window, "used_percent") != nullptr)
            std::snprintf(used, sizeof used, "%.0f %%", get_double(window, "used_percent"));
          line += get_string(window, "name") + " " + used + " used; ";
        }
      }
      quotas.push_back(std::move(one));
      lines.push_back(base::printable(line, 200));
    }
  }
  if (global.json) {
    out = {{"budgets", std::move(budgets)},
           {"cooldowns", std::move(cooled)},
           {"calls", std::move(queue)},
           {"quotas", std::move(quotas)}};
    print_json(out);
    return kOk;
  }
  for (const auto& line : lines) std::printf("%s\n", line.c_str());
  return kOk;
}

int explain(const Global& global, const std::string& id) {
  CHELA_CLI_TRY(const app::Setup setup, app::load_setup(global.where));
  CHELA_CLI_TRY(auto store, models::Store::open(app::model_store_file(setup), base::now()));
  if (id.empty() || id == "last") {
    CHELA_CLI_TRY(const auto calls, store.calls(1));
    if (calls.empty()) return report({ErrorCode::not_found, "no call has been made yet"});
    if (global.json) {
      print_json(calls.front().explain);
    } else {
      std::printf("%s", models::describe_trail(calls.front().explain).c_str());
    }
    return kOk;
  }
  CHELA_CLI_TRY(const auto call, store.call(id));
  if (!call) {
    return report({ErrorCode::not_found, "no call '" + base::printable(id, 40) +
                                             "' is known; the log and chela usage name them"});
  }
  if (global.json) {
    print_json(call->explain);
  } else {
    std::printf("%s", models::describe_trail(call->explain).c_str());
  }
  return kOk;
}

// Asks each model of a role, or one model, for one word, and says how it went. Costs a few tokens.
int test(const Global& global, const std::string& name) {
  auto opened = open_models(global);
  if (!opened) return report(opened.error());
  app::Models& known = *(*opened)->models;
  const auto& routes = known.setup().settings.routes;
  std::vector<std::string> refs;
  if (const auto role = routes.roles.find(name.empty() ? "coordinator" : name);
      role != routes.roles.end()) {
    refs = role->second.refs;
  } else {
    auto chain = models::find_chain(routes, "", name);
    if (!chain) return report(chain.error());
    refs = chain->refs;
  }
  int failed = 0;
  json::array out;
  for (const auto& ref : refs) {
    models::Ask ask;
    ask.model = ref;
    ask.role = "test";
    ask.may_ignore_cooldowns = true;
    ask.chat.max_output_tokens = 256;
    Part part;
    part.text = "Answer with the one word: ready";
    ask.chat.messages.push_back({ChatRole::user, {std::move(part)}});
    const auto answer = run_call(**opened, known.router().ask(std::move(ask)));
    failed += answer ? 0 : 1;
    json::object one{{"model", ref}, {"ok", answer.has_value()}};
    std::string line = base::printable(ref, 80) + ": ";
    if (answer) {
      one["ms"] = answer->trail.total.count();
      if (answer->trail.first_token) one["first_token_ms"] = answer->trail.first_token->count();
      line += "answers, " + std::to_string(answer->trail.total.count()) + " ms";
      if (answer->trail.usd) line += ", " + models::format_usd(*answer->trail.usd);
    } else {
      one["error"] = answer.error().message;
      line += base::printable(answer.error().message, 1000);
    }
    out.push_back(std::move(one));
    if (!global.json) std::printf("%s\n", line.c_str());
  }
  if (global.json) print_json(json::object{{"models", std::move(out)}});
  return failed == 0 ? kOk : kFailed;
}

}  // namespace

int run_model(const Global& global, const ModelCommand& command) {
  switch (command.what) {
    case ModelCommand::What::list:
      return list(global);
    case ModelCommand::What::status:
      return status(global, command);
    case ModelCommand::What::explain:
      return explain(global, command.name);
    case ModelCommand::What::test:
      return test(global, command.name);
  }
  return kUsage;
}

}  // namespace chela::cli
