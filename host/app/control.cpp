#include "app/control.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace chela::app {
namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;

json::array to_array(const std::vector<std::string>& lines) {
  json::array array;
  for (const auto& line : lines) array.emplace_back(line);
  return array;
}

// Socket addresses hold 108 bytes, workspaces have longer paths: the folder is named by its
// descriptor.
struct Address {
  base::UniqueFd folder;
  sockaddr_un name{};
};

Result<Address> address_in(const std::string& folder) {
  Address address;
  address.folder = base::UniqueFd(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!address.folder.is_open())
    return fail(ErrorCode::unavailable, folder + ": " + std::strerror(errno));
  address.name.sun_family = AF_UNIX;
  const std::string path =
      "/proc/self/fd/" + std::to_string(address.folder.get()) + "/control.sock";
  path.copy(address.name.sun_path, sizeof(address.name.sun_path) - 1);
  return address;
}

// Reads up to the first newline or the end.
Result<std::string> read_line(int fd, Duration timeout) {
  std::string text;
  char buffer[16 * 1024];
  while (text.size() < kMaxAnswerBytes) {
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(timeout.count()));
    if (ready == 0) return fail(ErrorCode::deadline_exceeded, "the running chela does not answer");
    if (ready < 0 && errno == EINTR) continue;
    const auto got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.ends_with('\n')) break;
  }
  return text;
}

json::object to_json(const heartbeat::CheckRun& run) {
  json::object object{{"check", run.check},
                      {"outcome", tasks::to_string(run.outcome)},
                      {"status", nullptr},
                      {"summary", run.report.summary},
                      {"error", run.error},
                      {"ms", run.duration.count()},
                      {"metrics", tasks::to_json(run.report.metrics)}};
  if (run.outcome == tasks::RunOutcome::ok) object["status"] = tasks::to_string(run.report.status);
  return object;
}

}  // namespace

TickSummary summarize(const heartbeat::TickReport& report, std::vector<std::string> said) {
  TickSummary summary;
  summary.lines = std::move(said);
  summary.problems = report.problems;
  summary.explanations = report.explanations;
  summary.would_run = report.would_run;
  for (const auto& run : report.runs) {
    summary.ran.push_back(run.run.check);
    summary.runs.push_back(to_json(run.run));
  }
  return summary;
}

json::object to_json(const TickSummary& summary) {
  return {{"lines", to_array(summary.lines)},
          {"problems", to_array(summary.problems)},
          {"explanations", to_array(summary.explanations)},
          {"ran", to_array(summary.ran)},
          {"runs", summary.runs},
          {"would_run", to_array(summary.would_run)}};
}

TickSummary summary_from(const json::value& value) {
  TickSummary summary{get_strings(value, "lines"),        get_strings(value, "problems"),
                      get_strings(value, "explanations"), get_strings(value, "ran"),
                      get_strings(value, "would_run"),    {}};
  if (const auto* runs = find(value, "runs"); runs != nullptr && runs->is_array())
    summary.runs = runs->get_array();
  return summary;
}

json::object to_json(const heartbeat::TickRequest& request) {
  json::object object{{"command", "tick"},
                      {"all", request.all},
                      {"dry_run", request.dry_run},
                      {"explain", request.explain}};
  if (request.check) object["check"] = *request.check;
  return object;
}

heartbeat::TickRequest request_from(const json::value& value) {
  heartbeat::TickRequest request;
  request.all = get_bool(value, "all");
  request.dry_run = get_bool(value, "dry_run");
  request.explain = get_bool(value, "explain");
  request.check = find_string(value, "check");
  return request;
}

Result<json::value> ask_daemon(const std::string& folder, const json::object& request,
                               Duration timeout) {
  CHELA_TRY(const Address address, address_in(folder));
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.name),
                                   sizeof address.name) != 0) {
    return fail(ErrorCode::unavailable, "no chela is running for this workspace");
  }
  const std::string line = json::serialize(request) + "\n";
  if (send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return fail(ErrorCode::unavailable, "the running chela takes no request");
  }
  CHELA_TRY(const std::string answer, read_line(socket.get(), timeout));
  if (answer.empty())
    return fail(ErrorCode::unavailable, "the running chela ended before it answered");
  CHELA_TRY(json::value document, parse_json(answer));
  if (const auto* error = find(document, "error")) {
    // unavailable is this function's word for "nobody listens"; a daemon that answers is there.
    const auto code = static_cast<ErrorCode>(get_int(*error, "code", 2));
    return fail(code == ErrorCode::unavailable ? ErrorCode::aborted : code,
                get_string(*error, "message"));
  }
  return document;
}

Result<base::UniqueFd> listen_in(const std::string& folder) {
  CHELA_TRY(const Address address, address_in(folder));
  unlinkat(address.folder.get(), "control.sock", 0);
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* name = reinterpret_cast<const sockaddr*>(&address.name);
  const mode_t before = umask(0177);
  const bool is_bound = socket.is_open() && bind(socket.get(), name, sizeof address.name) == 0;
  umask(before);
  if (!is_bound || listen(socket.get(), 16) != 0) {
    return fail(ErrorCode::unavailable, folder + "/control.sock: " + std::strerror(errno));
  }
  return socket;
}

}  // namespace chela::app
