#include "services/secret_op.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "services/secret_file.h"
#include "services/secret_op_text.h"
#include "services/secret_program.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;

constexpr const char* kTokenVariable = "OP_SERVICE_ACCOUNT_TOKEN";
constexpr const char* kTokenCredential = "op-service-account-token";
constexpr const char* kSignIn = "sign in";
constexpr const char* kFindOp = "find op";

SecretRead failed(SecretFailure failure, std::vector<SecretStep> steps) {
  SecretRead read;
  steps.push_back({failure.step, failure.message, false});
  read.failure = std::move(failure);
  read.steps = std::move(steps);
  return read;
}

std::string value_of(const SecretEnv& env, const std::string& name) {
  return env(name).value_or("");
}

void pass_on(const SecretEnv& env, const std::string& name, std::vector<std::string>& list) {
  const auto value = env(name);
  if (value && !value->empty()) list.push_back(name + "=" + *value);
}

// The first executable file of that name in PATH, with its links resolved.
std::string in_path(const std::string& path, const std::string& name) {
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string folder(rest.substr(0, colon));
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    if (!folder.starts_with('/')) continue;
    std::error_code error;
    const auto real = std::filesystem::canonical(folder + "/" + name, error);
    if (error || !std::filesystem::is_regular_file(real, error)) continue;
    if (::access(real.c_str(), X_OK) == 0) return real.string();
  }
  return "";
}

ProgramReport report_of(const ProgramEnd& end, Duration timeout) {
  return {end.fate, end.exit_code, end.signal, timeout, end.why_not_started};
}

std::string expanded(const std::string& path, const SecretEnv& env) {
  return path.starts_with("~/") ? value_of(env, "HOME") + path.substr(1) : path;
}

// op's first line as it may be shown. Whatever it printed as a value must not stand there.
std::string quotable(const ProgramEnd& end,
                     const std::function<std::string(std::string_view)>& redact) {
  if (!redact) return "";
  const auto line = op_message(end.err.view());
  if (line.empty()) return "";
  if (!end.out.is_empty() && line.find(end.out.view().substr(0, 6)) != std::string_view::npos) {
    return "";
  }
  return base::printable(redact(line), 200);
}

}  // namespace

// How `op` is let in.
struct OnePassword::SignIn {
  SecretString token;  // empty: without one
  std::string from;    // "the credential op-service-account-token", for words
  bool is_connect = false;
  bool has_token() const { return !token.is_empty() || is_connect; }
};

std::optional<SecretFailure> OnePassword::find_op(std::vector<SecretStep>& steps) {
  if (op_.empty()) op_ = in_path(value_of(programs_.env, "PATH"), "op");
  if (op_.empty()) {
    return SecretFailure{SecretCause::not_installed, kFindOp, "op is not installed (not in PATH)",
                         "install the 1Password CLI, or name the secret by file: or env:"};
  }
  if (auto failure = check_program(op_, programs_.owners)) {
    failure->step = kFindOp;
    if (failure->cause == SecretCause::not_found) failure->cause = SecretCause::not_installed;
    op_.clear();
    return failure;
  }
  steps.push_back({kFindOp, base::printable(op_, 300)});
  return std::nullopt;
}

std::optional<SecretFailure> OnePassword::sign_in(SignIn& how,
                                                  std::vector<SecretStep>& steps) const {
  const auto& env = programs_.env;
  if (!value_of(env, "OP_CONNECT_HOST").empty() && !value_of(env, "OP_CONNECT_TOKEN").empty()) {
    how.is_connect = true;
    how.from = "OP_CONNECT_TOKEN";
    steps.push_back(
        {kSignIn, "by 1Password Connect (OP_CONNECT_HOST and OP_CONNECT_TOKEN are set)"});
    return std::nullopt;
  }
  SecretRead read;
  if (auto token = env(kTokenVariable); token && !token->empty()) {
    how.from = std::string("the variable ") + kTokenVariable;
    read.value = SecretString::copy_of(*token);
    wipe(*token);
  } else if (!value_of(env, "CREDENTIALS_DIRECTORY").empty()) {
    how.from = std::string("the credential ") + kTokenCredential;
    read = read_credential(env, kTokenCredential, programs_.owners);
  }
  for (const auto& file : programs_.token_files) {
    const bool is_absent = read.failure && read.failure->cause == SecretCause::not_found;
    if (!read.value.is_empty() || (read.failure && !is_absent)) break;
    how.from = expanded(file, env);
    read = read_secret_file(how.from, "", FileUse::secret, programs_.owners);
  }
  if (read.failure && read.failure->cause != SecretCause::not_found) {
    read.failure->step = kSignIn;
    read.failure->message = "the service-account token: " + read.failure->message;
    return read.failure;
  }
  if (read.value.is_empty()) {
    steps.push_back({kSignIn, "as the user of this machine (no service-account token found)"});
    return std::nullopt;
  }
  if (!read.value.view().starts_with("ops_")) {
    return SecretFailure{SecretCause::bad_token, kSignIn,
                         "what " + base::printable(how.from, 300) +
                             " holds is no service-account token (those begin with ops_)",
                         "put the token there, alone"};
  }
  steps.push_back({kSignIn, "by the service-account token of " + base::printable(how.from, 300)});
  how.token = std::move(read.value);
  return std::nullopt;
}

std::vector<std::string> OnePassword::environment(const SignIn& how) const {
  std::vector<std::string> list;
  for (const char* name : {"HOME", "PATH", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"}) {
    pass_on(programs_.env, name, list);
  }
  for (const auto& name : programs_.op_variables) {
    if (name != kTokenVariable && name.starts_with("OP_")) pass_on(programs_.env, name, list);
  }
  if (how.token.is_empty()) return list;
  std::string variable;
  variable.reserve(64 + how.token.size());  // in one piece, so that no copy is left behind
  variable.append(kTokenVariable).append("=").append(how.token.view());
  list.push_back(std::move(variable));
  // Looking for the desktop app is what makes op hang, and nobody wants its prompt on a server.
  for (const char* name : {"OP_LOAD_DESKTOP_APP_SETTINGS", "OP_BIOMETRIC_UNLOCK_ENABLED"}) {
    list.push_back(std::string(name) + "=false");
  }
  return list;
}

asio::awaitable<SecretRead> OnePassword::read(std::string reference) {
  std::vector<SecretStep> steps;
  SignIn how;
  auto at_start = find_op(steps);
  if (!at_start) at_start = sign_in(how, steps);
  if (at_start) {
    at_start->is_of_all_op = true;
    co_return failed(std::move(*at_start), std::move(steps));
  }
  if (on_token_ && !how.token.is_empty()) on_token_(how.token.view());
  ProgramRequest request;
  request.program = op_;
  request.argv = {"op", "read", "--no-newline", reference};
  request.env = environment(how);
  request.timeout = programs_.timeout;
  ProgramEnd end = co_await run_secret_program(std::move(request));
  if (end.fate == ProgramFate::absent) op_.clear();

  OpContext context;
  context.reference = reference;
  context.has_token = how.has_token();
  context.token_from = base::printable(how.from, 300);
  if (end.exit_code != 0) context.quotable = quotable(end, programs_.redact);
  auto failure = judge_op(report_of(end, programs_.timeout), end.err.view(), context);
  if (!failure) failure = judge_value(end.out, "op read");
  if (failure) co_return failed(std::move(*failure), std::move(steps));
  SecretRead read;
  steps.push_back({"op read", "answered"});
  read.value = SecretString::copy_of(end.out.view());
  read.steps = std::move(steps);
  co_return read;
}

asio::awaitable<SecretRead> read_from_program(const SecretPrograms& programs, SecretRef ref) {
  std::vector<SecretStep> steps;
  if (auto failure = check_program(ref.name, programs.owners)) {
    if (failure->cause == SecretCause::not_found) failure->cause = SecretCause::not_installed;
    co_return failed(std::move(*failure), std::move(steps));
  }
  steps.push_back({"look at the program", base::printable(ref.name, 300)});
  ProgramRequest request;
  request.program = ref.name;
  request.argv = ref.argv;
  // What password stores of a desktop need to find their files and their agent; no OP_.. and no
  // keys.
  for (const char* name :
       {"HOME", "PATH", "USER", "LANG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
        "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "PASSWORD_STORE_DIR"}) {
    pass_on(programs.env, name, request.env);
  }
  request.timeout = programs.timeout;
  ProgramEnd end = co_await run_secret_program(std::move(request));
  auto failure = judge_program(report_of(end, programs.timeout), base::printable(ref.name, 300));
  if (!failure) failure = judge_value(end.out, "run the program");
  if (failure) co_return failed(std::move(*failure), std::move(steps));
  SecretRead read;
  steps.push_back({"run the program", "it answered"});
  read.value = SecretString::copy_of(end.out.view());
  read.steps = std::move(steps);
  co_return read;
}

SecretRead read_credential(const SecretEnv& env, const std::string& name,
                           const std::vector<uid_t>& owners) {
  const std::string folder = value_of(env, "CREDENTIALS_DIRECTORY");
  if (!folder.starts_with('/')) {
    return failed({SecretCause::not_found, "find the credentials",
                   "there is no CREDENTIALS_DIRECTORY: chela was not started by systemd with it",
                   "give the unit LoadCredential=" + name + ":/path of the secret"},
                  {});
  }
  SecretRead read = read_secret_file(folder + "/" + name, "", FileUse::credential, owners);
  if (read.failure && read.failure->cause == SecretCause::not_found) {
    read.failure->remedy = "give the unit LoadCredential=" + name + ":/path of the secret";
  }
  return read;
}

}  // namespace chela::services
