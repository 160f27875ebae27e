// The part of the engine that plans notifiers and hands them their messages.
#include <algorithm>

#include "app/engine.h"
#include "heartbeat/silence.h"

namespace chela::app {

using boost::asio::awaitable;

// A notifier whose quiet hours cannot be told sends at any hour: better than never.
void Engine::plan_notifiers() {
  const auto severity_of = [](config::Level level) { return static_cast<tasks::Severity>(level); };
  static_assert(static_cast<int>(config::Level::crit) == static_cast<int>(tasks::Severity::crit));
  const auto text = ledger_->meta(kMetaNotifiers);
  const auto kept = parse_json(text && *text ? **text : "null");
  const json::value was_on = kept ? *kept : json::value();
  // One whose manifest is broken for a moment has not been turned off.
  for (const auto& problem : setup_->problems)
    if (const auto* since = find(was_on, problem.id)) notifiers_on_[problem.id] = *since;
  for (const auto& instance : setup_->instances) {
    if (instance.kind != config::Kind::notifier) continue;
    const config::NotifySettings& settings = instance.notify;
    heartbeat::NotifierRules rules;
    rules.id = instance.id;
    rules.since = since_when(was_on, instance.id);
    const auto usable = plugin::check_manifest(instance, setup_->registry, setup_->variables);
    if (!usable) {
      problems_.push_back({"notifier:" + instance.id, instance.id,
                           "no alert gets out by " + instance.id + ": " + usable.error().message});
    }
    rules.least = severity_of(settings.severity);
    rules.checks = settings.checks;
    rules.except = settings.except;
    rules.wants_recovered = settings.wants_recovered;
    rules.digest = settings.digest;
    if (settings.quiet_except) rules.quiet_except = severity_of(*settings.quiet_except);
    if (settings.quiet) {
      auto window = window_of(*settings.quiet);
      if (window) {
        rules.quiet = std::move(*window);
      } else {
        problems_.push_back(
            {"quiet:" + instance.id, "", instance.id + ": quiet hours: " + window.error().message});
      }
    }
    notifiers_on_[instance.id] = rules.since.time_since_epoch().count();
    notifiers_.push_back(std::move(rules));
  }
}

// Which notifiers are on since when, kept by who ticks. One that is new is not left alone for the
// troubles of another that had its name.
void Engine::keep_notifiers() {
  const auto text = ledger_->meta(kMetaNotifiers);
  if (!text) return;  // it is tried again in the next tick
  const std::string now_on = json::serialize(notifiers_on_);
  if (*text == now_on) return;
  const auto kept = parse_json(*text ? **text : "null");
  for (const auto& rules : notifiers_) {
    if (*text && kept && find(*kept, rules.id) == nullptr)
      (void)heartbeat::try_again(*ledger_, rules.id, clock_->now());
  }
  (void)ledger_->set_meta(kMetaNotifiers, now_on);
}

Timestamp Engine::since_when(const json::value& was_on, const std::string& id) const {
  // A ledger that was never asked knows of none: each was on before.
  if (!was_on.is_object()) return {};
  const Timestamp now = clock_->now();
  const Timestamp since{Duration(get_int(was_on, id, now.time_since_epoch().count()))};
  return std::min(since, now);
}

// One message of the outbox. What the notifier wants printed is printed where lines always are.
awaitable<heartbeat::Told> Engine::tell_notifier(std::string target, json::value message,
                                                 heartbeat::Say say, std::shared_ptr<Engine> keep) {
  static_cast<void>(keep);  // held by this frame, which may outlive the daemon's own hold
  const std::string id = get_string(message, "message_id");
  std::string to = target;
  heartbeat::Told told;
  const auto delivered =
      co_await pool_->notify(std::move(to), std::move(message), &told.not_before);
  if (!delivered) {
    log_->event(services::LogLevel::warn, "notify.failed",
                {{"id", target}, {"message", id}, {"error", delivered.error().message}});
    told.sent = fail(delivered.error());
    co_return told;
  }
  for (const auto& line : delivered->lines) say(line);
  log_->event(services::LogLevel::info, "notify.sent",
              {{"id", target}, {"message", id}, {"answer", delivered->answer}});
  co_return told;
}

awaitable<Result<Pool::Delivered>> Engine::notify(std::string target, json::value message) {
  CHELA_CO_TRY(read_quarantines());
  const std::string id = target;
  auto sent = co_await pool_->notify(std::move(target), std::move(message));
  // It works again, for all that it is owed. Where that cannot be kept the message is sent all the
  // same, and the others wait for their time.
  if (sent) (void)heartbeat::try_again(*ledger_, id, clock_->now());
  co_return sent;
}

}  // namespace chela::app
