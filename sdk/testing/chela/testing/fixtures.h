// The fixture loop: one folder per case under fixtures/, run against a check and compared; no code
// per case.
//
//   fixtures/<case>/world.json     what FakeHost shows (below); optional
//   fixtures/<case>/config.json    settings; optional, defaults are filled in
//   fixtures/<case>/request.json   members of the request, e.g. {"cursor": ...}; optional
//   fixtures/<case>/message.json   a notifier's message in its place; what is absent is filled in
//   fixtures/<case>/expected.json  the report (only the members given are compared, lists whole),
//                                  or {"error": {"code": "UNAVAILABLE", "message_contains": "..."}}
//
// world.json: {"now": ms, "files": {"/path": "text"}, "modified": {"/path": ms}, "disks": {"/":
// {"total_bytes": ..}},
//   "file_errors": {"/path": {"code": "PERMISSION_DENIED", "message": ".."}}, "programs":
//   [{"argv_contains": [..], "exit_code": 0, "out": "..", "err": "..", "error": {"code":
//   "PERMISSION_DENIED", "message": ".."}}], "state": {..}, "board": {"tasks": [..]},
//   "board_error": {"code": 7, "message": ".."}, "missing_services": ["chela.exec/1"], "cancelled":
//   true,
//   "http": [{"method": "GET", "url": "..", "url_contains": "..", "status": 200, "headers":
//   {"date":
//   ".."}, "body": "text", "json": {..}, "body_file": "name in the case's folder", "elapsed_ms":
//   12, "certificate_expires_ms": ms, "times": 1, "error": {"code": "UNAVAILABLE", "message":
//   ".."}}], "signature": {"base64": "c2ln", "algorithm": "ed25519"} (of every text), "stream":
//   {"greeting": "..", "open_error": {..}, "steps": [{"expect": "EXAMINE", "send": ".."}], "ends":
//   true, "bytes_per_read": 1}}
// expected.json may also have "requests": [{"method": "GET", "url": ".."}], what was asked over
// HTTP in order (only the members given are compared; "body_json" is the body as JSON, compared
// whole), "programs", the requests of chela.exec/1, "events": [{"topic": "..", "document": {..}}]
// and "stream_contains": [".."]. In "out", a literal NUL is written as \u0000.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "chela/testing/opened_plugin.h"

namespace chela::testing {

// {"code": "PERMISSION_DENIED", "message": ".."}; the code may also be gRPC's number.
inline Error error_from(const json::value& value) {
  auto code = static_cast<ErrorCode>(get_int(value, "code", 2));
  const std::string name = get_string(value, "code");
  for (std::int32_t i = CHELA_CANCELLED; i <= CHELA_UNAUTHENTICATED; ++i) {
    if (name == to_string(static_cast<ErrorCode>(i))) code = static_cast<ErrorCode>(i);
  }
  return Error{code, get_string(value, "message")};
}

inline void fill_net(FakeHost& host, const json::value& world,
                     const std::filesystem::path& folder) {
  const auto* answers = find(world, "http");
  if (answers != nullptr && answers->is_array()) {
    for (const auto& one : answers->get_array()) {
      FakeHttpAnswer answer;
      answer.method = get_string(one, "method");
      answer.url = get_string(one, "url");
      answer.url_contains = get_string(one, "url_contains");
      answer.times = static_cast<int>(get_int(one, "times", -1));
      answer.reply.status = static_cast<int>(get_int(one, "status", 200));
      answer.reply.elapsed = Duration(get_int(one, "elapsed_ms"));
      answer.reply.body = get_string(one, "body");
      if (const auto* body = find(one, "json")) answer.reply.body = json::serialize(*body);
      if (const auto file = get_string(one, "body_file"); !file.empty())
        answer.reply.body = read_whole_file((folder / file).string());
      if (find(one, "certificate_expires_ms") != nullptr) {
        answer.reply.certificate_expires =
            Timestamp(Duration(get_int(one, "certificate_expires_ms")));
      }
      const auto* headers = find(one, "headers");
      if (headers != nullptr && headers->is_object()) {
        for (const auto& [name, value] : headers->get_object())
          answer.reply.headers.emplace_back(name, value.as_string());
      }
      if (const auto* error = find(one, "error")) answer.error = error_from(*error);
      host.http.push_back(std::move(answer));
    }
  }
  if (const auto* made = find(world, "signature")) {
    const Signature signature{get_string(*made, "base64"), get_string(*made, "algorithm")};
    host.signer = [signature](const std::string&, const std::string&, const std::string&) {
      return Result<Signature>(signature);
    };
  }
  const auto* stream = find(world, "stream");
  if (stream == nullptr) return;
  std::vector<ScriptedStep> steps;
  const auto* list = find(*stream, "steps");
  if (list != nullptr && list->is_array()) {
    for (const auto& step : list->get_array())
      steps.push_back({get_string(step, "expect"), get_string(step, "send")});
  }
  host.stream_server = scripted_server(get_string(*stream, "greeting"), std::move(steps));
  host.stream_server->ends = get_bool(*stream, "ends");
  host.stream_server->bytes_per_read = static_cast<std::size_t>(get_int(*stream, "bytes_per_read"));
  if (const auto* error = find(*stream, "open_error")) {
    host.stream_server->talk = [failure = error_from(*error)](std::string_view) {
      return Result<std::string>(fail(failure));
    };
  }
}

inline void fill(FakeHost& host, const json::value& world,
                 const std::filesystem::path& folder = {}) {
  fill_net(host, world, folder);
  const auto each = [&](std::string_view key, auto&& body) {
    const auto* members = find(world, key);
    if (members == nullptr || !members->is_object()) return;
    for (const auto& [name, value] : members->get_object()) body(std::string(name), value);
  };
  if (find(world, "now") != nullptr) host.now = Timestamp(Duration(get_int(world, "now")));
  each("files", [&](const std::string& path, const json::value& text) {
    host.put_file(path, std::string(text.as_string()));
  });
  each("modified", [&](const std::string& path, const json::value& ms) {
    host.files[path].modified = Timestamp(Duration(ms.to_number<std::int64_t>()));
  });
  each("disks", [&](const std::string& path, const json::value& disk) {
    const auto number = [&](std::string_view key) {
      return static_cast<std::uint64_t>(get_int(disk, key));
    };
    host.disks[path] =
        DiskUsage{number("total_bytes"), number("free_bytes"), number("available_bytes"),
                  number("total_inodes"), number("free_inodes")};
  });
  each("file_errors", [&](const std::string& path, const json::value& error) {
    host.file_errors[path] = error_from(error);
  });
  each("state", [&](const std::string& key, const json::value& value) {
    host.state[key] = std::string(value.as_string());
  });
  if (const auto* board = find(world, "board")) host.board = *board;
  if (const auto* error = find(world, "board_error")) host.board_error = error_from(*error);
  for (const auto& id : get_strings(world, "missing_services")) host.missing_services.insert(id);
  host.is_cancelled = get_bool(world, "cancelled");
  const auto* programs = find(world, "programs");
  if (programs == nullptr || !programs->is_array()) return;
  for (const auto& program : programs->get_array()) {
    FakeHost::Program answer;
    answer.argv_contains = get_strings(program, "argv_contains");
    answer.reply.exit_code = static_cast<int>(get_int(program, "exit_code"));
    answer.reply.signal = static_cast<int>(get_int(program, "signal"));
    answer.reply.timed_out = get_bool(program, "timed_out");
    answer.reply.is_truncated = get_bool(program, "truncated");
    answer.reply.out = get_string(program, "out");
    answer.reply.err = get_string(program, "err");
    if (const auto* error = find(program, "error")) answer.error = error_from(*error);
    host.programs.push_back(std::move(answer));
  }
}

// Every member of `expected` must be in `actual` with the same value; lists have the same length,
// numbers the same value.
inline void expect_contains(const json::value& actual, const json::value& expected,
                            const std::string& where) {
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [key, value] : expected.get_object()) {
      const auto* member = find(actual, key);
      const std::string path = where + "/" + std::string(key);
      if (member == nullptr) {
        ADD_FAILURE() << path << ": wanted " << json::serialize(value) << ", found nothing";
        continue;
      }
      expect_contains(*member, value, path);
    }
    return;
  }
  if (expected.is_array() && actual.is_array() &&
      expected.get_array().size() == actual.get_array().size()) {
    for (std::size_t i = 0; i < expected.get_array().size(); ++i) {
      expect_contains(actual.get_array()[i], expected.get_array()[i],
                      where + "/" + std::to_string(i));
    }
    return;
  }
  // 5 and 5.0 are one number.
  if (actual.is_number() && expected.is_number()) {
    EXPECT_EQ(actual.to_number<double>(), expected.to_number<double>()) << where;
    return;
  }
  EXPECT_EQ(json::serialize(actual), json::serialize(expected)) << where;
}

inline json::value read_json_file(const std::filesystem::path& file, json::value otherwise) {
  if (!std::filesystem::exists(file)) return otherwise;
  const auto parsed = parse_json(read_whole_file(file.string()));
  EXPECT_TRUE(parsed.has_value()) << file << ": " << (parsed ? "" : parsed.error().message);
  return parsed.value_or(std::move(otherwise));
}

// What was asked over HTTP, each with "body_json" where the body is JSON.
inline json::array sent_requests(const FakeHost& host) {
  json::array sent;
  for (const auto& request : host.http_requests) {
    json::object one = request.as_object();
    if (auto body = parse_json(get_string(request, "body"))) one["body_json"] = *std::move(body);
    sent.push_back(std::move(one));
  }
  return sent;
}

inline void expect_requests(const FakeHost& host, const json::value& expected) {
  if (const auto* requests = find(expected, "requests"); requests != nullptr) {
    const json::array sent = sent_requests(host);
    expect_contains(sent, *requests, "/requests");
    const auto* wanted = requests->if_array();
    for (std::size_t i = 0; wanted != nullptr && i < std::min(wanted->size(), sent.size()); ++i) {
      const auto* body = find((*wanted)[i], "body_json");
      const auto* found = find(sent[i], "body_json");
      if (body == nullptr || found == nullptr) continue;
      EXPECT_EQ(*found, *body) << "/requests/" << i << "/body_json: wanted "
                               << json::serialize(*body) << ", found " << json::serialize(*found);
    }
  }
  if (const auto* programs = find(expected, "programs"); programs != nullptr) {
    const json::array run(host.exec_requests.begin(), host.exec_requests.end());
    expect_contains(run, *programs, "/programs");
  }
  if (const auto* events = find(expected, "events"); events != nullptr) {
    json::array emitted;
    for (const auto& [topic, document] : host.events) {
      emitted.push_back(json::object{{"topic", topic},
                                     {"document", parse_json(document).value_or(json::value())}});
    }
    expect_contains(emitted, *events, "/events");
  }
  for (const auto& text : get_strings(expected, "stream_contains")) {
    EXPECT_NE(host.stream_written.find(text), std::string::npos)
        << "wanted '" << text << "' on the stream, found: " << host.stream_written;
  }
}

// Compares what a call gave with expected.json, whose members about requests are looked at
// elsewhere.
inline void expect_outcome(const Result<json::value>& outcome, const json::value& expected) {
  if (const auto* error = find(expected, "error")) {
    if (outcome) {
      ADD_FAILURE() << "wanted an error, found " << json::serialize(*outcome);
      return;
    }
    EXPECT_EQ(to_string(outcome.error().code), get_string(*error, "code"))
        << outcome.error().message;
    EXPECT_NE(outcome.error().message.find(get_string(*error, "message_contains")),
              std::string::npos)
        << outcome.error().message;
    return;
  }
  if (!outcome) {
    ADD_FAILURE() << to_string(outcome.error().code) << ": " << outcome.error().message;
    return;
  }
  json::value wanted = expected;
  for (const char* key : {"requests", "programs", "events", "stream_contains"})
    wanted.as_object().erase(key);
  expect_contains(*outcome, wanted, "");
}

// Called when a case's world is filled in, before the plugin is opened: another world may be put
// behind it, such as a real server that gives the same answers.
using PrepareCase = std::function<void(FakeHost& host, const std::filesystem::path& folder)>;

// Runs `run_case` on every folder of `dir`/fixtures with its world; returns how many there were.
template <class RunCase>
int for_each_fixture(const std::string& dir, const PrepareCase& prepare, const RunCase& run_case) {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir + "/fixtures")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++cases;
    FakeHost host;
    fill(host, read_json_file(entry.path() / "world.json", json::object()), entry.path());
    const json::value expected = read_json_file(entry.path() / "expected.json", json::object());
    EXPECT_FALSE(expected.as_object().empty()) << "expected.json is missing or empty";
    if (prepare) prepare(host, entry.path());
    const Result<json::value> outcome = run_case(entry.path(), host);
    expect_requests(host, expected);
    expect_outcome(outcome, expected);
  }
  return cases;
}

// Runs every case of `dir`/fixtures against the check in `plugin_file`; returns how many there
// were.
inline int run_check_fixtures(const std::string& plugin_file, const std::string& dir,
                              const PrepareCase& prepare = {}) {
  return for_each_fixture(
      dir, prepare,
      [&](const std::filesystem::path& folder, FakeHost& host) -> Result<json::value> {
        json::value request = read_json_file(folder / "request.json", json::object());
        request.as_object()["schema"] = "chela.check.request/1";
        request.as_object()["now_ms"] = host.now.time_since_epoch().count();
        CHELA_TRY(auto plugin,
                  OpenedPlugin::open(plugin_file, dir, host,
                                     read_json_file(folder / "config.json", json::object())));
        return plugin->call("run", request);
      });
}

// A chela.notifier.message/1 with the members of `given` over usual ones.
inline json::value message_of(const json::value& given) {
  json::object message{
      {"schema", "chela.notifier.message/1"},
      {"message_id", "0d3k8s2m5xqa"},
      {"severity", "crit"},
      {"title", "crit: disk nearly full: /"},
      {"made_ms", 1'790'000'000'000},
      {"lines",
       json::array{json::object{{"severity", "crit"},
                                {"kind", "opened"},
                                {"check", "system"},
                                {"key", "disk:/"},
                                {"text", "[crit] system: disk nearly full: / (task k3f9q2)"}}}}};
  if (given.is_object()) {
    for (const auto& [key, value] : given.get_object()) message[key] = value;
  }
  return message;
}

// The same for the notifier in `plugin_file`, whose reply is the chela.notifier.delivery/1.
inline int run_notifier_fixtures(const std::string& plugin_file, const std::string& dir) {
  return for_each_fixture(
      dir, {}, [&](const std::filesystem::path& folder, FakeHost& host) -> Result<json::value> {
        CHELA_TRY(auto plugin,
                  OpenedPlugin::open(plugin_file, dir, host,
                                     read_json_file(folder / "config.json", json::object())));
        return plugin->call("send",
                            message_of(read_json_file(folder / "message.json", json::object())));
      });
}

}  // namespace chela::testing
