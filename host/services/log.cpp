#include "services/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <mutex>

#include "base/text.h"
#include "services/redact.h"

namespace chela::services {
namespace {

constexpr std::size_t kMaxTextBytes = 2000;
constexpr std::size_t kMaxLineBytes = 16 * 1024;

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

void append_text(std::string& line, std::string_view text, const Redact& redact) {
  std::string shown = base::printable(text, kMaxTextBytes);
  // Cut, or with a blank for a line end, a secret is not known any more when the line is redacted.
  if (shown != text) shown = base::printable(redact(text), kMaxTextBytes);
  if (!shown.empty() && shown.find_first_of(" \"\\=") == std::string::npos) {
    line += shown;
    return;
  }
  line += '"';
  for (const char c : shown) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

// "2026-11-22T05:40:11.123Z"
std::string stamp(Timestamp time) {
  std::string text = base::format_utc(time);
  const auto ms = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(ms));
  text.replace(text.size() - 1, 1, fraction);
  return text;
}

void make_folders(const std::string& file) {
  for (auto slash = file.find('/', 1); slash != std::string::npos;
       slash = file.find('/', slash + 1)) {
    ::mkdir(file.substr(0, slash).c_str(), 0700);  // where it fails, opening the file will say so
  }
}

}  // namespace

void LogValue::append_to(std::string& line, const Redact& redact) const {
  if (const auto* flag = std::get_if<bool>(&value_)) line += *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value_)) line += std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value_)) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, *number).ptr;
    line.append(text, end);
  }
  if (const auto* text = std::get_if<std::string_view>(&value_)) append_text(line, *text, redact);
}

struct Log::State {
  State(LogSettings wanted, const Clock& wall, Redact hook)
      : settings(std::move(wanted)), clock(wall), redact(std::move(hook)) {}

  void write(const std::string& line);
  void write_file(const std::string& line);

  const LogSettings settings;
  const Clock& clock;
  std::atomic<std::uint64_t> dropped{0};
  std::mutex mutex;
  Redact redact;                                               // guarded by mutex
  std::uint64_t dropped_and_untold = 0;                        // guarded by mutex
  std::unique_ptr<spdlog::sinks::rotating_file_sink_st> file;  // guarded by mutex
};

// spdlog throws where the disk is full or the folder closed to us; it ends here, the line is
// counted.
void Log::State::write_file(const std::string& line) try {
  if (!file) {
    make_folders(settings.file);
    file = std::make_unique<spdlog::sinks::rotating_file_sink_st>(
        settings.file, settings.max_file_bytes, settings.max_files - 1);
    file->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    ::chmod(settings.file.c_str(), 0600);
  }
  const auto put = [&](const std::string& text) {
    file->log(spdlog::details::log_msg("", spdlog::level::info, text));
    file->flush();
  };
  if (dropped_and_untold > 0) {
    put(line.substr(0, line.find(' ')) +
        " warn log.dropped lines=" + std::to_string(dropped_and_untold));
    dropped_and_untold = 0;
  }
  put(line);
} catch (const std::exception&) {
  file.reset();
  ++dropped_and_untold;
  ++dropped;
}

void Log::State::write(const std::string& line) {
  if (!settings.file.empty()) write_file(line);
  if (!settings.to_stderr) return;
  const std::string text = line + "\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) <
                    0);  // a closed terminal is no reason to end
}

Log::Log(LogSettings settings, const Clock& clock, Redact redact)
    : state_(std::make_unique<State>(std::move(settings), clock, std::move(redact))) {
  if (!state_->redact)
    state_->redact = [](std::string_view text) { return Redactor().redact(text); };
}

Log::~Log() = default;

bool Log::is_enabled(LogLevel level) const {
  return level >= state_->settings.level;
}

void Log::event(LogLevel level, std::string_view name, std::initializer_list<LogField> fields) {
  if (!is_enabled(level)) return;
  const std::lock_guard lock(state_->mutex);
  std::string line = stamp(state_->clock.now()) + " " + name_of(level) + " ";
  line += name;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    field.value.append_to(line, state_->redact);
  }
  state_->write(base::printable(state_->redact(line), kMaxLineBytes));
}

std::string Log::redacted(std::string_view text) const {
  const std::lock_guard lock(state_->mutex);
  return state_->redact(text);
}

void Log::set_redact(Redact redact) {
  const std::lock_guard lock(state_->mutex);
  state_->redact = std::move(redact);
}

std::uint64_t Log::dropped() const {
  return state_->dropped;
}

PluginLog::PluginLog(Log& log, std::string instance, std::uint64_t max_lines)
    : log_(log), instance_(std::move(instance)), max_lines_(max_lines) {}

PluginLog::~PluginLog() {
  finish();
}

void PluginLog::write(std::int32_t level, std::string_view message) {
  if (level < 0 || level > 3) level = 1;
  if (!log_.is_enabled(static_cast<LogLevel>(level))) return;
  if (++lines_ > max_lines_) return;
  log_.event(static_cast<LogLevel>(level), "plugin.log", {{"id", instance_}, {"text", message}});
}

void PluginLog::finish() {
  if (lines_ > max_lines_) {
    log_.event(LogLevel::warn, "plugin.log_dropped",
               {{"id", instance_}, {"lines", lines_ - max_lines_}});
  }
  lines_ = 0;
}

}  // namespace chela::services
