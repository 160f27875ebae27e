// Time zones: what the clock on the wall says, and when it will say something.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace chela::heartbeat {

struct LocalTime {
  std::chrono::local_days day;
  int minute = 0;  // of the day, 0..1439
  friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

// The stretch of time with one offset: local = UTC + offset for begin <= UTC < end.
struct OffsetSpan {
  Timestamp begin;
  Timestamp end;
  Duration offset{};  // positive east of UTC
};

// A value; copies share one table. The default is UTC and owns nothing.
class Zone {
 public:
  Zone() = default;

  const std::string& name()
      const;  // "UTC", "Europe/Berlin"; "local" where the system's zone has no name

  OffsetSpan span_at(Timestamp time) const;
  LocalTime to_local(Timestamp time) const;
  // The instant when a clock there shows `minute` (0..1440) of `day`. Where the clock skips it: the
  // first instant after the gap. Where the clock shows it twice: the earlier.
  Timestamp from_local(std::chrono::local_days day, int minute) const;

  // The same table, not merely equal rules: cheap, and enough for remembering spans.
  friend bool operator==(const Zone&, const Zone&) = default;

 private:
  struct Data;
  explicit Zone(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  friend struct ZoneMaker;

  // Shared: hundreds of windows name the same zone, and each is a plain copyable value.
  std::shared_ptr<const Data> data_;  // null = UTC
};

// Where zones are found; the default is this system.
struct ZoneSources {
  std::optional<std::string> tz;  // the environment's TZ
  std::string folder = "/usr/share/zoneinfo";
  std::string localtime = "/etc/localtime";
  std::string timezone = "/etc/timezone";

  static ZoneSources system();  // reads TZ and TZDIR
};

// "UTC", an IANA name ("Europe/Berlin"), or "local". Reads one file, nothing for UTC; the caller
// keeps the value. "local" is TZ (a name, a path or a POSIX rule); else /etc/localtime, which is
// what `date` shows, named by its link or by /etc/timezone where that agrees; else the zone that
// /etc/timezone names; else UTC. Fails with not_found (names the closest known zone),
// invalid_argument, data_loss (a broken zone file).
Result<Zone> find_zone(std::string_view name, const ZoneSources& sources = ZoneSources::system());

}  // namespace chela::heartbeat
