// What a C++ plugin asks of the host: one method per service operation, errors as values.
//
// Every call checks the manifest's grant in the host. A service that this host does not offer
// answers `unimplemented`; in `isolation: host` those that wait answer `failed_precondition`.
// [instance-serial]
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/duration.h"
#include "chela/http.h"
#include "chela/internal/service.h"
#include "chela/json.h"
#include "chela/sign.h"
#include "chela/stream.h"
#include "chela/utf8.h"

namespace chela {

struct FileBytes {
  std::string bytes;
  std::string version;     // for Files::replace
  std::uint64_t size = 0;  // of the whole file, in bytes
  Timestamp modified{};
  bool is_truncated = false;  // `bytes` is only its head
};

struct FileInfo {
  std::string type;  // file, directory, symlink, other
  std::uint64_t size = 0;
  Timestamp modified{};
  std::string version;
};

struct DiskUsage {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t available_bytes = 0;  // free for ordinary users
  std::uint64_t total_inodes = 0;     // 0 where the file system does not count them
  std::uint64_t free_inodes = 0;
  double free_percent() const {
    return total_bytes == 0
               ? 0
               : 100.0 * static_cast<double>(available_bytes) / static_cast<double>(total_bytes);
  }
  double free_inodes_percent() const {
    return total_inodes == 0
               ? 100
               : 100.0 * static_cast<double>(free_inodes) / static_cast<double>(total_inodes);
  }
};

// All texts are UTF-8: they travel inside JSON.
struct ExecRequest {
  std::vector<std::string> argv{};  // argv[0] is a program name that the manifest allows
  std::string cwd{};                // absolute; empty = /
  std::vector<std::pair<std::string, std::string>> env{};
  std::string input{};  // its standard input
  Duration timeout = std::chrono::seconds(10);
  std::uint64_t max_output_bytes = 1u << 20;
};

struct ExecReply {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  bool timed_out = false;
  bool is_truncated = false;
  std::string out{};
  std::string err{};
};

class Log {
 public:
  explicit Log(const chela_host* host)
      : host_(host), table_(internal::service<chela_log_v1>(host, CHELA_SERVICE_LOG)) {}
  void debug(std::string_view message) const { write(CHELA_LOG_DEBUG, message); }
  void info(std::string_view message) const { write(CHELA_LOG_INFO, message); }
  void warn(std::string_view message) const { write(CHELA_LOG_WARN, message); }
  void error(std::string_view message) const { write(CHELA_LOG_ERROR, message); }

 private:
  void write(std::int32_t level, std::string_view message) const {
    if (CHELA_HAS(table_, chela_log_v1, write)) table_->write(host_, level, internal::str(message));
  }
  const chela_host* host_;
  const chela_log_v1* table_;
};

class Clock {
 public:
  explicit Clock(const chela_host* host)
      : host_(host), table_(internal::service<chela_clock_v1>(host, CHELA_SERVICE_CLOCK)) {}
  Timestamp now() const {
    if (CHELA_HAS(table_, chela_clock_v1, now_ms))
      return internal::timestamp(table_->now_ms(host_));
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }

 private:
  const chela_host* host_;
  const chela_clock_v1* table_;
};

class State {
 public:
  explicit State(const chela_call* call)
      : call_(call), table_(internal::service<chela_state_v1>(call->host, CHELA_SERVICE_STATE)) {}

  // not_found where the key was never set.
  Result<std::string> get(std::string_view key) const {
    if (!CHELA_HAS(table_, chela_state_v1, get)) return internal::not_offered(CHELA_SERVICE_STATE);
    internal::StringSink value, error;
    CHELA_TRY(
        internal::check_status(table_->get(call_, internal::str(key), &value, &error), error.text));
    return value.text;
  }
  Result<void> set(std::string_view key, std::string_view value) const {
    if (!CHELA_HAS(table_, chela_state_v1, set)) return internal::not_offered(CHELA_SERVICE_STATE);
    internal::StringSink error;
    return internal::check_status(
        table_->set(call_, internal::str(key), internal::str(value), &error), error.text);
  }
  Result<void> remove(std::string_view key) const {
    if (!CHELA_HAS(table_, chela_state_v1, remove))
      return internal::not_offered(CHELA_SERVICE_STATE);
    internal::StringSink error;
    return internal::check_status(table_->remove(call_, internal::str(key), &error), error.text);
  }

 private:
  const chela_call* call_;
  const chela_state_v1* table_;
};

struct ReadOptions {
  std::uint64_t max_bytes = 0;  // 0 = the host's cap of 8 MiB
  Duration quiet{0};            // wait until nobody has touched the file for so long
};

class Files {
 public:
  explicit Files(const chela_call* call)
      : call_(call), table_(internal::service<chela_files_v1>(call->host, CHELA_SERVICE_FILES)) {}

  Result<FileBytes> read(std::string_view path, const ReadOptions& options = {}) const {
    if (!CHELA_HAS(table_, chela_files_v1, read)) return internal::not_offered(CHELA_SERVICE_FILES);
    internal::StringSink bytes, info, error;
    CHELA_TRY(
        internal::check_status(table_->read(call_, internal::str(path), options.max_bytes,
                                            static_cast<std::uint32_t>(std::clamp<std::int64_t>(
                                                options.quiet.count(), 0, UINT32_MAX)),
                                            &bytes, &info, &error),
                               error.text));
    CHELA_TRY(const json::value document, parse_json(info.text));
    FileBytes file;
    file.bytes = std::move(bytes.text);
    file.version = get_string(document, "version");
    file.size = static_cast<std::uint64_t>(get_int(document, "size"));
    file.modified = internal::timestamp(get_int(document, "modified_ms"));
    file.is_truncated = get_bool(document, "truncated");
    return file;
  }

  // not_found where there is nothing.
  Result<FileInfo> stat(std::string_view path) const {
    if (!CHELA_HAS(table_, chela_files_v1, stat)) return internal::not_offered(CHELA_SERVICE_FILES);
    CHELA_TRY(const json::value document, ask(table_->stat, path));
    return FileInfo{
        get_string(document, "type"), static_cast<std::uint64_t>(get_int(document, "size")),
        internal::timestamp(get_int(document, "modified_ms")), get_string(document, "version")};
  }

  // Names in a directory, sorted; the first 10,000 where there are more.
  Result<std::vector<std::string>> list(std::string_view path) const {
    if (!CHELA_HAS(table_, chela_files_v1, list)) return internal::not_offered(CHELA_SERVICE_FILES);
    CHELA_TRY(const json::value document, ask(table_->list, path));
    std::vector<std::string> names;
    const auto* entries = find(document, "entries");
    if (entries == nullptr || !entries->is_array()) return names;
    for (const auto& entry : entries->get_array()) names.push_back(get_string(entry, "name"));
    return names;
  }

  Result<DiskUsage> disk_usage(std::string_view path) const {
    if (!CHELA_HAS(table_, chela_files_v1, disk_usage))
      return internal::not_offered(CHELA_SERVICE_FILES);
    CHELA_TRY(const json::value document, ask(table_->disk_usage, path));
    const auto number = [&](std::string_view key) {
      return static_cast<std::uint64_t>(get_int(document, key));
    };
    return DiskUsage{number("total_bytes"), number("free_bytes"), number("available_bytes"),
                     number("total_inodes"), number("free_inodes")};
  }

  // Returns the new version; `aborted` where somebody changed the file since `base_version` was
  // read.
  Result<std::string> replace(std::string_view path, std::string_view base_version,
                              std::string_view bytes) const {
    if (!CHELA_HAS(table_, chela_files_v1, replace))
      return internal::not_offered(CHELA_SERVICE_FILES);
    internal::StringSink info, error;
    CHELA_TRY(internal::check_status(
        table_->replace(call_, internal::str(path), internal::str(base_version),
                        internal::str(bytes), &info, &error),
        error.text));
    CHELA_TRY(const json::value document, parse_json(info.text));
    return get_string(document, "version");
  }

 private:
  using Question = decltype(chela_files_v1::stat);  // list and disk_usage look the same
  Result<json::value> ask(Question question, std::string_view path) const {
    internal::StringSink info, error;
    CHELA_TRY(
        internal::check_status(question(call_, internal::str(path), &info, &error), error.text));
    return parse_json(info.text);
  }

  const chela_call* call_;
  const chela_files_v1* table_;
};

class Exec {
 public:
  explicit Exec(const chela_call* call)
      : call_(call), table_(internal::service<chela_exec_v1>(call->host, CHELA_SERVICE_EXEC)) {}

  // A program that ran and failed is a reply; an Error means that it could not be run.
  Result<ExecReply> run(const ExecRequest& request) const {
    if (!CHELA_HAS(table_, chela_exec_v1, run)) return internal::not_offered(CHELA_SERVICE_EXEC);
    bool is_text = is_utf8(request.cwd) && is_utf8(request.input);
    json::object env;
    for (const auto& [name, value] : request.env) {
      is_text = is_text && is_utf8(name) && is_utf8(value);
      env[name] = value;
    }
    json::array argv;
    for (const auto& word : request.argv) {
      is_text = is_text && is_utf8(word);
      argv.emplace_back(word);
    }
    // A replaced byte would name another file than the one that was meant.
    if (!is_text)
      return fail(ErrorCode::invalid_argument, CHELA_SERVICE_EXEC
                  ": wanted UTF-8 in argv, env, cwd and stdin, found other bytes");
    json::object document{{"argv", std::move(argv)},
                          {"env", std::move(env)},
                          {"timeout_ms", request.timeout.count()},
                          {"max_output_bytes", request.max_output_bytes}};
    if (!request.cwd.empty()) document["cwd"] = request.cwd;
    if (!request.input.empty()) document["stdin"] = request.input;
    internal::StringSink out, err, info, error;
    CHELA_TRY(internal::check_status(
        table_->run(call_, internal::str(json::serialize(document)), &out, &err, &info, &error),
        error.text));
    CHELA_TRY(const json::value outcome, parse_json(info.text));
    ExecReply reply;
    reply.exit_code = static_cast<int>(get_int(outcome, "exit_code", -1));
    reply.signal = static_cast<int>(get_int(outcome, "signal"));
    reply.timed_out = get_bool(outcome, "timed_out");
    reply.is_truncated = get_bool(outcome, "truncated");
    reply.out = std::move(out.text);
    reply.err = std::move(err.text);
    return reply;
  }

 private:
  const chela_call* call_;
  const chela_exec_v1* table_;
};

class Board {
 public:
  explicit Board(const chela_call* call)
      : call_(call), table_(internal::service<chela_board_v1>(call->host, CHELA_SERVICE_BOARD)) {}

  // Tasks in the given states (all where empty), each
  // {"id","title","state","priority","needs","last_activity",..}.
  Result<json::array> list(const std::vector<std::string>& states = {}) const {
    if (!CHELA_HAS(table_, chela_board_v1, list)) return internal::not_offered(CHELA_SERVICE_BOARD);
    json::object query;
    if (!states.empty()) query["states"] = json::array(states.begin(), states.end());
    internal::StringSink tasks, error;
    CHELA_TRY(internal::check_status(
        table_->list(call_, internal::str(json::serialize(query)), &tasks, &error), error.text));
    CHELA_TRY(const json::value document, parse_json(tasks.text));
    const auto* list = find(document, "tasks");
    return list != nullptr && list->is_array() ? list->get_array() : json::array();
  }

 private:
  const chela_call* call_;
  const chela_board_v1* table_;
};

// The host during one call.
class Host {
 public:
  Host(const chela_call* call, json::value request) : call_(call), request_(std::move(request)) {}

  Log log() const { return Log(call_->host); }
  Clock clock() const { return Clock(call_->host); }
  State state() const { return State(call_); }
  Files files() const { return Files(call_); }
  Exec exec() const { return Exec(call_); }
  Board board() const { return Board(call_); }
  Http http() const { return Http(call_); }
  Streams streams() const { return Streams(call_); }
  Sign sign() const { return Sign(call_); }

  // The document of this call, e.g. a chela.check.request/1.
  const json::value& request() const { return request_; }
  // What the check returned as its cursor last time; null on the first run. Lives as long as this
  // Host, so that find(host.cursor(), "seen") may be kept during the run.
  const json::value& cursor() const {
    const auto* cursor = find(request_, "cursor");
    return cursor == nullptr ? no_cursor_ : *cursor;
  }
  // Hands out a document before the result; what becomes of it is the topic's affair: what a
  // notifier emits as "stdout", {"text": ".."}, the host prints; for "wait" see ask_to_wait().
  // cancelled: nobody listens any more.
  Result<void> emit(std::string_view topic, const json::value& document) const {
    if (!CHELA_HAS(call_, chela_call, emit))
      return fail(ErrorCode::unimplemented, "this host takes no events from a plugin");
    const std::string text = replace_invalid_utf8(json::serialize(document));
    return internal::check_status(call_->emit(call_, internal::str(topic), internal::str(text)),
                                  "the host takes no event '" + std::string(topic) + "'");
  }
  // True where the host wants no more of this call: return soon.
  bool is_cancelled() const {
    return CHELA_HAS(call_, chela_call, cancelled) && call_->cancelled(call_) != 0;
  }

 private:
  const chela_call* call_;
  json::value request_;
  json::value no_cursor_;
};

}  // namespace chela
