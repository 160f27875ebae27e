// Keeps tasks in one Markdown file (TASKS.md) that people edit at the same time; see README.md for
// the format.
//
// The file is reached only through chela.files/1: read when it is quiet, changed by splices,
// swapped against the version that was read. Where somebody was faster, the operation (not its
// bytes) is done again on what he wrote.
#include <functional>
#include <random>

#include "chela/tasks.h"
#include "chela/time.h"
#include "documents.h"
#include "edit.h"

namespace chela::markdown {
namespace {

constexpr int kMaxTries = 20;

std::string random_id() {
  std::random_device source;
  std::string id(6, '0');
  for (char& c : id) c = "0123456789abcdefghjkmnpqrstvwxyz"[source() % 32];
  return id;
}

// Ids as documents show them; a line's id may hold bytes that JSON cannot.
std::string handle_of(const TaskFile& file, std::string_view id) {
  for (const auto& task : file.tasks) {
    if (task.handle == id || replace_invalid_utf8(task.handle) == id) return task.handle;
  }
  return std::string(id);
}

json::object answer(const Task& task) {
  return {{"task", task_document(task)}};
}

class MarkdownTasks : public Tasks {
 public:
  explicit MarkdownTasks(const Config& config)
      : path_(config.get("path")),
        quiet_(config.duration("quiet", std::chrono::milliseconds(150))) {}

  Result<json::value> list(Host& host) override {
    CHELA_TRY(const auto states, read_states(host.request()));
    CHELA_TRY(const Seen seen, read(host));
    json::array tasks;
    for (const auto& task : seen.file.tasks) {
      if (std::find(states.begin(), states.end(), task.state) != states.end())
        tasks.push_back(task_document(task));
    }
    return json::object{{"tasks", std::move(tasks)}};
  }

  Result<json::value> get(Host& host) override {
    CHELA_TRY(const std::string id, read_text(host.request(), "id"));
    CHELA_TRY(const Seen seen, read(host));
    if (const Task* task = seen.file.find(handle_of(seen.file, id))) return answer(*task);
    return fail(ErrorCode::not_found, path_ + ": no task has the id '" + id.substr(0, 100) + "'");
  }

  Result<json::value> create(Host& host) override {
    CHELA_TRY(NewTask task, read_new_task(host.request()));
    const bool has_key = !task.id.empty();
    CHELA_TRY(const Edit edit, change(host, [&](const TaskFile& file, std::string_view now) {
                while (!has_key && (task.id.empty() || file.find(task.id) != nullptr))
                  task.id = random_id();
                return markdown::create(file, task, now);
              }));
    json::object reply = answer(edit.task);
    reply["created"] = edit.is_created;
    return reply;
  }

  Result<json::value> update(Host& host) override {
    CHELA_TRY(const Change wanted, read_change(host.request()));
    return update_with(host, wanted);
  }

  Result<json::value> note(Host& host) override {
    Change wanted;
    CHELA_TRY(wanted.note, read_text(host.request(), "text"));
    return update_with(host, wanted);
  }

  Result<json::value> remove(Host& host) override {
    CHELA_TRY(const std::string id, read_text(host.request(), "id"));
    CHELA_TRY(change(host, [&](const TaskFile& file, std::string_view) {
      return markdown::remove(file, handle_of(file, id));
    }));
    return json::object();
  }

  Result<json::value> describe(Host&) override {
    return json::object{{"states", {"queue", "in_progress", "blocked", "done", "cancelled"}},
                        {"priorities", {"none", "low", "medium", "high"}},
                        {"keeps_ids", true}};
  }

 private:
  struct Seen {
    TaskFile file;
    std::string version;  // empty = the file does not exist
  };
  using Operation = std::function<Result<Edit>(const TaskFile&, std::string_view now)>;

  Result<json::value> update_with(Host& host, const Change& wanted) {
    CHELA_TRY(const std::string id, read_text(host.request(), "id"));
    CHELA_TRY(const Edit edit, change(host, [&](const TaskFile& file, std::string_view now) {
                return markdown::update(file, handle_of(file, id), wanted, now);
              }));
    return answer(edit.task);
  }

  // One look at the file; a missing one is empty.
  Result<FileBytes> look(Host& host, Duration quiet) const {
    auto found = host.files().read(path_, {0, quiet});
    if (!found && found.error().code == ErrorCode::not_found) return FileBytes{};
    if (found && found->is_truncated) {
      return fail(ErrorCode::resource_exhausted,
                  path_ + ": " + std::to_string(found->size) +
                      " bytes are more than the host reads; move old tasks elsewhere");
    }
    return found;
  }

  // Editors that save in place empty the file first. What is suddenly empty or less than half is
  // looked at again, after a longer silence, before it is believed.
  Result<Seen> read(Host& host) {
    if (!path_.starts_with('/')) {
      return fail(ErrorCode::invalid_argument,
                  "path: wanted an absolute path, found '" + path_ + "'");
    }
    CHELA_TRY(FileBytes found, look(host, quiet_));
    if (found.bytes.size() * 2 < last_size_) {
      host.log().info("tasks.second_look size=" + std::to_string(found.bytes.size()) +
                      " last=" + std::to_string(last_size_));
      CHELA_TRY(found, look(host, quiet_ * 4));
    }
    last_size_ = found.bytes.size();
    return Seen{parse(std::move(found.bytes)), std::move(found.version)};
  }

  // Reads, does `operation`, swaps; again where somebody changed the file meanwhile.
  Result<Edit> change(Host& host, const Operation& operation) {
    for (int tries = 0; tries < kMaxTries; ++tries) {
      if (host.is_cancelled())
        return fail(ErrorCode::cancelled, path_ + ": cancelled before the change was made");
      CHELA_TRY(const Seen seen, read(host));
      auto edit = operation(seen.file, format_utc(host.clock().now()));
      if (!edit) return fail(edit.error().code, path_ + ": " + edit.error().message);
      if (edit->splices.empty()) return edit;
      const std::string bytes = apply_splices(seen.file.bytes, edit->splices);
      const auto swapped = host.files().replace(path_, seen.version, bytes);
      if (swapped) {
        last_size_ = bytes.size();
        return edit;
      }
      if (swapped.error().code != ErrorCode::aborted) return fail(swapped.error());
    }
    return fail(ErrorCode::aborted, path_ + ": somebody changed the file during each of " +
                                        std::to_string(kMaxTries) + " tries");
  }

  std::string path_;
  Duration quiet_;
  std::size_t last_size_ = 0;  // bytes of the version that this instance last saw
};

}  // namespace
}  // namespace chela::markdown

CHELA_TASKS(chela::markdown::MarkdownTasks)
