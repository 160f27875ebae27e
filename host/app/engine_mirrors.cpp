// The part of the engine that keeps several task backends alike.
#include <algorithm>

#include "app/engine.h"
#include "app/task_words.h"

namespace chela::app {
namespace {

using boost::asio::awaitable;

// How long is waited while another process keeps the mirrors.
constexpr Duration kOtherAtWork = std::chrono::seconds(30);
constexpr std::string_view kTroubleKey = "mirror:";

// It waits for its next try, whatever is written meanwhile.
bool is_in_trouble(const Mirror& mirror) {
  return mirror.state.failures > 0 && !mirror.state.is_partial;
}

}  // namespace

Result<void> Engine::plan_mirrors() {
  for (const auto& instance : setup_->instances) {
    if (instance.kind != config::Kind::tasks || instance.role != config::TaskRole::mirror) continue;
    CHELA_TRY(const auto kept, ledger_->meta(heartbeat::mirror_meta_key(instance.id)));
    Mirror mirror{instance.id, instance.every.value_or(heartbeat::kMirrorEvery),
                  heartbeat::mirror_state_from(kept.value_or(""))};
    // What is remembered is about another pair.
    if (mirror.state.source != source_) mirror.state = {};
    mirrors_.push_back(std::move(mirror));
  }
  say_mirror_troubles();
  return {};
}

void Engine::say_mirror_troubles() {
  std::erase_if(problems_, [](const heartbeat::SetupProblem& problem) {
    return problem.key.starts_with(kTroubleKey);
  });
  for (const auto& mirror : mirrors_) {
    auto trouble = heartbeat::mirror_trouble(mirror.id, mirror.state, clock_->now());
    if (trouble.empty()) continue;
    problems_.push_back(
        {std::string(kTroubleKey) + mirror.id, "", std::move(trouble), tasks::Severity::warn});
  }
}

Timestamp Engine::next_mirror(Timestamp now) const {
  Timestamp next = heartbeat::kNever;
  for (const auto& mirror : mirrors_) {
    const bool is_wanted = is_mirror_wanted_ && !is_in_trouble(mirror);
    next = std::min(next, is_wanted ? now : heartbeat::next_round(mirror.state, mirror.every, now));
  }
  if (mirrors_.empty() || mirrors_are_free_at_ > now + kOtherAtWork) return next;
  return std::max(next, mirrors_are_free_at_);
}

awaitable<std::vector<heartbeat::MirrorRound>> Engine::mirror(std::string only,
                                                              heartbeat::MirrorWish wish) {
  std::vector<heartbeat::MirrorRound> rounds;
  if (const auto read = read_quarantines(); !read) co_return rounds;  // the next tick says it
  const bool is_wanted = std::exchange(is_mirror_wanted_, false);
  for (auto& mirror : mirrors_) {
    const Timestamp now = clock_->now();
    const bool is_due = heartbeat::next_round(mirror.state, mirror.every, now) <= now ||
                        (is_wanted && !is_in_trouble(mirror));
    if (only.empty() ? !is_due : only != "*" && only != mirror.id) continue;
    heartbeat::MirrorContext context{
        *ledger_,
        [this](std::string target, std::string op, json::value request) {
          return pool_->call_backend(std::move(target), std::move(op), std::move(request));
        },
        source_, mirror.id, [this] { return is_ending_; }};
    auto round = co_await heartbeat::mirror_round(std::move(context), wish, now);
    for (const auto& line : round.conflicts)
      log_->event(services::LogLevel::info, "mirror.conflict", {{"id", mirror.id}, {"text", line}});
    if (!round.done.empty() || !round.problem.empty()) {
      log_->event(round.problem.empty() ? services::LogLevel::info : services::LogLevel::warn,
                  "mirror.round",
                  {{"id", mirror.id}, {"done", round.done.size()}, {"problem", round.problem}});
    }
    if (!wish.is_dry && !is_ending_) {
      mirror.state = heartbeat::after_round(mirror.state, round, mirror.every, clock_->now());
      if (const auto kept = ledger_->set_meta(heartbeat::mirror_meta_key(mirror.id),
                                              heartbeat::to_text(mirror.state));
          !kept) {
        log_->event(services::LogLevel::warn, "mirror.not_kept", {{"error", kept.error().message}});
      }
    }
    rounds.push_back(std::move(round));
  }
  say_mirror_troubles();
  co_return rounds;
}

void Engine::leave_mirrors_for_now() {
  mirrors_are_free_at_ = clock_->now() + kOtherAtWork;
}

// What a tick asks of a task backend. What it changes in the source is noted, so that a person's
// edit on a mirror at the same time does not lose against it.
awaitable<Result<json::value>> Engine::tell_backend(std::string target, std::string op,
                                                    json::value request) {
  const auto rules = redactor_->rules();
  redact_words(request, *rules);
  const auto* set = op == "update" ? find(request, "set") : nullptr;
  json::object fields = set != nullptr && set->is_object() ? set->get_object() : json::object();
  if (const auto note = find_string(request, "note"); note && op == "update")
    fields["note"] = *note;

  const std::string id = get_string(request, "id");
  const bool is_source = target.empty() || target == source_;
  const bool is_change = op != "list";
  auto reply = co_await pool_->call_backend(std::move(target), std::move(op), std::move(request));
  if (reply && !is_change) redact_titles(*reply, *rules);  // for the ledger
  if (!reply || !is_change || !is_source) co_return reply;
  is_mirror_wanted_ = true;
  for (const auto& mirror : mirrors_) {
    if (fields.empty()) break;
    if (const auto kept = ledger_->record_mirror_write(mirror.id, id, fields, clock_->now()); !kept)
      log_->event(services::LogLevel::warn, "mirror.not_kept", {{"error", kept.error().message}});
  }
  co_return reply;
}

}  // namespace chela::app
