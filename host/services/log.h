// The host's log: one line per event, redacted, into a rotating file and, if wanted, to standard
// error.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "services/clock.h"

namespace chela::services {

enum class LogLevel { debug, info, warn, error };

// Applied to every finished line, and before to each text that is cut. Has to be safe to call from
// any thread that logs (calls are serial).
using Redact = std::function<std::string(std::string_view)>;

// One value of a line: text is quoted where it has blanks, quotes or control characters; numbers
// and bools are bare.
class LogValue {
 public:
  LogValue(bool value) : value_(value) {}
  LogValue(std::integral auto value) : value_(static_cast<std::int64_t>(value)) {}
  LogValue(double value) : value_(value) {}
  LogValue(std::string_view value) : value_(value) {}
  LogValue(const char* value) : value_(std::string_view(value)) {}
  LogValue(const std::string& value) : value_(std::string_view(value)) {}
  // Text as `redact` leaves it.
  void append_to(std::string& line, const Redact& redact) const;

 private:
  std::variant<bool, std::int64_t, double, std::string_view> value_;
};

struct LogField {
  std::string_view key;
  LogValue value;
};

struct LogSettings {
  std::string file;  // absolute, usually <state_dir>/logs/chela.log; folders are made (0700); empty
                     // = no file
  bool to_stderr = false;
  LogLevel level = LogLevel::info;  // lines below it are dropped
  std::size_t max_file_bytes = 5u << 20;
  std::size_t max_files = 3;  // chela.log, chela.1.log, chela.2.log
};

// Never fails and never throws: a line that cannot be written (full disk, no permission) is dropped
// and counted, and the next line that can be written says so. Nothing is created before the first
// line. [any-thread]
class Log {
 public:
  // `clock` must outlive the log. An empty `redact` means shapes only (Redactor without values).
  Log(LogSettings settings, const Clock& clock, Redact redact = {});
  ~Log();

  // 2026-11-22T05:40:11.123Z info check.done id=check.email findings=2 ms=381
  void event(LogLevel level, std::string_view name, std::initializer_list<LogField> fields = {});

  // `text` as the log would show it: for what goes elsewhere, an error or a record, and must hide
  // the same. Redact first and cut then: of half a secret nobody can tell.
  std::string redacted(std::string_view text) const;

  bool is_enabled(LogLevel level) const;
  void set_redact(Redact redact);
  std::uint64_t dropped() const;  // lines that were lost since the start

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What one call of a plugin may log: lines up to a cap, then the count of what was dropped, written
// at the end of the call. One per call. [one-thread]
class PluginLog {
 public:
  // Lines are `plugin.log id=<instance> text="..."`. `log` must outlive it.
  PluginLog(Log& log, std::string instance, std::uint64_t max_lines = 100);
  PluginLog(const PluginLog&) = delete;
  PluginLog& operator=(const PluginLog&) = delete;
  ~PluginLog();  // finish()

  // `level` as chela.log/1 numbers it; others count as info. At most 2,000 bytes of `message` are
  // kept.
  void write(std::int32_t level, std::string_view message);
  // Writes `plugin.log_dropped id=<instance> lines=N` if any were, and starts anew.
  void finish();

 private:
  Log& log_;
  std::string instance_;
  std::uint64_t max_lines_;
  std::uint64_t lines_ = 0;
};

}  // namespace chela::services
