#include "managers.h"

#include "program.h"
#include "units.h"

namespace check_system {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::Result;

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMostServices = 200;  // whose results are asked for

// One service manager and how it is asked.
struct Desk {
  chela::Host& host;
  const ManagerSettings& settings;
  bool is_user = false;

  std::string name() const { return is_user ? "user" : "system"; }

  // There while the manager runs. A root host lets a program run as the owner of its folder, so for
  // a user's manager this is also where the program starts.
  std::string folder() const {
    return is_user ? settings.user_folder + "/systemd" : "/run/systemd/system";
  }

  Result<std::string> ask(const std::vector<std::string>& words) const {
    chela::ExecRequest request;
    request.argv = {settings.systemctl};
    if (is_user) {
      request.argv.push_back("--user");
      // By the user's bus. The manager's own socket (XDG_RUNTIME_DIR/systemd/private) is refused by
      // systemctl where it sees no process at the other end, as in a pid namespace.
      request.env = {{"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + settings.user_folder + "/bus"}};
      request.cwd = folder();
    }
    request.argv.push_back("--no-pager");
    request.argv.insert(request.argv.end(), words.begin(), words.end());
    request.timeout = kPatience;
    CHELA_TRY(Answer answer, ask_well(host, std::move(request)));
    return std::move(answer.out);
  }

  Result<std::vector<Unit>> ask_failed() const {
    CHELA_TRY(const std::string text, ask({"list-units", "--failed", "--output=json"}));
    return parse_failed_units(text);
  }

  Result<std::vector<Timer>> ask_timers() const {
    CHELA_TRY(const std::string text, ask({"list-timers", "--output=json"}));
    return parse_timers(text);
  }

  // What became of the services that failed or that a timer starts.
  Result<std::map<std::string, Service>> ask_services(const std::vector<Unit>& failed,
                                                      const std::vector<Timer>& timers) const {
    std::vector<std::string> words{
        "show", "--property=Id,Result,ActiveState,ExecMainStatus,StateChangeTimestamp,TriggeredBy",
        "--"};
    const auto most = words.size() + kMostServices;
    const auto add = [&](const std::string& unit) {
      if (unit.ends_with(".service") && words.size() < most) words.push_back(unit);
    };
    for (const auto& unit : failed) add(unit.name);
    for (const auto& timer : timers) add(timer.service);
    if (words.back() == "--") return std::map<std::string, Service>();
    CHELA_TRY(const std::string text, ask(words));
    return parse_services(text);
  }

  Outcome cannot_tell(const chela::Error& error) const {
    return {{}, "", "units of the " + name() + ": " + error.message};
  }
};

// `promises` is what the last run kept and what the next one gets.
void look(const Desk& desk, Promises& promises, Round& round) {
  const std::string units_part = "units:" + desk.name(), timers_part = "timers:" + desk.name();
  const auto give_up = [&](const chela::Error& error) {
    round.take(units_part, desk.cannot_tell(error));
    round.take(timers_part, desk.cannot_tell(error));
  };
  const auto info = desk.host.files().stat(desk.folder());
  if (!info && info.error().code == ErrorCode::not_found) return;
  if (!info) return give_up(info.error());
  const auto failed = desk.ask_failed();
  if (!failed) return give_up(failed.error());
  const auto timers = desk.ask_timers();
  const auto known = timers ? *timers : std::vector<Timer>();
  Manager manager{desk.is_user, {}, desk.settings.ignored};
  // A service that waits to be started again is found only where both can be asked.
  std::string why_not_all = timers ? "" : desk.cannot_tell(timers.error()).cannot_tell;
  if (auto services = desk.ask_services(*failed, known)) {
    manager.services = std::move(*services);
  } else {
    if (!why_not_all.empty()) why_not_all += "; ";
    why_not_all += "results of services of the " + desk.name() + ": " + services.error().message;
  }
  round.take(units_part, judge_units(manager, *failed, known), why_not_all);
  round.take(timers_part, timers ? judge_timers(manager, known, promises, round.now_ms, round.pause)
                                 : desk.cannot_tell(timers.error()));
}

}  // namespace

void look_at_managers(chela::Host& host, const ManagerSettings& settings, Round& round) {
  const auto* kept = chela::find(round.cursor, "timers");
  json::object next;
  for (const bool is_user : {false, true}) {
    const Desk desk{host, settings, is_user};
    auto promises = parse_promises(kept == nullptr ? nullptr : chela::find(*kept, desk.name()));
    put_off(promises, round.pause);  // also where the timers cannot be asked now
    look(desk, promises, round);
    if (!promises.empty()) next[desk.name()] = to_json(promises);
  }
  if (!next.empty()) round.state["timers"] = std::move(next);
}

}  // namespace check_system
