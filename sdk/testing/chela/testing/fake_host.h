// FakeHost: every service of the SDK in memory, remembering what was asked; for tests of plugins.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/host.h"
#include "chela/internal/door.h"
#include "chela/json.h"
#include "chela/testing/fake_net.h"

namespace chela::testing {

// Fill in what the world looks like, run the plugin, look at what it did. Not thread-safe.
class FakeHost : public chela_host {
 public:
  FakeHost()
      : chela_host{sizeof(chela_host), CHELA_ABI_MAJOR, CHELA_ABI_MINOR, 0,
                   &FakeHost::find_service} {}
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  struct File {
    std::string bytes;
    Timestamp modified{};
    std::uint64_t revision = 1;
  };
  struct Program {
    std::vector<std::string> argv_contains{};  // all of these words must be in the request's argv
    ExecReply reply{};
    std::optional<Error> error{};
  };

  // The world.
  Timestamp now{std::chrono::seconds(1'790'000'000)};
  std::map<std::string, File, std::less<>> files;       // by absolute path; directories are implied
  std::map<std::string, DiskUsage, std::less<>> disks;  // by path
  std::map<std::string, Error, std::less<>>
      file_errors;                // read/stat/list/replace/disk_usage of this path fail so
  std::vector<Program> programs;  // first match answers
  std::map<std::string, std::string, std::less<>> state;
  json::value board = json::object{{"tasks", json::array()}};
  std::optional<Error> board_error;
  // Asked before `http`, which follows where it says not_found: a way to a real server, or one that
  // judges requests.
  std::function<Result<FetchReply>(const json::value& request, const std::string& body)>
      http_handler;
  std::vector<FakeHttpAnswer> http;  // first match answers; none: not_found, with the request
  std::optional<FakeStreamServer> stream_server;  // none: unavailable
  // What chela.sign/1 gives back for a key, as base64; none: failed_precondition.
  std::function<Result<Signature>(const std::string& key, const std::string& algorithm,
                                  const std::string& text)>
      signer;
  std::set<std::string, std::less<>> missing_services;  // ids that this host does not offer
  bool is_cancelled = false;
  // Called before each replace(), so that a test can play the other writer.
  std::function<void(FakeHost&)> before_replace;

  // What the plugin did.
  std::vector<std::string> log_lines;  // "warn: text"
  std::vector<json::value> exec_requests;
  std::vector<json::value> http_requests;    // as abi/service/http.h shows them, and "body"
  std::vector<json::value> stream_requests;  // of open()
  std::string stream_written;                // all that was written to streams
  std::size_t open_streams = 0;
  std::vector<std::string> signed_texts;
  std::string failure;                                      // the last message given to call->fail
  std::vector<std::pair<std::string, std::string>> events;  // topic, json

  void put_file(const std::string& path, std::string bytes) {
    File& file = files[path];
    file.bytes = std::move(bytes);
    file.modified = now;
    ++file.revision;
  }

 private:
  static FakeHost& of(const chela_host* host) {
    return *const_cast<FakeHost*>(static_cast<const FakeHost*>(host));
  }
  static FakeHost& of(const chela_call* call) { return of(call->host); }

  static chela_status refuse(const Error& error, const chela_sink* sink) {
    if (sink != nullptr) sink->put(sink, internal::str(error.message));
    return static_cast<chela_status>(error.code);
  }
  static void put(const chela_sink* sink, const json::value& document) {
    sink->put(sink, internal::str(json::serialize(document)));
  }
  static std::string version_of(const File& file) { return "r" + std::to_string(file.revision); }

  const Error* error_for(std::string_view path) const {
    const auto found = file_errors.find(path);
    return found == file_errors.end() ? nullptr : &found->second;
  }
  bool is_directory(std::string_view path) const {
    const std::string prefix = std::string(path) + (path.ends_with('/') ? "" : "/");
    const auto at = files.lower_bound(prefix);
    return at != files.end() && at->first.starts_with(prefix);
  }

  static const void* find_service(const chela_host* self, chela_str id);
  static void log_write(const chela_host* host, std::int32_t level, chela_str message) {
    static constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
    const char* name = level >= 0 && level <= 3 ? kNames[level] : "?";
    of(host).log_lines.push_back(std::string(name) + ": " + std::string(internal::view(message)));
  }
  static std::int64_t now_ms(const chela_host* host) {
    return of(host).now.time_since_epoch().count();
  }

  static chela_status state_get(const chela_call* call, chela_str key, const chela_sink* value,
                                const chela_sink* error) {
    const auto found = of(call).state.find(internal::view(key));
    if (found == of(call).state.end()) {
      return refuse({ErrorCode::not_found, "no such key"}, error);
    }
    value->put(value, internal::str(found->second));
    return CHELA_OK;
  }
  static chela_status state_set(const chela_call* call, chela_str key, chela_str value,
                                const chela_sink* error) {
    if (key.size == 0 || key.size > 200)
      return refuse({ErrorCode::invalid_argument, "keys are 1..200 bytes"}, error);
    if (value.size > 64 * 1024)
      return refuse({ErrorCode::resource_exhausted, "values are at most 64 KiB"}, error);
    of(call).state[std::string(internal::view(key))] = std::string(internal::view(value));
    return CHELA_OK;
  }
  static chela_status state_remove(const chela_call* call, chela_str key, const chela_sink*) {
    of(call).state.erase(std::string(internal::view(key)));
    return CHELA_OK;
  }

  static chela_status files_read(const chela_call* call, chela_str path, std::uint64_t max_bytes,
                                 std::uint32_t, const chela_sink* bytes, const chela_sink* info,
                                 const chela_sink* error) {
    FakeHost& host = of(call);
    if (const Error* e = host.error_for(internal::view(path))) return refuse(*e, error);
    const auto found = host.files.find(internal::view(path));
    if (found == host.files.end()) {
      return refuse({ErrorCode::not_found, std::string(internal::view(path)) + ": no such file"},
                    error);
    }
    const File& file = found->second;
    const std::size_t size =
        max_bytes == 0 ? file.bytes.size() : std::min<std::size_t>(max_bytes, file.bytes.size());
    bytes->put(bytes, {file.bytes.data(), size});
    put(info, json::object{{"version", version_of(file)},
                           {"size", file.bytes.size()},
                           {"modified_ms", file.modified.time_since_epoch().count()},
                           {"truncated", size < file.bytes.size()}});
    return CHELA_OK;
  }
  static chela_status files_stat(const chela_call* call, chela_str path, const chela_sink* info,
                                 const chela_sink* error) {
    FakeHost& host = of(call);
    if (const Error* e = host.error_for(internal::view(path))) return refuse(*e, error);
    const auto found = host.files.find(internal::view(path));
    if (found != host.files.end()) {
      put(info, json::object{{"type", "file"},
                             {"size", found->second.bytes.size()},
                             {"modified_ms", found->second.modified.time_since_epoch().count()},
                             {"version", version_of(found->second)}});
      return CHELA_OK;
    }
    if (!host.is_directory(internal::view(path))) {
      return refuse({ErrorCode::not_found, std::string(internal::view(path)) + ": not there"},
                    error);
    }
    put(info, json::object{{"type", "directory"},
                           {"size", 0},
                           {"modified_ms", host.now.time_since_epoch().count()},
                           {"version", "d"}});
    return CHELA_OK;
  }
  static chela_status files_list(const chela_call* call, chela_str path, const chela_sink* info,
                                 const chela_sink* error) {
    FakeHost& host = of(call);
    if (const Error* e = host.error_for(internal::view(path))) return refuse(*e, error);
    const std::string prefix =
        std::string(internal::view(path)) + (internal::view(path).ends_with('/') ? "" : "/");
    std::map<std::string, const char*> types;  // by name, so sorted
    for (const auto& [name, file] : host.files) {
      if (!name.starts_with(prefix)) continue;
      const std::string rest = name.substr(prefix.size());
      const auto slash = rest.find('/');
      types[rest.substr(0, slash)] = slash == std::string::npos ? "file" : "directory";
    }
    json::array entries;
    for (const auto& [name, type] : types)
      entries.push_back(json::object{{"name", name}, {"type", type}});
    if (entries.empty()) {
      return refuse(
          {ErrorCode::not_found, std::string(internal::view(path)) + ": no such directory"}, error);
    }
    put(info, json::object{{"entries", entries}, {"truncated", false}});
    return CHELA_OK;
  }
  static chela_status files_disk_usage(const chela_call* call, chela_str path,
                                       const chela_sink* info, const chela_sink* error) {
    FakeHost& host = of(call);
    if (const Error* e = host.error_for(internal::view(path))) return refuse(*e, error);
    const auto found = host.disks.find(internal::view(path));
    if (found == host.disks.end()) {
      return refuse({ErrorCode::not_found, std::string(internal::view(path)) + ": no such file"},
                    error);
    }
    const DiskUsage& disk = found->second;
    put(info, json::object{{"total_bytes", disk.total_bytes},
                           {"free_bytes", disk.free_bytes},
                           {"available_bytes", disk.available_bytes},
                           {"total_inodes", disk.total_inodes},
                           {"free_inodes", disk.free_inodes}});
    return CHELA_OK;
  }
  static chela_status files_replace(const chela_call* call, chela_str path, chela_str base_version,
                                    chela_str bytes, const chela_sink* info,
                                    const chela_sink* error) {
    FakeHost& host = of(call);
    if (const Error* e = host.error_for(internal::view(path))) return refuse(*e, error);
    if (host.before_replace) host.before_replace(host);
    const auto found = host.files.find(internal::view(path));
    const std::string current = found == host.files.end() ? "" : version_of(found->second);
    if (current != internal::view(base_version)) {
      return refuse(
          {ErrorCode::aborted, std::string(internal::view(path)) + " was changed meanwhile"},
          error);
    }
    host.put_file(std::string(internal::view(path)), std::string(internal::view(bytes)));
    put(info, json::object{{"version", version_of(host.files.find(internal::view(path))->second)}});
    return CHELA_OK;
  }

  static chela_status exec_run(const chela_call* call, chela_str request, const chela_sink* out,
                               const chela_sink* err, const chela_sink* info,
                               const chela_sink* error) {
    FakeHost& host = of(call);
    const auto document = parse_json(internal::view(request));
    if (!document) return refuse(document.error(), error);
    host.exec_requests.push_back(*document);
    const auto argv = get_strings(*document, "argv");
    for (const auto& program : host.programs) {
      const bool matches = std::all_of(
          program.argv_contains.begin(), program.argv_contains.end(), [&](const std::string& word) {
            return std::find(argv.begin(), argv.end(), word) != argv.end();
          });
      if (argv.empty() || !matches) continue;
      if (program.error) return refuse(*program.error, error);
      out->put(out, internal::str(program.reply.out));
      err->put(err, internal::str(program.reply.err));
      json::object outcome;
      if (program.reply.signal != 0) {
        outcome = {{"signal", program.reply.signal}, {"timed_out", program.reply.timed_out}};
      } else {
        outcome = {{"exit_code", program.reply.exit_code}};
      }
      outcome["truncated"] = program.reply.is_truncated;
      put(info, outcome);
      return CHELA_OK;
    }
    return refuse(
        {ErrorCode::not_found, "the test has no answer for " + json::serialize(*document)}, error);
  }

  static chela_status board_list(const chela_call* call, chela_str query, const chela_sink* tasks,
                                 const chela_sink* error) {
    FakeHost& host = of(call);
    if (host.board_error) return refuse(*host.board_error, error);
    const auto wanted =
        get_strings(parse_json(internal::view(query)).value_or(json::object()), "states");
    const auto* all = find(host.board, "tasks");
    if (wanted.empty() || all == nullptr || !all->is_array()) {
      put(tasks, host.board);
      return CHELA_OK;
    }
    json::array some;
    for (const auto& task : all->get_array()) {
      if (std::find(wanted.begin(), wanted.end(), get_string(task, "state")) != wanted.end())
        some.push_back(task);
    }
    put(tasks, json::object{{"tasks", some}});
    return CHELA_OK;
  }

  static chela_status put_reply(const json::value& request, const FetchReply& made,
                                const chela_sink* info, const chela_sink* reply,
                                const chela_sink* error) {
    const auto most = static_cast<std::uint64_t>(get_int(request, "max_body_bytes"));
    if (made.body.size() > most) {
      return refuse({ErrorCode::resource_exhausted,
                     "the answer is longer than " + std::to_string(most) + " bytes"},
                    error);
    }
    json::array headers;
    for (const auto& [name, value] : made.headers) headers.push_back(json::array{name, value});
    json::object outcome{{"status", made.status},
                         {"headers", std::move(headers)},
                         {"elapsed_ms", made.elapsed.count()}};
    if (made.certificate_expires && get_bool(request, "certificate")) {
      outcome["certificate_expires_ms"] = made.certificate_expires->time_since_epoch().count();
    }
    put(info, outcome);
    reply->put(reply, internal::str(made.body));
    return CHELA_OK;
  }
  static chela_status http_fetch(const chela_call* call, chela_str request, chela_str body,
                                 const chela_sink* info, const chela_sink* reply,
                                 const chela_sink* error) {
    FakeHost& host = of(call);
    auto document = parse_json(internal::view(request));
    if (!document) return refuse(document.error(), error);
    document->as_object()["body"] = replace_invalid_utf8(internal::view(body));
    host.http_requests.push_back(*document);
    if (host.http_handler) {
      const auto made = host.http_handler(*document, std::string(internal::view(body)));
      if (made) return put_reply(*document, *made, info, reply, error);
      if (made.error().code != ErrorCode::not_found) return refuse(made.error(), error);
    }
    const std::string url = get_string(*document, "url");
    for (auto& answer : host.http) {
      if (answer.times == 0) continue;
      if (!answer.method.empty() && answer.method != get_string(*document, "method")) continue;
      if (!answer.url.empty() && answer.url != url) continue;
      if (url.find(answer.url_contains) == std::string::npos) continue;
      if (answer.times > 0) --answer.times;
      if (answer.error) return refuse(*answer.error, error);
      return put_reply(*document, answer.reply, info, reply, error);
    }
    return refuse(
        {ErrorCode::not_found, "the test has no answer for " + json::serialize(*document)}, error);
  }

  static chela_status stream_open(const chela_call* call, chela_str request, const chela_sink* info,
                                  const chela_sink* error) {
    FakeHost& host = of(call);
    const auto document = parse_json(internal::view(request));
    if (!document) return refuse(document.error(), error);
    host.stream_requests.push_back(*document);
    if (!host.stream_server)
      return refuse({ErrorCode::unavailable, "the test has no mail server"}, error);
    const auto greeting = host.stream_server->talk("");
    if (!greeting) return refuse(greeting.error(), error);
    host.stream_server->waiting = *greeting;
    ++host.open_streams;
    put(info, json::object{{"stream", 1}});
    return CHELA_OK;
  }
  static chela_status stream_read(const chela_call* call, std::uint32_t, std::uint64_t max_bytes,
                                  std::uint32_t, const chela_sink* bytes, const chela_sink* error) {
    auto& server = *of(call).stream_server;
    if (server.waiting.empty()) {
      if (server.broken) return refuse(*server.broken, error);
      if (server.ends) return CHELA_OK;
      return refuse({ErrorCode::deadline_exceeded, "the server says nothing"}, error);
    }
    std::size_t size = max_bytes == 0 ? 64u << 10 : static_cast<std::size_t>(max_bytes);
    if (server.bytes_per_read > 0) size = std::min(size, server.bytes_per_read);
    const std::string piece = server.waiting.substr(0, size);
    server.waiting.erase(0, piece.size());
    bytes->put(bytes, internal::str(piece));
    return CHELA_OK;
  }
  static chela_status stream_write(const chela_call* call, std::uint32_t, chela_str bytes,
                                   std::uint32_t, const chela_sink*) {
    FakeHost& host = of(call);
    host.stream_written += internal::view(bytes);
    const auto answer = host.stream_server->talk(internal::view(bytes));
    if (answer) {
      host.stream_server->waiting += *answer;
    } else {
      host.stream_server->broken = answer.error();
    }
    return CHELA_OK;
  }
  static chela_status stream_close(const chela_call* call, std::uint32_t, const chela_sink*) {
    --of(call).open_streams;
    return CHELA_OK;
  }

  static chela_status sign_sign(const chela_call* call, chela_str key, chela_str algorithm,
                                chela_str text, const chela_sink* signature, const chela_sink* info,
                                const chela_sink* error) {
    FakeHost& host = of(call);
    host.signed_texts.emplace_back(internal::view(text));
    if (!host.signer)
      return refuse({ErrorCode::failed_precondition, "the test has no such key"}, error);
    const auto made =
        host.signer(std::string(internal::view(key)), std::string(internal::view(algorithm)),
                    std::string(internal::view(text)));
    if (!made) return refuse(made.error(), error);
    signature->put(signature, internal::str(made->base64));
    put(info, json::object{{"algorithm", made->algorithm}});
    return CHELA_OK;
  }
};

inline const void* FakeHost::find_service(const chela_host* self, chela_str id) {
  static const chela_log_v1 log{sizeof(chela_log_v1), 0, &log_write};
  static const chela_clock_v1 clock{sizeof(chela_clock_v1), 0, &now_ms};
  static const chela_state_v1 state_table{sizeof(chela_state_v1), 0, &state_get, &state_set,
                                          &state_remove};
  static const chela_files_v1 files_table{
      sizeof(chela_files_v1), 0, &files_read, &files_stat, &files_list, &files_disk_usage,
      &files_replace};
  static const chela_exec_v1 exec_table{sizeof(chela_exec_v1), 0, &exec_run};
  static const chela_board_v1 board_table{sizeof(chela_board_v1), 0, &board_list};
  static const chela_http_v1 http_table{sizeof(chela_http_v1), 0, &http_fetch};
  static const chela_stream_v1 stream_table{
      sizeof(chela_stream_v1), 0, &stream_open, &stream_read, &stream_write, &stream_close};
  static const chela_sign_v1 sign_table{sizeof(chela_sign_v1), 0, &sign_sign};
  const std::string_view name = internal::view(id);
  if (of(self).missing_services.contains(name)) return nullptr;
  if (name == CHELA_SERVICE_LOG) return &log;
  if (name == CHELA_SERVICE_CLOCK) return &clock;
  if (name == CHELA_SERVICE_STATE) return &state_table;
  if (name == CHELA_SERVICE_FILES) return &files_table;
  if (name == CHELA_SERVICE_EXEC) return &exec_table;
  if (name == CHELA_SERVICE_BOARD) return &board_table;
  if (name == CHELA_SERVICE_HTTP) return &http_table;
  if (name == CHELA_SERVICE_STREAM) return &stream_table;
  if (name == CHELA_SERVICE_SIGN) return &sign_table;
  return nullptr;
}

}  // namespace chela::testing
