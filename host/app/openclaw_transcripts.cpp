#include "app/openclaw_transcripts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "base/unique_fd.h"
#include "chela/json.h"
#include "services/sqlite_foreign.h"

namespace chela::app {
namespace {

using base::UniqueFd;

constexpr std::size_t kMaxLineBytes = 4u << 20;
constexpr std::size_t kHeadBytes = 4096;
constexpr std::size_t kReadBytes = 64u << 10;
constexpr off_t kMaxStoreBytes = 16 << 20;        // sessions.json
constexpr off_t kMaxFileBytes = off_t{16} << 30;  // more is no transcript
constexpr std::size_t kMaxNames = 100'000;        // of one folder
constexpr std::size_t kMaxNotes = 20;
constexpr Duration kBusy = std::chrono::seconds(2);

using KeysBySession = std::map<std::string, std::string, std::less<>>;

class Reader {
 public:
  Reader(std::string folder, Timestamp since, models::OpenClawUsage& usage)
      : folder_(std::move(folder)), since_(since), usage_(usage) {}

  Result<TranscriptsRead> read() {
    UniqueFd root(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.is_open()) return failure(folder_, errno);
    UniqueFd agents = open_at(root.get(), "agents", O_DIRECTORY);
    if (!agents.is_open()) {
      if (errno == ENOENT)
        return fail(ErrorCode::not_found,
                    folder_ + " holds no transcripts: it has no folder agents");
      return failure(folder_ + "/agents", errno);
    }
    for (const auto& agent : names_in(agents.get(), "agents")) {
      UniqueFd home = open_at(agents.get(), agent, O_DIRECTORY);
      if (!home.is_open()) {
        note("agents/" + agent, errno);
        continue;
      }
      ++read_.agents;
      read_agent(agent, home.get());
    }
    usage_.end();
    if (left_out_ > 0) read_.notes.push_back("and " + std::to_string(left_out_) + " more");
    return std::move(read_);
  }

 private:
  static UniqueFd open_at(int folder, const std::string& name, int flags) {
    // O_NONBLOCK: a pipe in there must not hold us up.
    return UniqueFd(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags));
  }

  static tl::unexpected<Error> failure(const std::string& path, int error) {
    const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::not_found
                           : error == EACCES                   ? ErrorCode::permission_denied
                                                               : ErrorCode::unavailable;
    return fail(code, "cannot read " + path + ": " + std::strerror(error));
  }

  void say(std::string text) {
    if (read_.notes.size() < kMaxNotes)
      read_.notes.push_back(std::move(text));
    else
      ++left_out_;
  }
  void note(const std::string& what, int error) {
    // What O_NOFOLLOW answers for a link.
    const bool is_link = error == ELOOP || error == ENOTDIR;
    say(what + " is not read: " + (is_link ? "a link, or no folder" : std::strerror(error)));
  }

  std::vector<std::string> names_in(int folder, const std::string& what) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(::fcntl(folder, F_DUPFD_CLOEXEC, 3)),
                                                   &::closedir);
    if (!list) {
      note(what, errno);
      return names;
    }
    while (const dirent* entry = ::readdir(list.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (names.size() == kMaxNames) {
        say(what + " holds more than " + std::to_string(kMaxNames) +
            " names; the rest is left out");
        break;
      }
      names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  void read_agent(const std::string& agent, int home) {
    read_database(agent, home);
    UniqueFd sessions = open_at(home, "sessions", O_DIRECTORY);
    const std::string where = "agents/" + agent + "/sessions";
    if (!sessions.is_open()) {
      if (errno != ENOENT) note(where, errno);
      return;
    }
    const KeysBySession keys = read_keys(sessions.get(), where);
    int packed = 0;
    for (const auto& name : names_in(sessions.get(), where)) {
      const auto end = name.find(".jsonl");
      if (end == std::string::npos) continue;
      const std::string_view rest = std::string_view(name).substr(end + 6);
      if (!rest.empty() && !rest.starts_with(".reset.") && !rest.starts_with(".deleted.")) continue;
      if (rest.ends_with(".gz") || rest.ends_with(".zst")) {
        ++packed;
        continue;
      }
      std::string id = name.substr(0, end);
      auto key = keys.find(id);
      // "<session>-topic-<thread>" is a thread of the session.
      if (const auto topic = id.find("-topic-"); key == keys.end() && topic != std::string::npos)
        key = keys.find(id.substr(0, topic));
      read_file(sessions.get(), name, where + "/" + name,
                {agent, id, key == keys.end() ? std::string() : key->second});
    }
    if (packed > 0)
      say(where + ": " + std::to_string(packed) + " packed archives (.zst, .gz) are not read");
  }

  // {"agent:main:main": {"sessionId": "..", "sessionFile": ".."}} turned round.
  KeysBySession read_keys(int folder, const std::string& where) {
    KeysBySession keys;
    const UniqueFd file = open_at(folder, "sessions.json", 0);
    if (!file.is_open()) {
      if (errno != ENOENT) note(where + "/sessions.json", errno);
      return keys;
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size > kMaxStoreBytes) {
      say(where + "/sessions.json is not read: no file of at most 16 MiB; sessions have no names");
      return keys;
    }
    std::string text(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    const auto store = parse_json(text);
    if (!store || !store->is_object()) {
      say(where + "/sessions.json is no JSON object; sessions have no names");
      return keys;
    }
    for (const auto& entry : store->get_object()) {
      std::string id = get_string(entry.value(), "sessionId");
      if (!id.empty()) keys[id] = std::string(entry.key());
      // A transcript of another name.
      const std::string other =
          std::filesystem::path(get_string(entry.value(), "sessionFile")).filename().string();
      if (other.ends_with(".jsonl"))
        keys[other.substr(0, other.size() - 6)] = std::string(entry.key());
    }
    return keys;
  }

  void read_file(int folder, const std::string& name, const std::string& what,
                 models::TranscriptOrigin origin) {
    const UniqueFd file = open_at(folder, name, 0);
    if (!file.is_open()) return note(what, errno);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return note(what, errno);
    if (!S_ISREG(info.st_mode)) return say(what + " is not read: no regular file");
    const Timestamp changed(std::chrono::duration_cast<Duration>(
        std::chrono::seconds(info.st_mtim.tv_sec) + std::chrono::seconds(1)));
    if (changed < since_) return;
    if (info.st_size > kMaxFileBytes) return say(what + " is not read: more than 16 GiB");
    ++read_.files;
    usage_.begin(std::move(origin));
    read_lines(file.get(), what);
  }

  void read_lines(int file, const std::string& what) {
    std::string line;
    std::string buffer(kReadBytes, '\0');
    bool is_long = false;
    const auto take = [&](bool is_finished) {
      if (is_long)
        usage_.long_line(std::string_view(line).substr(0, kHeadBytes));
      else if (is_finished)
        usage_.line(line);
      else
        usage_.unfinished_line(line);
      is_long = false;
      line.clear();
    };
    while (true) {
      const ssize_t got = ::read(file, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) note(what, errno);
      if (got <= 0) break;
      read_.bytes += got;
      std::string_view rest(buffer.data(), static_cast<std::size_t>(got));
      while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto piece = rest.substr(0, end);
        if (!is_long) line += piece;
        if (line.size() > kMaxLineBytes) {
          is_long = true;
          line.resize(kHeadBytes);
          line.shrink_to_fit();
        }
        if (end == std::string_view::npos) break;
        take(true);
        rest.remove_prefix(end + 1);
      }
    }
    if (!line.empty()) take(false);
  }

  // OpenClaw 2026.9 keeps the same entries as rows.
  void read_database(const std::string& agent, int home) {
    const UniqueFd inner = open_at(home, "agent", O_DIRECTORY);
    if (!inner.is_open()) return;
    const std::string what = "agents/" + agent + "/agent/openclaw-agent.sqlite";
    struct stat info {};
    if (::fstatat(inner.get(), "openclaw-agent.sqlite", &info, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (!S_ISREG(info.st_mode)) return say(what + " is not read: no regular file");
    std::optional<std::string> session;
    const auto take = [&](const services::Row& row) {
      std::string id = row.text(0);
      if (session != id) {
        session = id;
        usage_.begin({agent, id, row.text(1)});
      }
      const std::int64_t size = row.integer(2);
      const std::string text = row.text(3);
      read_.bytes += size;
      if (size > static_cast<std::int64_t>(kMaxLineBytes))
        usage_.long_line(text);
      else
        usage_.line(text);
    };
    const auto done = services::read_foreign_rows(
        folder_ + "/" + what, kBusy,
        "SELECT e.session_id, w.session_key, length(CAST(e.event_json AS BLOB)),"
        " CASE WHEN length(CAST(e.event_json AS BLOB)) <= ?1 THEN e.event_json"
        " ELSE substr(e.event_json, 1, 4096) END"
        " FROM transcript_events e LEFT JOIN session_windows w ON w.session_id = e.session_id"
        " ORDER BY e.session_id, e.seq",
        static_cast<std::int64_t>(kMaxLineBytes), take);
    if (!done) return say(what + " is not read: " + done.error().message);
    ++read_.databases;
  }

  std::string folder_;  // real
  Timestamp since_;
  models::OpenClawUsage& usage_;
  TranscriptsRead read_;
  int left_out_ = 0;
};

}  // namespace

Result<TranscriptsRead> read_transcripts(const std::string& folder, Timestamp since,
                                         models::OpenClawUsage& usage) {
  std::error_code error;
  const auto real = std::filesystem::canonical(folder, error);
  if (error) {
    return fail(ErrorCode::not_found, "there is no OpenClaw in " + folder + ": " + error.message());
  }
  return Reader(real.string(), since, usage).read();
}

}  // namespace chela::app
