// `chela secret test REF`: reads one secret, says what was tried, and never shows it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <optional>

#include "app/setup.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "services/clock.h"
#include "services/redact.h"
#include "services/secrets.h"

namespace chela::cli {
namespace {

namespace asio = boost::asio;

constexpr Duration kLongestTimeout = std::chrono::minutes(10);

Result<Duration> timeout_of(const std::string& text) {
  CHELA_TRY(const Duration timeout, parse_duration(text));
  if (timeout > Duration(0) && timeout <= kLongestTimeout) return timeout;
  return fail(ErrorCode::invalid_argument,
              "--timeout: wanted more than 0s and at most 10m, found " + format_duration(timeout));
}

services::SecretSettings settings_for(const Global& global, Duration timeout,
                                      services::Redactor& redactor) {
  auto settings = services::secret_settings_of_process();
  settings.programs.timeout = timeout;
  const auto paths = app::find_paths(global.where);
  settings.programs.token_files.front() = (paths.config_dir.path / "op-token").string();
  settings.programs.redact = [&redactor](std::string_view text) { return redactor.redact(text); };
  // One that is too short is not repeated by op either, as far as anybody can tell.
  settings.on_value = [&redactor](std::string_view name, std::string_view value) {
    static_cast<void>(redactor.add(name, value));
  };
  return settings;
}

services::SecretOutcome read_once(services::SecretSettings settings, services::SecretRef ref) {
  const services::SystemClock clock;
  asio::io_context io(1);
  services::Secrets secrets(std::move(settings), clock);
  std::optional<services::SecretOutcome> result;
  asio::co_spawn(io, secrets.get(std::move(ref)),
                 [&](const std::exception_ptr& thrown, services::SecretOutcome outcome) {
                   if (thrown) std::rethrow_exception(thrown);
                   result.emplace(std::move(outcome));
                 });
  io.run();
  return std::move(*result);
}

void print_steps(const std::string& reference, const services::SecretRef& ref,
                 const services::SecretOutcome& outcome) {
  std::printf("%s (%s)\n", tinted(Tone::bold, reference).c_str(), services::name_of(ref.source));
  for (const auto& step : outcome.steps) {
    std::printf("  %s  %s: %s\n",
                step.is_ok ? tinted(Tone::good, "ok  ").c_str() : tinted(Tone::bad, "FAIL").c_str(),
                step.what.c_str(), base::printable(step.how, 400).c_str());
  }
  if (outcome.ok()) {
    std::printf("ok: %s\n", services::describe_value(outcome.value->size()).c_str());
    return;
  }
  std::printf("%s: %s\n", services::name_of(outcome.state()),
              services::name_of(outcome.failure->cause));
}

}  // namespace

int run_secret_test(const Global& global, const SecretCommand& command) {
  const auto timeout = timeout_of(command.timeout);
  if (!timeout) return report(timeout.error());
  const auto home = app::home_folder();
  const auto ref = services::parse_secret_ref(command.reference, home);
  if (!ref) {
    if (!global.json) return report(ref.error());
    services::SecretOutcome outcome;
    outcome.failure = services::SecretFailure{services::SecretCause::bad_reference,
                                              "read the reference", ref.error().message, ""};
    print_json(services::to_json("", outcome));
    return exit_code_of(ref.error());
  }
  const std::string reference = services::to_string(*ref);
  services::Redactor redactor;
  const auto outcome = read_once(settings_for(global, *timeout, redactor), *ref);
  if (global.json) {
    print_json(services::to_json(reference, outcome));
  } else {
    print_steps(reference, *ref, outcome);
  }
  if (outcome.ok()) return kOk;
  const Error error = services::to_error(reference, *outcome.failure);
  return global.json ? exit_code_of(error) : report(error);
}

}  // namespace chela::cli
