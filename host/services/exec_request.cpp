// The documents of chela.exec/1, and which environment variables a plugin may not set.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "chela/json.h"
#include "services/exec.h"

namespace chela::services {
namespace {

tl::unexpected<Error> refuse(const std::string& where, const std::string& wanted) {
  return fail(ErrorCode::invalid_argument, "exec request: " + where + ": wanted " + wanted);
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

Result<std::string> text_of(const json::value& value, const std::string& where) {
  if (!value.is_string() || has_nul(value.get_string())) {
    return refuse(
        where, "a text without NUL bytes, found " + base::printable(json::serialize(value), 100));
  }
  return std::string(value.get_string());
}

Result<void> take_count(const json::value& document, const char* key, std::int64_t& into) {
  const auto* member = find(document, key);
  if (member == nullptr) return {};
  const auto number = get_int(document, key, -1);
  if (number < 0) {
    return refuse(key, "a number from 0, found " + base::printable(json::serialize(*member), 100));
  }
  into = number;
  return {};
}

}  // namespace

bool is_refused_variable(std::string_view name) {
  // GIT_CONFIG_* is no more than `git -c`, which argv may hold anyway, and safe.directory needs it.
  constexpr std::array<std::string_view, 16> prefixes{
      "LD_",   "DYLD_",   "BASH_FUNC_", "GLIBC_",  "MALLOC_", "PYTHON", "PERL", "RUBY",
      "NODE_", "GIT_SSH", "GIT_PROXY",  "GIT_EXE", "GIT_EXT", "JAVA_",  "LUA_", "ASAN_"};
  constexpr std::array<std::string_view, 23> names{"GCONV_PATH",
                                                   "LOCPATH",
                                                   "NLSPATH",
                                                   "HOSTALIASES",
                                                   "RES_OPTIONS",
                                                   "RESOLV_HOST_CONF",
                                                   "BASH_ENV",
                                                   "BASHOPTS",
                                                   "SHELLOPTS",
                                                   "ENV",
                                                   "PS4",
                                                   "IFS",
                                                   "PATH",
                                                   "CDPATH",
                                                   "TMPDIR",
                                                   "EDITOR",
                                                   "VISUAL",
                                                   "PAGER",
                                                   "GIT_PAGER",
                                                   "GIT_EDITOR",
                                                   "GIT_SEQUENCE_EDITOR",
                                                   "GIT_ASKPASS",
                                                   "GIT_TEMPLATE_DIR"};
  if (name.empty() || name.find('=') != name.npos || has_nul(name)) return true;
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](auto prefix) { return name.starts_with(prefix); }) ||
         std::find(names.begin(), names.end(), name) != names.end();
}

Result<ExecRequest> parse_exec_request(std::string_view text) {
  CHELA_TRY(const json::value document, parse_json(text));
  ExecRequest request;
  const auto* argv = find(document, "argv");
  if (argv == nullptr || !argv->is_array() || argv->get_array().empty()) {
    return refuse("argv", "a list with a program's name at least");
  }
  for (const auto& word : argv->get_array()) {
    CHELA_TRY(request.argv.emplace_back(), text_of(word, "argv"));
  }
  if (const auto* env = find(document, "env")) {
    if (!env->is_object()) return refuse("env", "an object of texts");
    for (const auto& member : env->get_object()) {
      CHELA_TRY(std::string value, text_of(member.value(), "env." + std::string(member.key())));
      request.env.emplace_back(member.key(), std::move(value));
    }
  }
  if (const auto* cwd = find(document, "cwd")) {
    CHELA_TRY(request.cwd, text_of(*cwd, "cwd"));
  }
  if (const auto* input = find(document, "stdin")) {
    if (!input->is_string()) return refuse("stdin", "a text");
    request.input = std::string(input->get_string());
  }
  std::int64_t timeout_ms = request.timeout.count();
  std::int64_t output_bytes = static_cast<std::int64_t>(request.max_output_bytes);
  CHELA_TRY(take_count(document, "timeout_ms", timeout_ms));
  CHELA_TRY(take_count(document, "max_output_bytes", output_bytes));
  request.timeout = Duration(std::min<std::int64_t>(timeout_ms, 24 * 3600 * 1000));
  if (output_bytes > 0) request.max_output_bytes = static_cast<std::uint64_t>(output_bytes);
  return request;
}

std::string exec_info(const ExecOutcome& outcome) {
  json::object info;
  if (outcome.signal == 0) info["exit_code"] = outcome.exit_code;
  if (outcome.signal != 0) info["signal"] = outcome.signal;
  if (outcome.timed_out) info["timed_out"] = true;
  if (outcome.is_truncated) info["truncated"] = true;
  return json::serialize(info);
}

}  // namespace chela::services
