// `chela task selftest`: walks a task backend through every operation on a task of its own, and
// keeps what the programs behind it were asked and said.
#include <algorithm>
#include <cstdio>

#include "base/durable_file.h"
#include "base/ids.h"
#include "base/text.h"
#include "cli/backends.h"
#include "cli/output.h"
#include "cli/session.h"
#include "tasks/transcript.h"

namespace chela::cli {
namespace {

using tasks::TranscriptCall;
using tasks::TranscriptStep;

constexpr std::size_t kMaxTranscript = 16 * 1024 * 1024;

class Selftest {
 public:
  Selftest(app::Engine& engine, std::string backend)
      : engine_(engine),
        backend_(std::move(backend)),
        id_(base::random_id()),
        title_("chela selftest " + base::random_id()) {
    engine_.witness_programs([this](const services::Caller&, const services::ExecRequest& request,
                                    const Result<services::ExecOutcome>& outcome) {
      TranscriptCall call;
      for (const auto& word : request.argv) call.argv.push_back(own_out(word));
      call.input = own_out(request.input);
      if (outcome) {
        call.exit_code = outcome->exit_code;
        call.out = own_out(outcome->out);
        call.err = own_out(outcome->err);
      } else {
        call.error = own_out(outcome.error().message);
      }
      calls_.push_back(std::move(call));
    });
  }

  void run() {
    step("describe", "describe", json::object(), [](const json::value&) { return ""; });
    step("list before", "list", json::object(), [&](const json::value& reply) {
      return find_task(reply) ? "a stranger has its title" : "";
    });
    const json::object task{{"title", title_},
                            {"state", "queue"},
                            {"notes", "first line\nsecond"},
                            {"priority", "medium"}};
    if (!step("create", "create", {{"task", task}, {"idempotency_key", id_}},
              [&](const json::value& reply) { return wants(reply, "title", title_); }))
      return;
    step("create again: the same task", "create", {{"task", task}, {"idempotency_key", id_}},
         [&](const json::value& reply) {
           return get_bool(reply, "created", true) ? "a second task was made" : "";
         });
    step("get", "get", {{"id", id_}},
         [&](const json::value& reply) { return wants(reply, "state", "queue"); });
    step("start", "update", {{"id", id_}, {"set", {{"state", "in_progress"}}}},
         [&](const json::value& reply) { return wants(reply, "state", "in_progress"); });
    step("note", "note", {{"id", id_}, {"text", "a note"}}, [](const json::value&) { return ""; });
    step("block for a human", "update",
         {{"id", id_}, {"set", {{"state", "blocked"}, {"needs", "human"}, {"priority", "high"}}}},
         [&](const json::value& reply) { return wants(reply, "state", "blocked"); });
    step("list while it is there", "list", json::object(),
         [&](const json::value& reply) { return find_task(reply) ? "" : "it is not in the list"; });
    step("done", "update", {{"id", id_}, {"set", {{"state", "done"}}}},
         [&](const json::value& reply) { return wants(reply, "state", "done"); });
    step("remove", "remove", {{"id", id_}}, [](const json::value&) { return ""; });
    step("list after", "list", json::object(), [&](const json::value& reply) {
      return find_task(reply) ? "it is still in the list" : "";
    });
  }

  const std::vector<TranscriptStep>& steps() const { return steps_; }
  bool is_good() const {
    return std::all_of(steps_.begin(), steps_.end(), [](const auto& s) { return s.is_good; });
  }

 private:
  std::string own_out(std::string_view text) const {
    return tasks::normalized(engine_.redactor().redact(text), {id_, title_});
  }

  template <class Judge>
  bool step(const std::string& name, const std::string& op, json::object request, Judge judge) {
    calls_.clear();
    json::value document = std::move(request);
    const auto reply = wait_for(engine_, engine_.ask_backend(backend_, op, std::move(document)));
    TranscriptStep done;
    done.name = name;
    done.remark = reply ? std::string(judge(*reply)) : own_out(reply.error().message);
    done.is_good = done.remark.empty();
    done.calls = std::move(calls_);
    std::printf(
        "%s  %s%s\n",
        tinted(done.is_good ? Tone::good : Tone::bad, done.is_good ? "ok    " : "failed").c_str(),
        name.c_str(), done.is_good ? "" : (": " + base::printable(done.remark, 300)).c_str());
    std::fflush(stdout);
    steps_.push_back(std::move(done));
    return steps_.back().is_good;
  }

  bool find_task(const json::value& reply) const {
    const auto* list = find(reply, "tasks");
    return list != nullptr && list->is_array() &&
           std::any_of(
               list->get_array().begin(), list->get_array().end(),
               [&](const json::value& task) { return get_string(task, "title") == title_; });
  }

  // "" where the task of the reply has `value` there, else what was found.
  static std::string wants(const json::value& reply, const char* key, const std::string& value) {
    const auto* task = find(reply, "task");
    const std::string found = task == nullptr ? "" : get_string(*task, key);
    return found == value ? "" : std::string(key) + ": wanted " + value + ", found " + found;
  }

  app::Engine& engine_;
  std::string backend_;
  std::string id_;
  std::string title_;
  std::vector<TranscriptCall> calls_;
  std::vector<TranscriptStep> steps_;
};

Result<std::vector<TranscriptStep>> read_transcript(const std::string& file) {
  CHELA_TRY(const auto text, base::read_file(file, kMaxTranscript));
  CHELA_TRY(const auto document, parse_json(text));
  return tasks::transcript_from(document);
}

}  // namespace

int run_selftest(const Global& global, const SelftestCommand& command) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  auto& engine = *(*session)->engine;
  const auto known = check_backend(engine.setup(), command.backend);
  if (!known) return report(known.error());
  std::optional<std::vector<TranscriptStep>> other;
  if (!command.against.empty()) {
    auto read = read_transcript(command.against);
    if (!read) return report(read.error());
    other = std::move(*read);
  }
  Selftest selftest(engine, command.backend);
  selftest.run();
  if (!command.transcript.empty()) {
    const auto text = json::serialize(tasks::to_json(command.backend, selftest.steps())) + "\n";
    const auto written = base::write_durably(command.transcript, text, 0600);
    if (!written) return report(written.error());
    std::printf("%s holds what was asked and answered, your own tasks on these lists included\n",
                command.transcript.c_str());
  }
  if (!other) return selftest.is_good() ? kOk : kFailed;
  const auto lines = tasks::differences(selftest.steps(), *other);
  for (const auto& line : lines)
    std::printf("%s  %s\n", tinted(Tone::warn, "differs").c_str(), line.c_str());
  if (lines.empty()) std::printf("the same as %s\n", command.against.c_str());
  return selftest.is_good() && lines.empty() ? kOk : kFailed;
}

}  // namespace chela::cli
