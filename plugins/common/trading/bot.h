// Whether the trading bot lives: a unit of systemd, a process by its pid file, or a file that it
// keeps touching.
//
// A confined check sees no processes. Units and processes are asked of the service manager through
// busctl (ListUnitsByNames, GetUnitByPID), whose answers do not depend on what the asking process
// can see.
#pragma once

#include <chela/check.h>

#include <string>
#include <vector>

#include "moments.h"

namespace trading {

struct BotSign {
  enum class Kind { unit, user_unit, process, file };
  Kind kind = Kind::unit;
  std::string subject{};  // the unit's name, the path of the pid file or of the file
  Duration max_age{};     // of a file
};

struct BotSettings {
  std::vector<BotSign> signs;         // all must hold
  std::vector<std::string> holdings;  // files in which the bot keeps what it believes it holds
  std::string busctl;                 // the program
  std::string user_manager;           // XDG_RUNTIME_DIR of the user whose manager is asked
};

// From the settings `bot`, `busctl` and `user_manager`. Each entry of `bot` is one of
//   {unit: trader.service, user: true}  {pidfile: /run/trader.pid}  {file: /srv/beat, max_age: 10m}
//   {positions: /srv/bot/positions.json}
chela::Result<BotSettings> read_bot_settings(const chela::Config& config);

struct BotLook {
  struct Trouble {
    std::string key;   // "bot:trader.service"
    std::string what;  // "unit trader.service is failed"
  };
  std::vector<Trouble> dead;
  std::vector<std::string> unknown;  // keys of the signs that could not be looked at
  std::string cannot_tell;           // why a sign could not be looked at; "" where all could
};
BotLook look_at_bot(chela::Host& host, const BotSettings& settings);

// What busctl prints for ListUnitsByNames with --json=short: the state of the one unit that was
// asked for ("active", "inactive", "failed", ..). data_loss where it is something else.
chela::Result<std::string> parse_unit_state(std::string_view text);
// The number in a pid file. data_loss where there is none.
chela::Result<std::int64_t> parse_pid(std::string_view text);

}  // namespace trading
