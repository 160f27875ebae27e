#include "worker/lock_down.h"

#include "worker/seccomp_filter.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <iterator>

namespace chela::worker {
namespace {

// <sys/prctl.h> of Debian 12 does not have them (kernel 6.3).
constexpr int set_mdwe = 65;
constexpr unsigned long mdwe_refuse_exec_gain = 1;

constexpr int landlock_abi_with_scopes = 6;

struct LayerName {
  const char* name;
  bool Layers::*member;
};
constexpr LayerName layer_names[] = {{"rlimits", &Layers::rlimits},
                                     {"dumpable_off", &Layers::dumpable_off},
                                     {"mdwe", &Layers::mdwe},
                                     {"landlock", &Layers::landlock},
                                     {"seccomp", &Layers::seccomp}};

Result<void> call_prctl(const char* name, int option, unsigned long value) {
  if (::prctl(option, value, 0, 0, 0) == 0) return {};
  return fail(ErrorCode::failed_precondition, std::string(name) + ": " + std::strerror(errno));
}

std::vector<PathRule> optional(PathAccess access, std::initializer_list<const char*> paths) {
  std::vector<PathRule> rules;
  for (const char* path : paths) rules.push_back({path, access, true});
  return rules;
}

void append(std::vector<PathRule>& all, std::vector<PathRule> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// What a library needs to be linked and to know the time. Mapping code needs no more than reading;
// without `execute` nothing here can be run.
std::vector<PathRule> plugin_paths() {
  return optional(PathAccess::read,
                  {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime"});
}

// What any program needs to start and to look up its user; /dev and /etc in single files.
std::vector<PathRule> program_paths(bool has_gate) {
  auto rules = optional(PathAccess::read_and_execute, {"/usr", "/bin", "/sbin", "/lib", "/lib64"});
  append(rules, optional(PathAccess::read,
                         {"/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/etc/passwd",
                          "/etc/group", "/etc/nsswitch.conf", "/etc/gitconfig", "/etc/locale.alias",
                          "/dev/zero", "/dev/urandom", "/dev/random"}));
  append(rules, optional(PathAccess::read_and_write, {"/dev/null"}));
  if (has_gate) {
    append(rules, optional(PathAccess::read,
                           {"/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services",
                            "/etc/protocols", "/etc/ssl", "/etc/ca-certificates"}));
  }
  return rules;
}

// In a pid namespace of its own a program reaches nobody else with signals, whichever of its
// processes it is that asks.
Result<void> load_program_filters(const LockDownRequest& request, const Enforced& enforced) {
  const pid_t first = request.has_gate ? ::getppid() : ::getpid();
  const bool signals_stay_inside = first == 1 || enforced.landlock_abi >= landlock_abi_with_scopes;
  if (!signals_stay_inside) CHELA_TRY(load_filter(SeccompProfile::no_signals));
  return load_filter(request.has_gate ? SeccompProfile::gated_program : SeccompProfile::program);
}

class LockDown {
 public:
  explicit LockDown(const LockDownRequest& request) : request_(request) {}

  Result<Enforced> run() {
    enforced_.namespaces = base::own_namespace_ids();
    enforced_.layers = {false, false, false, false, false};
    if (request_.layers.rlimits) {
      CHELA_TRY(enforced_.limits, set_limits(request_.limits));
      // Each further malloc arena reserves 64 to 128 MiB of address space: eight threads used up
      // RLIMIT_AS and thread creation failed now and then.
      if (request_.profile == Profile::plugin) ::mallopt(M_ARENA_MAX, 1);
      enforced_.layers.rlimits = true;
    }
    // Both filters below need it, and no set-uid program gives anything any more.
    CHELA_TRY(call_prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1));
    if (request_.layers.dumpable_off) {
      put_on(&Layers::dumpable_off, call_prctl("PR_SET_DUMPABLE", PR_SET_DUMPABLE, 0));
    }
    if (request_.layers.mdwe && request_.profile == Profile::plugin) {
      put_on(&Layers::mdwe, call_prctl("PR_SET_MDWE", set_mdwe, mdwe_refuse_exec_gain));
    }
    if (request_.layers.landlock) CHELA_TRY(put_on_landlock());
    if (request_.layers.seccomp && !request_.has_gate) put_on(&Layers::seccomp, load_filters());
    CHELA_TRY(check_required());
    return std::move(enforced_);
  }

 private:
  void put_on(bool Layers::*layer, const Result<void>& outcome) {
    enforced_.layers.*layer = outcome.has_value();
    if (!outcome) enforced_.missing.push_back(outcome.error().message);
  }

  // A path that is not there fails even where a missing Landlock would not: it is the caller's
  // mistake.
  Result<void> put_on_landlock() {
    const int abi = std::min(landlock_abi(), request_.max_landlock_abi);
    const bool is_program = request_.profile == Profile::program;
    auto rules = is_program ? program_paths(request_.has_gate) : plugin_paths();
    if (is_program) append(rules, request_.paths);
    const auto outcome = restrict_paths(rules, abi, request_.tcp_ports);
    if (!outcome && outcome.error().code != ErrorCode::failed_precondition) return outcome;
    put_on(&Layers::landlock, outcome);
    enforced_.landlock_abi = outcome ? abi : 0;
    return {};
  }

  Result<void> load_filters() const {
    if (request_.profile == Profile::plugin) return load_filter(SeccompProfile::plugin);
    return load_program_filters(request_, enforced_);
  }

  Result<void> check_required() const {
    if (request_.confinement == Confinement::best_effort) return {};
    const bool is_filtered = enforced_.layers.seccomp || request_.has_gate;
    if (enforced_.layers.landlock && is_filtered) return {};
    std::string reasons;
    for (const auto& reason : enforced_.missing) reasons += "; " + reason;
    return fail(ErrorCode::failed_precondition,
                std::string("confinement is required, but not in force: ") +
                    (enforced_.layers.landlock ? "" : "Landlock ") +
                    (is_filtered ? "" : "seccomp ") + reasons);
  }

  const LockDownRequest& request_;
  Enforced enforced_;
};

}  // namespace

Result<Layers> parse_layers(std::string_view text) {
  if (text == "all") return Layers{};
  Layers layers{false, false, false, false, false};
  if (text == "none") return layers;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const auto* layer = std::find_if(std::begin(layer_names), std::end(layer_names),
                                     [&](const auto& known) { return word == known.name; });
    if (layer == std::end(layer_names)) {
      return fail(
          ErrorCode::invalid_argument,
          "layers: wanted rlimits, dumpable_off, mdwe, landlock, seccomp, all or none, found '" +
              std::string(word) + "'");
    }
    layers.*(layer->member) = true;
  }
  return layers;
}

json::object Enforced::to_json() const {
  json::object list;
  for (const auto& layer : layer_names) list[layer.name] = layers.*(layer.member);
  return {{"layers", std::move(list)},
          {"limits", {{"memory", limits.memory}, {"processes", limits.processes}}},
          {"landlock_abi", landlock_abi},
          {"namespaces",
           {{"user", namespaces.user},
            {"net", namespaces.net},
            {"ipc", namespaces.ipc},
            {"pid", namespaces.pid}}},
          {"missing", json::array(missing.begin(), missing.end())}};
}

Result<Enforced> lock_down(const LockDownRequest& request) {
  return LockDown(request).run();
}

Result<void> load_program_filter(const LockDownRequest& request, const Enforced& enforced) {
  if (!request.layers.seccomp) return {};
  const auto loaded = load_program_filters(request, enforced);
  if (loaded || request.confinement == Confinement::best_effort) return {};
  return fail(loaded.error().code,
              "confinement is required, but not in force: " + loaded.error().message);
}

}  // namespace chela::worker
