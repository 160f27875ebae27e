#include "bot.h"

#include <charconv>

#include "reply.h"

namespace trading {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr std::size_t kMostSigns = 16;
constexpr std::chrono::seconds kPatience{5};

chela::Error refusal(const std::string& what) {
  return {ErrorCode::invalid_argument,
          "bot: " + what +
              "; wanted for each entry one of unit (perhaps with user: true), pidfile, file with "
              "max_age, positions"};
}

bool is_unit_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  return name.size() <= 255 && name.find('.') != std::string_view::npos && name.front() != '-' &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<void> read_sign(const json::value& entry, BotSettings& settings) {
  int named = 0;
  const auto member = [&](const char* name) {
    const std::string text = chela::get_string(entry, name);
    named += text.empty() ? 0 : 1;
    return text;
  };
  const std::string unit = member("unit"), pidfile = member("pidfile"), file = member("file"),
                    positions = member("positions"), age = chela::get_string(entry, "max_age");
  if (named != 1) return fail(refusal("an entry names " + std::to_string(named) + " things"));
  const bool is_user = chela::get_bool(entry, "user");
  if (is_user && unit.empty()) return fail(refusal("user belongs to a unit"));
  if (file.empty() != age.empty()) return fail(refusal("file and max_age belong together"));
  if (!unit.empty() && !is_unit_name(unit))
    return fail(refusal("'" + word(unit) + "' is no unit's name such as trader.service"));
  if (!unit.empty()) {
    settings.signs.push_back(
        {is_user ? BotSign::Kind::user_unit : BotSign::Kind::unit, unit, Duration(0)});
  }
  if (!pidfile.empty()) settings.signs.push_back({BotSign::Kind::process, pidfile, Duration(0)});
  if (!positions.empty()) settings.holdings.push_back(positions);
  if (file.empty()) return {};
  const auto max_age = chela::parse_duration(age);
  if (!max_age || *max_age <= Duration(0))
    return fail(refusal("max_age '" + word(age) + "' is no duration such as 10m"));
  settings.signs.push_back({BotSign::Kind::file, file, *max_age});
  return {};
}

// Calls a method of the service manager and gives what busctl printed.
Result<chela::ExecReply> call_manager(chela::Host& host, const BotSettings& settings, bool is_user,
                                      const std::vector<std::string>& method) {
  chela::ExecRequest request;
  request.argv = {settings.busctl,
                  is_user ? "--user" : "--system",
                  "--json=short",
                  "call",
                  "org.freedesktop.systemd1",
                  "/org/freedesktop/systemd1",
                  "org.freedesktop.systemd1.Manager"};
  request.argv.insert(request.argv.end(), method.begin(), method.end());
  if (is_user) {
    request.env = {{"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + settings.user_manager + "/bus"}};
    // A root host lets a program run as the owner of the folder where it starts.
    request.cwd = settings.user_manager + "/systemd";
  }
  request.timeout = kPatience;
  auto reply = host.exec().run(request);
  if (!reply) return fail(reply.error().code, "busctl: " + reply.error().message);
  if (reply->timed_out) return fail(ErrorCode::deadline_exceeded, "busctl took longer than 5 s");
  if (reply->signal != 0)
    return fail(ErrorCode::unavailable,
                "busctl was ended by signal " + std::to_string(reply->signal));
  return reply;
}

chela::Error complaint(const chela::ExecReply& reply) {
  return {ErrorCode::unavailable,
          "busctl: " + word(reply.err.substr(0, reply.err.find('\n')), 200)};
}

// What is wrong, "" where it lives.
Result<std::string> look_at_unit(chela::Host& host, const BotSettings& settings,
                                 const BotSign& sign) {
  const bool is_user = sign.kind == BotSign::Kind::user_unit;
  CHELA_TRY(const auto reply,
            call_manager(host, settings, is_user, {"ListUnitsByNames", "as", "1", sign.subject}));
  if (reply.exit_code != 0) return fail(complaint(reply));
  CHELA_TRY(const std::string state, parse_unit_state(reply.out));
  // One that is being reloaded works on; one that is being started may be so for the tenth time.
  if (state == "active" || state == "reloading" || state == "refreshing") return std::string();
  return "unit " + sign.subject + " is " + word(state, 40);
}

Result<std::string> look_at_process(chela::Host& host, const BotSettings& settings,
                                    const BotSign& sign) {
  const auto file = host.files().read(sign.subject, {.max_bytes = 64});
  if (!file && file.error().code == ErrorCode::not_found)
    return "there is no pid file " + sign.subject;
  if (!file) return fail(file.error());
  const auto pid = parse_pid(file->bytes);
  if (!pid) return fail(pid.error().code, sign.subject + ": " + pid.error().message);
  CHELA_TRY(const auto reply,
            call_manager(host, settings, false, {"GetUnitByPID", "u", std::to_string(*pid)}));
  if (reply.exit_code == 0) return std::string();
  // systemd says of a process that is not there: "PID 4711 does not belong to any loaded unit."
  if (reply.err.find("does not belong") == std::string::npos &&
      reply.err.find("No such process") == std::string::npos)
    return fail(complaint(reply));
  return "process " + std::to_string(*pid) + " of " + sign.subject + " is gone";
}

Result<std::string> look_at_file(chela::Host& host, const BotSign& sign) {
  const auto info = host.files().stat(sign.subject);
  if (!info && info.error().code == ErrorCode::not_found)
    return "file " + sign.subject + " is not there";
  if (!info) return fail(info.error());
  const Duration age = host.clock().now() - info->modified;
  if (age <= sign.max_age) return std::string();
  return "file " + sign.subject + " was last written " + chela::describe_duration(age) + " ago";
}

Result<std::string> look_at(chela::Host& host, const BotSettings& settings, const BotSign& sign) {
  if (sign.kind == BotSign::Kind::file) return look_at_file(host, sign);
  if (sign.kind == BotSign::Kind::process) return look_at_process(host, settings, sign);
  return look_at_unit(host, settings, sign);
}

}  // namespace

Result<BotSettings> read_bot_settings(const chela::Config& config) {
  BotSettings settings;
  settings.busctl = config.get("busctl", "busctl");
  settings.user_manager = config.get("user_manager");
  const auto* list = chela::find(config.value(), "bot");
  if (list == nullptr || !list->is_array()) return settings;
  if (list->get_array().size() > kMostSigns) return fail(refusal("more than 16 entries"));
  for (const auto& entry : list->get_array()) CHELA_TRY(read_sign(entry, settings));
  return settings;
}

BotLook look_at_bot(chela::Host& host, const BotSettings& settings) {
  BotLook look;
  for (const auto& sign : settings.signs) {
    const auto trouble = look_at(host, settings, sign);
    if (!trouble) {
      look.unknown.push_back("bot:" + sign.subject);
      look.cannot_tell += (look.cannot_tell.empty() ? "" : "; ") + trouble.error().message;
    } else if (!trouble->empty()) {
      look.dead.push_back({"bot:" + sign.subject, *trouble});
    }
  }
  return look;
}

Result<std::string> parse_unit_state(std::string_view text) {
  const auto document = chela::parse_json(text);
  const auto* data = document ? chela::find(*document, "data") : nullptr;
  const auto* units = data == nullptr || !data->is_array() || data->get_array().size() != 1
                          ? nullptr
                          : data->get_array()[0].if_array();
  const auto* unit = units == nullptr || units->size() != 1 ? nullptr : (*units)[0].if_array();
  // name, description, load state, active state, ..
  if (unit == nullptr || unit->size() < 4 || !(*unit)[3].is_string())
    return fail(ErrorCode::data_loss, "busctl: wanted one unit in JSON, found something else");
  // One that was misspelt is inactive as well; this says more.
  if ((*unit)[2] == "not-found") return std::string("not known to systemd");
  return std::string((*unit)[3].get_string());
}

Result<std::int64_t> parse_pid(std::string_view text) {
  std::int64_t pid = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), pid);
  const std::string_view rest(read.ptr,
                              static_cast<std::size_t>(text.data() + text.size() - read.ptr));
  if (read.ec != std::errc() || pid <= 0 || pid > UINT32_MAX ||
      rest.find_first_not_of(" \t\r\n") != std::string_view::npos)
    return fail(ErrorCode::data_loss, "wanted the number of a process, found something else");
  return pid;
}

}  // namespace trading
