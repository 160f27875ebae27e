// The Gemini API's own judgement of a request, written down from its contract: for tests and for
// stand-ins of the service. Stricter than the service where it forgives what is a mistake of ours.
//
// Source: ai.google.dev/api (fields), ai.google.dev/gemini-api/docs (thinking, thought signatures,
// function calling, file input methods), messages as recorded from the service.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "chela/provider.h"
#include "google_rules_contents.h"

namespace chela::testing::google {

struct Refusal {
  int status = 400;
  std::string name{};  // "INVALID_ARGUMENT"
  std::string message{};
  std::string reason{};  // of google.rpc.ErrorInfo, "" for none

  // As the service writes it.
  json::object body() const {
    json::object error{{"code", status}, {"message", message}, {"status", name}};
    if (!reason.empty()) {
      error["details"] = json::array{
          json::object{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", reason}}};
    }
    return {{"error", std::move(error)}};
  }
};

// Fills `names`. `parameters` is the older dialect, of which too much is refused to be used.
inline Problem check_tools(const json::value* tools, std::set<std::string>& names) {
  if (tools == nullptr) return {};
  if (!tools->is_array() || tools->get_array().empty()) return "tools: wanted a list.";
  for (const auto& tool : tools->get_array()) {
    if (auto problem = only(tool, "tools", {"functionDeclarations"}); !problem.empty())
      return problem;
    const auto* functions = find(tool, "functionDeclarations");
    if (functions == nullptr || !functions->is_array() || functions->get_array().empty())
      return "tools[0].function_declarations: wanted a list.";
    for (const auto& function : functions->get_array()) {
      const std::string where = "tools[0].function_declarations";
      if (auto problem = only(function, where, {"name", "description", "parametersJsonSchema"});
          !problem.empty())
        return problem;
      const std::string name = get_string(function, "name");
      if (!is_function_name(name))
        return where + ".name: Invalid function name. Must start with a letter or an underscore.";
      if (!names.insert(name).second) return "Duplicate function declaration found: " + name;
      const auto* schema = find(function, "parametersJsonSchema");
      if (schema != nullptr && !schema->is_object())
        return where + ".parameters_json_schema: wanted an object.";
    }
  }
  return {};
}

inline Problem check_tool_config(const json::value* config, const std::set<std::string>& names) {
  if (config == nullptr) return {};
  if (names.empty()) return "Function calling config is set without function_declarations.";
  if (auto problem = only(*config, "tool_config", {"functionCallingConfig"}); !problem.empty())
    return problem;
  const auto* calling = find(*config, "functionCallingConfig");
  if (calling == nullptr) return "tool_config: is empty.";
  if (auto problem = only(*calling, "tool_config", {"mode", "allowedFunctionNames"});
      !problem.empty())
    return problem;
  const std::string mode = get_string(*calling, "mode");
  if (mode != "AUTO" && mode != "ANY" && mode != "NONE" && mode != "VALIDATED")
    return "Invalid value at 'tool_config.function_calling_config.mode'";
  if (find(*calling, "allowedFunctionNames") == nullptr) return {};
  if (mode != "ANY" && mode != "VALIDATED")
    return "Please set allowed_function_names only when function calling mode is ANY.";
  for (const auto& name : get_strings(*calling, "allowedFunctionNames")) {
    if (!names.contains(name)) return "allowed_function_names: unknown function " + name;
  }
  return {};
}

inline Problem check_level(const std::string& level, std::string_view model) {
  const bool is_flash = model.find("flash") != std::string_view::npos;
  const bool is_first_pro = model.starts_with("gemini-3-pro");
  const bool fits = level == "LOW" || level == "HIGH" || (level == "MEDIUM" && !is_first_pro) ||
                    (level == "MINIMAL" && is_flash);
  return fits ? "" : "Thinking level " + level + " is not supported for this model.";
}

inline Problem check_budget(std::int64_t budget, std::string_view model) {
  const bool is_pro = model.find("pro") != std::string_view::npos;
  const bool is_lite = model.find("lite") != std::string_view::npos;
  const std::int64_t least = is_pro ? 128 : is_lite ? 512 : 1;
  const std::int64_t most = is_pro ? 32768 : 24576;
  const bool is_off = budget == 0 && !is_pro;
  if (is_off || budget == -1 || (budget >= least && budget <= most)) return {};
  return "The thinking budget " + std::to_string(budget) +
         " is invalid. Please choose a value between " + std::to_string(least) + " and " +
         std::to_string(most) + ".";
}

inline Problem check_thinking(const json::value& config, std::string_view model) {
  if (auto problem =
          only(config, "thinking_config", {"thinkingBudget", "thinkingLevel", "includeThoughts"});
      !problem.empty())
    return problem;
  const bool is_special = model.find("-image") != std::string_view::npos ||
                          model.find("-tts") != std::string_view::npos;
  const bool thinks =
      !is_special && (is_third_generation(model) || model.starts_with("gemini-2.5-"));
  if (!thinks) return "Thinking is not enabled for models/" + std::string(model);
  const auto* level = find(config, "thinkingLevel");
  const auto* budget = find(config, "thinkingBudget");
  if (level != nullptr && budget != nullptr)
    return "You can only set only one of thinking budget and thinking level.";
  if (level != nullptr && !is_third_generation(model))
    return "Thinking level is not supported for this model.";
  if (level != nullptr) return check_level(get_string(config, "thinkingLevel"), model);
  if (budget != nullptr) return check_budget(get_int(config, "thinkingBudget", -2), model);
  return {};
}

inline Problem check_generation(const json::value* config, std::string_view model) {
  if (config == nullptr) return {};
  if (auto problem = only(*config, "generation_config",
                          {"maxOutputTokens", "temperature", "topP", "topK", "stopSequences",
                           "thinkingConfig", "responseMimeType", "seed"});
      !problem.empty())
    return problem;
  if (find(*config, "maxOutputTokens") != nullptr && get_int(*config, "maxOutputTokens") < 1)
    return "max_output_tokens must be positive.";
  const auto within = [&](const char* key, double most) {
    const double value = get_double(*config, key, 0);
    return value >= 0 && value <= most;
  };
  if (!within("temperature", 2)) return "temperature must be in the range [0.0, 2.0].";
  if (!within("topP", 1)) return "top_p must be in the range [0.0, 1.0].";
  const auto stops = get_strings(*config, "stopSequences");
  if (stops.size() > 5) return "The number of stop sequences must be at most 5.";
  if (std::find(stops.begin(), stops.end(), "") != stops.end())
    return "stop_sequences: must not be empty.";
  const auto* thinking = find(*config, "thinkingConfig");
  return thinking == nullptr ? "" : check_thinking(*thinking, model);
}

inline Problem check_chat(const json::value& body, std::string_view model) {
  if (auto problem = only(body, "body",
                          {"contents", "systemInstruction", "tools", "toolConfig",
                           "generationConfig", "safetySettings", "cachedContent"});
      !problem.empty())
    return problem;
  if (auto problem = check_contents(find(body, "contents"), model); !problem.empty())
    return problem;
  if (const auto* system = find(body, "systemInstruction")) {
    if (auto problem = only(*system, "system_instruction", {"role", "parts"}); !problem.empty())
      return problem;
    const auto* parts = find(*system, "parts");
    if (parts == nullptr || !parts->is_array() || parts->get_array().empty())
      return "system_instruction.parts: must not be empty.";
    for (const auto& part : parts->get_array()) {
      if (auto problem = only(part, "system_instruction.parts", {"text"}); !problem.empty())
        return problem;
      if (auto problem = wants_text(part, "system_instruction.parts", "text"); !problem.empty())
        return problem;
    }
  }
  std::set<std::string> names;
  if (auto problem = check_tools(find(body, "tools"), names); !problem.empty()) return problem;
  if (auto problem = check_tool_config(find(body, "toolConfig"), names); !problem.empty())
    return problem;
  return check_generation(find(body, "generationConfig"), model);
}

inline Problem check_embed(const json::value& body, std::string_view model) {
  if (auto problem = only(body, "body", {"requests"}); !problem.empty()) return problem;
  const auto* requests = find(body, "requests");
  if (requests == nullptr || !requests->is_array() || requests->get_array().empty())
    return "* BatchEmbedContentsRequest.requests: requests is not specified";
  if (requests->get_array().size() > 100)
    return "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch";
  for (const auto& request : requests->get_array()) {
    if (auto problem =
            only(request, "requests", {"model", "content", "taskType", "outputDimensionality"});
        !problem.empty())
      return problem;
    if (get_string(request, "model") != "models/" + std::string(model))
      return "requests[].model: must be the model of the address.";
    const auto* size = find(request, "outputDimensionality");
    const auto dimensions = get_int(request, "outputDimensionality");
    if (size != nullptr && (dimensions < 1 || dimensions > 3072))
      return "output_dimensionality must be in the range [1, 3072].";
    const auto* content = find(request, "content");
    const auto* parts = content == nullptr ? nullptr : find(*content, "parts");
    if (parts == nullptr || !parts->is_array() || parts->get_array().size() != 1)
      return "requests[].content: wanted one part.";
    if (auto problem = wants_text(parts->get_array()[0], "requests[].content.parts", "text");
        !problem.empty())
      return problem;
  }
  return {};
}

// "gemini-2.5-flash" and "generateContent" out of ".../models/gemini-2.5-flash:generateContent".
struct Target {
  std::string version{};
  std::string model{};
  std::string method{};  // "" for the list of models
  std::string query{};
};

inline std::optional<Target> target_of(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host != std::string_view::npos) {
    url.remove_prefix(host + 3);
    url.remove_prefix(std::min(url.find('/'), url.size()));
  }
  Target target;
  if (const auto at = url.find('?'); at != std::string_view::npos) {
    target.query = std::string(url.substr(at + 1));
    url = url.substr(0, at);
  }
  const std::size_t models = url.find("/models");
  if (models == std::string_view::npos || models == 0) return std::nullopt;
  target.version = std::string(url.substr(1, models - 1));
  url.remove_prefix(models + std::string_view("/models").size());
  if (url.empty()) return target;
  const std::size_t colon = url.rfind(':');
  if (url.front() != '/' || colon == std::string_view::npos) return std::nullopt;
  target.model = std::string(url.substr(1, colon - 1));
  target.method = std::string(url.substr(colon + 1));
  return target;
}

// Headers that every request needs; `key`: the one that is good.
inline std::optional<Refusal> refuse_headers(const WireRequest& request, std::string_view key) {
  const auto header = [&](std::string_view name) -> std::string {
    for (const auto& [known, value] : request.headers) {
      if (known == name) return value;
    }
    return {};
  };
  const std::string given = header("x-goog-api-key");
  if (given.empty()) {
    return Refusal{403,
                   "PERMISSION_DENIED",
                   "Method doesn't allow unregistered callers (callers without established "
                   "identity). Please use API Key or other form of API consumer identity to call "
                   "this API.",
                   {}};
  }
  if (given != key) {
    return Refusal{400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                   "API_KEY_INVALID"};
  }
  if (!header("authorization").empty())
    return Refusal{401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", {}};
  if (request.method == "POST" && !header("content-type").starts_with("application/json"))
    return Refusal{400, "INVALID_ARGUMENT", "Invalid content type.", {}};
  return std::nullopt;
}

// What the service would refuse, nullopt where it would answer. `request.url` may be a whole
// address or path and query alone.
inline std::optional<Refusal> refuse(const WireRequest& request,
                                     std::string_view key = "{{secret:api_key}}") {
  const auto bad = [](std::string message) {
    return Refusal{400, "INVALID_ARGUMENT", std::move(message), {}};
  };
  if (auto refusal = refuse_headers(request, key)) return refusal;
  const auto target = target_of(request.url);
  if (!target || target->version != "v1beta")
    return Refusal{404, "NOT_FOUND", "The requested URL was not found on this server.", {}};
  if (target->query.find("key=") != std::string::npos)
    return bad("the key stands in the address, where it gets into logs");
  if (target->method.empty()) {
    if (request.method != "GET" || !request.body.empty()) return bad("models.list is a GET.");
    const bool is_known = target->query.empty() || target->query.starts_with("pageSize=") ||
                          target->query.starts_with("pageToken=");
    return is_known ? std::nullopt : std::optional(bad("Unknown query: " + target->query));
  }
  if (request.method != "POST") return bad("wanted POST.");
  const bool is_stream = target->method == "streamGenerateContent";
  if (!target->query.empty() && !(is_stream && target->query == "alt=sse"))
    return bad("Unknown query: " + target->query);
  const auto body = parse_json(request.body);
  if (!body || !body->is_object()) return bad("Invalid JSON payload received.");
  Problem problem;
  if (is_stream || target->method == "generateContent") {
    problem = check_chat(*body, target->model);
  } else if (target->method == "batchEmbedContents") {
    problem = check_embed(*body, target->model);
  } else {
    return Refusal{404, "NOT_FOUND", "unknown method " + target->method, {}};
  }
  return problem.empty() ? std::nullopt : std::optional(bad(problem));
}

}  // namespace chela::testing::google
