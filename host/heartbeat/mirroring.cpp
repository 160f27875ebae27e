#include "heartbeat/mirroring.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "tasks/mirror_documents.h"
#include "tasks/mirror_fields.h"

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;
using tasks::MirrorInput;
using tasks::MirrorOperation;
using tasks::MirrorTask;
using tasks::PairPlan;
using tasks::Side;

constexpr Duration kLongestWait = std::chrono::hours(1);
constexpr Duration kMayBeAway = std::chrono::hours(24);
constexpr int kBadRounds = 3;
constexpr int kAbsences = 3;  // after so many calls in a row without an answer a round gives up

bool is_absence(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::deadline_exceeded ||
         code == ErrorCode::cancelled;
}

class Round {
 public:
  Round(MirrorContext context, MirrorWish wish, Timestamp now)
      : context_(std::move(context)), wish_(wish), now_(now) {
    outcome_.source = context_.source;
    outcome_.mirror = context_.mirror;
  }

  awaitable<MirrorRound> run() {
    const auto done = co_await work();
    if (!done) {
      outcome_.problem = done.error().message;
      outcome_.is_away = is_absence(done.error().code);
    }
    co_return std::move(outcome_);
  }

 private:
  awaitable<Result<void>> work() {
    MirrorInput input;
    input.source_name = context_.source;
    input.mirror_name = context_.mirror;
    input.believes_removals = wish_.believes_removals;
    CHELA_CO_TRY(input.source_keeps, co_await describe(context_.source));
    CHELA_CO_TRY(input.mirror_keeps, co_await describe(context_.mirror));
    CHELA_CO_TRY(input.source, co_await list(context_.source));
    CHELA_CO_TRY(input.mirror, co_await list(context_.mirror));
    CHELA_CO_TRY(input.base, context_.ledger.mirror_pairs(context_.source, context_.mirror));
    CHELA_CO_TRY(leave_out_owed(input));
    auto plan = tasks::reconcile(input, now_);
    if (!plan.problem.empty()) {
      co_return fail(ErrorCode::failed_precondition,
                     plan.problem + " (where that was you: chela task mirror --backend " +
                         context_.mirror + " --accept-removals)");
    }
    outcome_.conflicts = std::move(plan.conflicts);
    for (const auto& complaint : plan.complaints) refused(complaint);
    for (const auto& pair : plan.pairs) {
      if (pair.source) paired_[Side::source].insert(pair.source->id);
      if (pair.mirror) paired_[Side::mirror].insert(pair.mirror->id);
    }

    int absences = 0;  // in a row
    for (const auto& pair : plan.pairs) {
      const auto settled = co_await settle(pair);
      if (outcome_.has_more) break;
      if (settled) {
        absences = 0;
        continue;
      }
      if (settled.error().code == ErrorCode::cancelled) co_return settled;
      if (is_absence(settled.error().code) && ++absences >= kAbsences) co_return settled;
      const auto& title = pair.source ? pair.source->title : pair.mirror->title;
      refused("'" + title + "': " + settled.error().message);
    }
    if (!wish_.is_dry && !outcome_.has_more) {
      CHELA_CO_TRY(context_.ledger.forget_mirror_writes(context_.mirror, now_));
    }
    co_return said_so_far();
  }

  void refused(const std::string& what) {
    if (refusals_++ == 0) first_refusal_ = what;
  }

  Result<void> said_so_far() {
    if (refusals_ == 0) return {};
    outcome_.is_partial = true;
    std::string what = first_refusal_;
    if (refusals_ > 1) what += " (and " + std::to_string(refusals_ - 1) + " more)";
    return fail(ErrorCode::failed_precondition, what);
  }

  Error named(const std::string& backend, Error error) const {
    if (!error.message.starts_with(backend)) error.message = backend + ": " + error.message;
    return error;
  }

  // The reply of `backend` to a request without members, as `read` understands it.
  template <class T>
  awaitable<Result<T>> ask(const std::string& backend, std::string op,
                           Result<T> (*read)(const json::value&)) {
    json::object request;
    const auto reply = co_await context_.backend(backend, std::move(op), std::move(request));
    if (!reply) co_return fail(named(backend, reply.error()));
    auto value = read(*reply);
    if (!value) co_return fail(named(backend, value.error()));
    co_return value;
  }
  awaitable<Result<tasks::Capabilities>> describe(const std::string& backend) {
    return ask(backend, "describe", &tasks::capabilities_from);
  }
  awaitable<Result<std::vector<MirrorTask>>> list(const std::string& backend) {
    return ask(backend, "list", &tasks::mirror_tasks_from);
  }

  // What chela still owes is not what a person decided, so nobody may take the present state for
  // it.
  Result<void> leave_out_owed(MirrorInput& input) {
    CHELA_TRY(const auto rows, context_.ledger.outbox());
    std::set<std::string> owed;
    for (const auto& row : rows) {
      if (row.task_id.empty()) continue;
      owed.insert(row.task_id);
      owed.insert(tasks::key_for_mirror(context_.source, row.task_id));
    }
    if (owed.empty()) return {};
    std::set<std::string> partners;
    std::erase_if(input.base, [&](const tasks::MirrorPair& pair) {
      if (!owed.contains(pair.source.id) && !owed.contains(pair.mirror.id)) return false;
      partners.insert(pair.source.id);
      partners.insert(pair.mirror.id);
      return true;
    });
    for (auto* side : {&input.source, &input.mirror}) {
      std::erase_if(*side, [&](const MirrorTask& task) {
        return owed.contains(task.id) || owed.contains(task.key) || partners.contains(task.id);
      });
    }
    return {};
  }

  std::string line_of(const PairPlan& pair, const MirrorOperation& operation) const {
    const auto& title = pair.source ? pair.source->title : pair.mirror->title;
    return tasks::describe(operation, tasks::on(operation.side, context_), title);
  }

  // Does what one pair needs, and remembers it.
  awaitable<Result<void>> settle(const PairPlan& pair) {
    std::vector<tasks::MirrorReply> replies;
    for (const auto& operation : pair.operations) {
      if (!wish_.is_dry && outcome_.done.size() >= wish_.most_operations) {
        outcome_.has_more = true;
        co_return Result<void>();
      }
      if (context_.is_ending && context_.is_ending())
        co_return fail(ErrorCode::cancelled, "chela is ending");
      if (!wish_.is_dry) {
        CHELA_CO_TRY(auto reply, co_await perform(operation));
        replies.push_back(std::move(reply));
      }
      outcome_.done.push_back(line_of(pair, operation));
    }
    if (wish_.is_dry) {
      if (pair.source && pair.mirror) ++outcome_.pairs;
      co_return Result<void>();
    }
    const auto settled = tasks::settle(pair, replies);
    if (settled) ++outcome_.pairs;
    // `before` has what chela wrote, and `settled` has not: one that it wrote to is settled even
    // where nothing was to do: what it wrote is no news.
    if (settled == pair.before) co_return Result<void>();
    const std::string source_id = pair.before ? pair.before->source.id
                                  : settled   ? settled->source.id
                                              : "";
    co_return context_.ledger.settle_mirror_pair(context_.source, context_.mirror, source_id,
                                                 settled, now_);
  }

  awaitable<Result<tasks::MirrorReply>> perform(const MirrorOperation& operation) {
    const auto& backend = tasks::on(operation.side, context_);
    const bool is_create = operation.kind == MirrorOperation::Kind::create;
    tasks::MirrorReply after{MirrorTask()};

    for (auto& call : tasks::calls_for(operation)) {
      const auto reply = co_await context_.backend(backend, call.op, std::move(call.request));
      if (!reply) co_return fail(named(backend, reply.error()));
      const auto* task = find(*reply, "task");
      after.task = task == nullptr ? MirrorTask() : tasks::mirror_task_from(*task);
      after.is_new = get_bool(*reply, "created", true);
      if (after.task.id.empty() || (!is_create && after.task.id != operation.id)) {
        co_return fail(ErrorCode::data_loss, backend + ": its " + call.op + " of '" + operation.id +
                                                 "' showed '" + after.task.id + "'");
      }
      const bool is_known = !paired_[operation.side].insert(after.task.id).second;
      if (is_create && is_known) {
        co_return fail(ErrorCode::already_exists,
                       backend + ": the key '" + operation.id + "' is another task's there");
      }
    }
    co_return after;
  }

  MirrorContext context_;
  MirrorWish wish_;
  Timestamp now_;
  MirrorRound outcome_;
  std::map<Side, std::set<std::string>> paired_;  // ids of tasks that have a partner
  std::size_t refusals_ = 0;
  std::string first_refusal_;
};

std::optional<Timestamp> time_in(const json::value& document, const char* key) {
  const auto text = find_string(document, key);
  if (!text) return std::nullopt;
  const auto time = base::parse_utc(*text);
  return time ? std::optional<Timestamp>(*time) : std::nullopt;
}

}  // namespace

awaitable<MirrorRound> mirror_round(MirrorContext context, MirrorWish wish, Timestamp now) {
  Round round(std::move(context), wish, now);
  co_return co_await round.run();
}

std::string mirror_meta_key(const std::string& mirror) {
  return "mirror:" + mirror;
}

std::string to_text(const MirrorState& state) {
  json::object document{{"source", state.source},     {"next", base::format_utc(state.next)},
                        {"pairs", state.pairs},       {"failures", state.failures},
                        {"problem", state.problem},   {"away", state.is_away},
                        {"partial", state.is_partial}};
  if (state.last_ok) document["last_ok"] = base::format_utc(*state.last_ok);
  if (state.failing_since) document["failing_since"] = base::format_utc(*state.failing_since);
  return json::serialize(document);
}

MirrorState mirror_state_from(const std::string& text) {
  MirrorState state;
  const auto document = parse_json(text);
  if (!document || !document->is_object()) return state;
  state.source = get_string(*document, "source");
  state.last_ok = time_in(*document, "last_ok");
  state.next = time_in(*document, "next").value_or(Timestamp());
  state.pairs = static_cast<std::size_t>(std::max<std::int64_t>(0, get_int(*document, "pairs")));
  state.failures =
      static_cast<int>(std::clamp<std::int64_t>(get_int(*document, "failures"), 0, 1000));
  state.failing_since = time_in(*document, "failing_since");
  state.problem = get_string(*document, "problem");
  state.is_away = get_bool(*document, "away");
  state.is_partial = get_bool(*document, "partial");

  return state;
}

MirrorState after_round(MirrorState before, const MirrorRound& round, Duration every,
                        Timestamp now) {
  MirrorState after = std::move(before);
  after.source = round.source;
  after.problem = round.problem;
  after.is_away = round.is_away;
  after.is_partial = round.is_partial;

  if (round.problem.empty()) {
    after.pairs = round.pairs;
    after.failures = 0;
    after.failing_since.reset();
    after.next = now + every;
    if (round.has_more) after.next = now;
    if (!round.has_more) after.last_ok = now;
    return after;
  }

  after.failures = std::min(after.failures + 1, 1000);
  if (!after.failing_since) after.failing_since = now;
  if (round.is_partial) {  // the others go on
    if (!round.has_more) after.pairs = round.pairs;
    after.next = round.has_more ? now : now + every;
    return after;
  }
  const Duration wait = every * (1 << std::clamp(after.failures - 1, 0, 10));

  after.next = now + std::min(wait, std::max(every, kLongestWait));
  return after;
}

Timestamp next_round(const MirrorState& state, Duration every, Timestamp now) {
  const Duration longest = std::max(every, kLongestWait);
  return state.next > now + longest ? now : state.next;
}

std::string mirror_trouble(const std::string& mirror, const MirrorState& state, Timestamp now) {
  if (state.failures == 0 || !state.failing_since) return "";
  const Duration span = now - *state.failing_since;
  if (state.is_away ? span < kMayBeAway : state.failures < kBadRounds) return "";
  return "the mirror " + mirror + " has not been kept like " + state.source + " since " +
         base::format_utc(*state.failing_since) + ": " + base::printable(state.problem, 300);
}

}  // namespace chela::heartbeat
