#include "config/openclaw_providers.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/openclaw_include.h"

namespace chela::config {
namespace {

constexpr std::int64_t kMostTokens = 1'000'000'000;
constexpr std::int64_t kMostSeconds = 86'400;
constexpr double kDearest = 1'000'000;  // USD per million tokens

// The shortest decimal that reads back as the same double is what was written; it is moved by six
// places as text, so that nothing is lost on the way.
std::optional<std::int64_t> micros_of(double usd) {
  std::array<char, 64> text{};
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), usd, std::chars_format::fixed);
  if (written.ec != std::errc()) return std::nullopt;
  std::string digits(text.data(), written.ptr);
  const auto point = std::min(digits.find('.'), digits.size());
  std::string fraction = point < digits.size() ? digits.substr(point + 1) : "";
  const bool is_exact = fraction.find_first_not_of(
                            '0', std::min<std::size_t>(6, fraction.size())) == std::string::npos;
  fraction.resize(6, '0');
  digits = digits.substr(0, point) + fraction;
  std::int64_t micros = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), micros);
  return is_exact ? micros : micros + 1;  // dearer rather than for nothing
}

Result<std::optional<std::int64_t>> read_price(const Look& price) {
  if (!price.exists()) return std::optional<std::int64_t>();
  const auto wanted = "USD per million tokens, from 0 to 1000000";
  if (!price.value().is_number()) return price.refuse(wanted);
  json::error_code error;
  const auto usd = price.value().to_number<double>(error);
  if (error || !(usd >= 0) || usd > kDearest) return price.refuse(wanted);
  return micros_of(usd);
}

Result<ConfiguredModel> read_model(const Look& model) {
  CHELA_TRY(model.want_object());
  ConfiguredModel read;
  CHELA_TRY(auto id, model["id"].text());
  if (!id || id->empty()) return model["id"].refuse("the model's id");
  read.id = std::move(*id);
  CHELA_TRY(auto name, model["name"].text());
  read.name = name.value_or(read.id);
  CHELA_TRY(model["cost"].want_object());
  CHELA_TRY(read.cost.input, read_price(model["cost"]["input"]));
  CHELA_TRY(read.cost.output, read_price(model["cost"]["output"]));
  CHELA_TRY(read.cost.cache_read, read_price(model["cost"]["cacheRead"]));
  CHELA_TRY(read.cost.cache_write, read_price(model["cost"]["cacheWrite"]));
  CHELA_TRY(read.context_window, model["contextWindow"].whole(1, kMostTokens));
  CHELA_TRY(read.max_tokens, model["maxTokens"].whole(1, kMostTokens));
  CHELA_TRY(const auto reasoning, model["reasoning"].flag());
  read.reasoning = reasoning.value_or(false);
  CHELA_TRY(read.input, model["input"].texts());
  return read;
}

Result<ConfiguredProvider> read_provider(const std::string& id, const Look& provider,
                                         const Look& root, std::vector<std::string>& notes) {
  CHELA_TRY(provider.want_object());
  ConfiguredProvider read;
  read.id = id;
  CHELA_TRY(auto base_url, provider["baseUrl"].text());
  if (!base_url || base_url->empty()) notes.push_back(provider.note("has no baseUrl"));
  read.base_url = base_url.value_or("");
  CHELA_TRY(auto api, provider["api"].text());
  read.api = api.value_or("");
  if (const auto key = provider["apiKey"]; key.exists() && key.raw() != json::value("")) {
    CHELA_TRY(read.api_key, read_secret(key, root, true));
    using Kind = SecretText::Kind;
    if (read.api_key->kind == Kind::literal)
      notes.push_back(key.note("a secret in plain text; better a ${NAME}"));
    if (read.api_key->kind == Kind::foreign)
      notes.push_back(key.note("only OpenClaw can resolve it (" + read.api_key->text + ")"));
  }
  CHELA_TRY(provider["headers"].want_object());
  for (const auto& [name, header] : provider["headers"].members()) {
    CHELA_TRY(auto value, read_secret(header, root, false));
    read.headers.emplace_back(name, std::move(value));
  }
  CHELA_TRY(const auto auth_header, provider["authHeader"].flag());
  read.auth_header = auth_header.value_or(false);
  CHELA_TRY(read.timeout_seconds, provider["timeoutSeconds"].whole(1, kMostSeconds));
  CHELA_TRY(provider["models"].want_list());
  for (const auto& model : provider["models"].items()) {
    CHELA_TRY(auto one, read_model(model));
    const bool is_twice = std::any_of(read.models.begin(), read.models.end(),
                                      [&](const auto& other) { return other.id == one.id; });
    if (is_twice) {
      notes.push_back(model.note("the model is there already; the first one holds"));
    } else {
      read.models.push_back(std::move(one));
    }
  }
  return read;
}

}  // namespace

bool is_variable_name(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  // The underscore tells OPENAI_API_KEY from a key that happens to be in capitals.
  return text.size() > 2 && text.find('_') != std::string_view::npos &&
         kLetters.find(text[0]) != std::string_view::npos &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

Result<SecretText> read_secret(const Look& secret, const Look& root, bool allows_bare_name) {
  using Kind = SecretText::Kind;
  const json::value& raw = secret.raw();
  if (raw.is_string()) {
    const std::string text(raw.get_string());
    if (const auto name = only_variable(text)) return SecretText{Kind::reference, "env:" + *name};
    if (allows_bare_name && is_variable_name(text))
      return SecretText{Kind::reference, "env:" + text};
    if (has_variable(text)) return SecretText{Kind::mixed, text};
    return SecretText{Kind::literal, std::string(secret.value().get_string())};  // $${ undone
  }
  const auto source = find_string(raw, "source");
  const auto id = find_string(raw, "id");
  if (!source || !id || id->empty()) return secret.refuse("a text or {source, provider, id}");
  const auto provider = get_string(raw, "provider", "default");
  if (*source == "env") return SecretText{Kind::reference, "env:" + *id};
  if (id->starts_with("op://")) return SecretText{Kind::reference, *id};
  if (*source == "file") {
    const auto settings = root["secrets"]["providers"][provider];
    if (settings.exists() && get_string(settings.value(), "mode", "json") == "singleValue") {
      if (const auto path = find_string(settings.value(), "path"); path && !path->empty())
        return SecretText{Kind::reference, "file:" + *path};
    }
  }
  return SecretText{Kind::foreign, *source + " " + provider + " " + *id};
}

Result<std::vector<ConfiguredProvider>> read_providers(const Look& root,
                                                       std::vector<std::string>& notes) {
  CHELA_TRY(root["models"].want_object());
  CHELA_TRY(root["models"]["providers"].want_object());
  std::vector<ConfiguredProvider> providers;
  for (const auto& [id, provider] : root["models"]["providers"].members()) {
    CHELA_TRY(auto read, read_provider(id, provider, root, notes));
    providers.push_back(std::move(read));
  }
  return providers;
}

}  // namespace chela::config
