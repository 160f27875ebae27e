#include "services/secrets.h"

#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <map>

#include "services/one_at_a_time.h"
#include "services/secret_file.h"
#include "services/secret_op_text.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

SecretFailure cancelled() {
  return {SecretCause::cancelled, "wait", "the wait was cancelled", ""};
}

bool is_local(SecretSource source) {
  return source == SecretSource::env || source == SecretSource::file ||
         source == SecretSource::cred;
}

bool needs_human(const std::optional<SecretFailure>& failure) {
  return failure && state_of(failure->cause) == SecretState::needs_human;
}

SecretRead read_variable(const SecretEnv& env, const std::string& name) {
  SecretRead read;
  auto value = env(name);
  if (!value || value->empty()) {
    read.failure = SecretFailure{SecretCause::not_found, "look up the variable",
                                 name + (value ? " is empty" : " is not set"),
                                 "set it in chela's environment"};
  } else {
    read.steps.push_back({"look up the variable", name + " is set"});
    read.value = SecretString::copy_of(*value);
    wipe(*value);
    read.failure = judge_value(read.value, "look at the value");
  }
  if (read.failure) read.steps.push_back({read.failure->step, read.failure->message, false});
  return read;
}

SecretRead read_local(const SecretPrograms& programs, const SecretRef& ref) {
  if (ref.source == SecretSource::env) return read_variable(programs.env, ref.name);
  if (ref.source == SecretSource::cred) {
    return read_credential(programs.env, ref.name, programs.owners);
  }
  return read_secret_file(ref.name, ref.pointer, FileUse::secret, programs.owners);
}

// One reading under way, and who waits for it.
struct Flight {
  std::vector<std::shared_ptr<asio::steady_timer>> bells;  // never expire; cancelling one rings it
  asio::cancellation_signal stop;
  int waiting = 0;
  bool goes_on_alone = false;  // a refresh, which nobody waits for
  bool is_done = false;
  bool is_unwanted() const { return waiting == 0 && !goes_on_alone; }
};

// What is known of one reference.
struct Entry {
  SecretRef ref;
  std::shared_ptr<const SecretString> value;
  std::uint64_t generation = 0;
  std::uint64_t doubted_generation = 0;
  Timestamp read_at{};
  bool is_doubted = false;
  Patience patience;
  std::optional<SecretFailure> failure;  // of the last read
  std::vector<SecretStep> steps;         // of the last read
  Timestamp waiting_since{};
  std::shared_ptr<Flight> flight;
};

}  // namespace

struct Secrets::State {
  State(SecretSettings given, const Clock& its_clock)
      : settings(std::move(given)),
        clock(its_clock),
        op(settings.programs,
           [this](std::string_view token) { tell("op service account", token); }) {}

  void tell(std::string_view name, std::string_view value) const {
    if (settings.on_value) settings.on_value(name, value);
  }
  bool is_held_back_now(const Entry& entry, Timestamp now) const;
  CacheEntry facts_of(const Entry& entry, Timestamp now) const;
  SecretOutcome value_outcome(const Entry& entry) const;
  SecretOutcome failure_outcome(const Entry& entry) const;
  SecretOutcome outcome_after_read(const Entry& entry) const;
  void settle(Entry& entry, SecretRead read);
  void settle_failure(Entry& entry, SecretFailure failure);
  void hold_back(Entry& entry) const;
  void op_answers();
  static asio::awaitable<SecretOutcome> get(std::shared_ptr<State> state, SecretRef ref);
  static asio::awaitable<bool> retry_due(std::shared_ptr<State> state);
  bool is_anybody_waiting() const;
  class Landing;
  static asio::awaitable<void> fly(std::shared_ptr<State> self, std::shared_ptr<Flight> flight,
                                   std::string key);
  asio::awaitable<std::optional<SecretRead>> read_remote(std::shared_ptr<Flight> flight,
                                                         std::string key);

  SecretSettings settings;
  const Clock& clock;
  OnePassword op;
  OneAtATime door;  // one `op` at a time: each may prompt
  Patience op_patience;
  std::optional<SecretFailure> op_failure;  // what holds all of `op` back
  std::map<std::string, Entry> entries;     // by SecretRef::key; nodes stay where they are
  std::uint64_t last_generation = 0;
  bool is_closed = false;
};

bool Secrets::State::is_held_back_now(const Entry& entry, Timestamp now) const {
  if (is_local(entry.ref.source)) return false;
  if (entry.ref.source == SecretSource::op && is_held_back(op_patience, now)) return true;
  return is_held_back(entry.patience, now);
}

CacheEntry Secrets::State::facts_of(const Entry& entry, Timestamp now) const {
  return {entry.value != nullptr, entry.read_at, entry.is_doubted, is_held_back_now(entry, now)};
}

SecretOutcome Secrets::State::value_outcome(const Entry& entry) const {
  SecretOutcome outcome;
  outcome.value = entry.value;
  outcome.generation = entry.generation;
  outcome.steps = entry.steps;
  return outcome;
}

SecretOutcome Secrets::State::failure_outcome(const Entry& entry) const {
  SecretOutcome outcome;
  outcome.failure = entry.failure;
  outcome.steps = entry.steps;
  const bool is_op = entry.ref.source == SecretSource::op;
  if (is_op && op_failure && is_held_back(op_patience, clock.now())) {
    outcome.failure = op_failure;
    outcome.steps = {{op_failure->step, op_failure->message, false}};
  }
  if (!outcome.failure) outcome.failure = cancelled();
  return outcome;
}

// A read that failed leaves the last good value in use as long as that may be.
SecretOutcome Secrets::State::outcome_after_read(const Entry& entry) const {
  if (!entry.failure && entry.value) return value_outcome(entry);
  SecretOutcome outcome = failure_outcome(entry);
  const auto now = clock.now();
  const auto times = times_of(entry.ref.source, settings.cache);
  if (!is_usable_stale(facts_of(entry, now), times, now)) return outcome;
  outcome.value = entry.value;
  outcome.generation = entry.generation;
  outcome.is_stale = true;
  return outcome;
}

void Secrets::State::settle(Entry& entry, SecretRead read) {
  if (read.failure && read.failure->cause == SecretCause::cancelled) return;
  entry.steps = std::move(read.steps);
  if (read.failure) return settle_failure(entry, std::move(*read.failure));
  const bool is_new = !entry.value || entry.value->view() != read.value.view();
  if (is_new) {
    // First the redactor, then everybody else.
    tell(to_string(entry.ref), read.value.view());
    entry.value = std::make_shared<const SecretString>(std::move(read.value));
    entry.generation = ++last_generation;
  }
  entry.read_at = clock.now();
  entry.is_doubted = false;
  entry.failure.reset();
  entry.patience = {};
  if (entry.ref.source == SecretSource::op) op_answers();
}

// It is not locked, so what held others back is over.
void Secrets::State::op_answers() {
  op_patience = {};
  op_failure.reset();
  for (auto& [key, other] : entries) {
    if (other.ref.source != SecretSource::op || !other.failure) continue;
    if (!concerns_all_of_op(*other.failure)) continue;
    other.failure.reset();
    other.patience = {};
  }
}

// Says of a reference what holds all of `op` back.
void Secrets::State::hold_back(Entry& entry) const {
  if (entry.ref.source != SecretSource::op || !op_failure) return;
  if (!needs_human(entry.failure)) entry.waiting_since = clock.now();
  entry.failure = op_failure;
  entry.steps = {{op_failure->step, op_failure->message, false}};
}

void Secrets::State::settle_failure(Entry& entry, SecretFailure failure) {
  const auto now = clock.now();
  if (!needs_human(entry.failure)) entry.waiting_since = now;
  if (entry.ref.source == SecretSource::op && concerns_all_of_op(failure)) {
    op_patience = after_failure(op_patience, failure, now);
    op_failure = failure;
  } else {
    entry.patience = after_failure(entry.patience, failure, now);
    if (entry.ref.source == SecretSource::op && state_of(failure.cause) == SecretState::config)
      op_answers();
  }
  // A local value counts as long as it is there.
  if (is_local(entry.ref.source)) entry.value.reset();
  entry.failure = std::move(failure);
}

// What came of it; nothing where it was not begun, because another reading of `op` has just said
// that a person is needed.
asio::awaitable<std::optional<SecretRead>> Secrets::State::read_remote(
    std::shared_ptr<Flight> flight, std::string key) {
  const SecretRef ref = entries.at(key).ref;
  if (ref.source == SecretSource::exec) {
    SecretRef its = ref;
    co_return co_await read_from_program(settings.programs, std::move(its));
  }
  const auto inside = co_await door.enter();
  SecretRead none;
  none.failure = cancelled();
  if (is_closed || flight->is_unwanted()) co_return std::move(none);
  if (is_held_back_now(entries.at(key), clock.now())) co_return std::nullopt;
  co_return co_await op.read(ref.name);
}

// The end of a reading, also where its loop goes away under it: nothing of that loop stays behind.
class Secrets::State::Landing {
 public:
  Landing(State& state, std::shared_ptr<Flight> flight, std::string key)
      : state_(state), flight_(std::move(flight)), key_(std::move(key)) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    flight_->is_done = true;
    auto& entry = state_.entries.at(key_);
    if (entry.flight == flight_) entry.flight.reset();
    for (const auto& bell : flight_->bells) bell->cancel();
    flight_->bells.clear();
  }

 private:
  State& state_;
  std::shared_ptr<Flight> flight_;
  std::string key_;
};

asio::awaitable<void> Secrets::State::fly(std::shared_ptr<State> self,
                                          std::shared_ptr<Flight> flight, std::string key) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const Landing landing(*self, flight, key);
  auto read = co_await self->read_remote(flight, key);
  if (self->is_closed) co_return;
  Entry& entry = self->entries.at(key);
  if (read) {
    self->settle(entry, std::move(*read));
  } else {
    self->hold_back(entry);
  }
}

namespace {

// Being one of those who wait; the last one who leaves early ends the reading.
class Seat {
 public:
  explicit Seat(std::shared_ptr<Flight> flight) : flight_(std::move(flight)) { ++flight_->waiting; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    --flight_->waiting;
    if (!flight_->is_done && flight_->is_unwanted())
      flight_->stop.emit(asio::cancellation_type::terminal);
  }

 private:
  std::shared_ptr<Flight> flight_;
};

}  // namespace

Secrets::Secrets(SecretSettings settings, const Clock& clock)
    : state_(std::make_shared<State>(std::move(settings), clock)) {}

Secrets::~Secrets() {
  state_->is_closed = true;
  state_->settings.on_value = nullptr;
  for (auto& [key, entry] : state_->entries) {
    if (const auto flight = entry.flight; flight && !flight->is_done)
      flight->stop.emit(asio::cancellation_type::terminal);
  }
}

// The coroutines share the state, so that this may go before they have begun.
asio::awaitable<SecretOutcome> Secrets::get(SecretRef ref) {
  return State::get(state_, std::move(ref));
}

asio::awaitable<SecretOutcome> Secrets::State::get(std::shared_ptr<State> state, SecretRef ref) {
  co_await asio::this_coro::throw_if_cancelled(false);
  SecretOutcome gone;
  gone.failure = cancelled();
  if (state->is_closed) co_return gone;
  Entry& entry = state->entries.try_emplace(ref.key).first->second;
  if (entry.ref.key.empty()) entry.ref = ref;
  const auto now = state->clock.now();
  const auto times = times_of(ref.source, state->settings.cache);
  const auto move = decide(state->facts_of(entry, now), times, now);
  if (move == CacheMove::use) co_return state->value_outcome(entry);
  if (move == CacheMove::use_stale || move == CacheMove::refuse) {
    if (is_held_back(state->op_patience, now)) state->hold_back(entry);
    co_return state->outcome_after_read(entry);
  }
  if (is_local(ref.source)) {
    state->settle(entry, read_local(state->settings.programs, ref));
    co_return state->outcome_after_read(entry);
  }
  const auto executor = co_await asio::this_coro::executor;
  const bool is_refresh = move == CacheMove::use_and_refresh;
  const bool is_under_way = entry.flight && !entry.flight->is_unwanted();
  if (!is_under_way) entry.flight = std::make_shared<Flight>();
  const auto flight = entry.flight;
  if (is_refresh) flight->goes_on_alone = true;
  // Before it begins, which may be at once: a reading that nobody waits for ends itself.
  const Seat seat(flight);
  if (!is_under_way) {
    asio::co_spawn(executor, State::fly(state, flight, ref.key),
                   asio::bind_cancellation_slot(flight->stop.slot(), asio::detached));
  }
  if (is_refresh) co_return state->value_outcome(entry);

  const auto bell = std::make_shared<asio::steady_timer>(executor);
  bell->expires_at(asio::steady_timer::time_point::max());
  flight->bells.push_back(bell);
  while (!flight->is_done) {
    error_code ignored;
    co_await bell->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) break;
  }
  if (!flight->is_done || state->is_closed) co_return gone;
  co_return state->outcome_after_read(entry);
}

bool Secrets::invalidate(const SecretRef& ref, std::uint64_t generation) {
  const auto found = state_->entries.find(ref.key);
  if (found == state_->entries.end() || !found->second.value) return false;
  Entry& entry = found->second;
  if (entry.generation != generation) return true;  // it has been read again meanwhile
  // Until it has been read again, or could not be, everybody who used it may wait for that.
  if (entry.doubted_generation == generation) return entry.is_doubted && !entry.failure;
  entry.doubted_generation = generation;
  entry.is_doubted = true;
  return true;
}

void Secrets::retry_now() {
  state_->op_patience = {};
  for (auto& [key, entry] : state_->entries) entry.patience = {};
}

std::vector<WaitingSecret> Secrets::waiting() const {
  std::vector<WaitingSecret> list;
  const auto now = state_->clock.now();
  for (const auto& [key, entry] : state_->entries) {
    if (!needs_human(entry.failure)) continue;
    const auto times = times_of(entry.ref.source, state_->settings.cache);
    list.push_back({to_string(entry.ref), entry.failure->cause, entry.failure->message,
                    entry.waiting_since, unlock_command(entry.failure->cause),
                    is_usable_stale(state_->facts_of(entry, now), times, now)});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.since < b.since; });
  return list;
}

std::optional<Timestamp> Secrets::next_retry() const {
  if (!state_->is_anybody_waiting()) return std::nullopt;
  const auto now = state_->clock.now();
  return is_held_back(state_->op_patience, now) ? next_try(state_->op_patience) : now;
}

asio::awaitable<bool> Secrets::retry_due() {
  return State::retry_due(state_);
}

bool Secrets::State::is_anybody_waiting() const {
  return std::any_of(entries.begin(), entries.end(),
                     [](const auto& one) { return needs_human(one.second.failure); });
}

asio::awaitable<bool> Secrets::State::retry_due(std::shared_ptr<State> state) {
  std::vector<SecretRef> refs;
  for (const auto& [key, entry] : state->entries) {
    if (needs_human(entry.failure)) refs.push_back(entry.ref);
  }
  for (auto& ref : refs) {
    if (state->is_closed || is_held_back(state->op_patience, state->clock.now())) break;
    co_await get(state, std::move(ref));
  }
  co_return !state->is_anybody_waiting();
}

asio::awaitable<Result<std::shared_ptr<const SecretString>>> value_of(Secrets& secrets,
                                                                      SecretRef ref) {
  const std::string reference = to_string(ref);
  const SecretOutcome outcome = co_await secrets.get(std::move(ref));
  if (outcome.ok()) co_return outcome.value;
  co_return fail(to_error(reference, *outcome.failure));
}

SecretSettings secret_settings_of_process() {
  SecretSettings settings;
  settings.programs.env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = ::secure_getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    const char* end = std::strchr(*variable, '=');
    const std::string name(*variable,
                           end == nullptr ? 0 : static_cast<std::size_t>(end - *variable));
    if (name.starts_with("OP_")) settings.programs.op_variables.push_back(name);
  }
  settings.programs.token_files = {"~/.config/chela/op-token",
                                   "~/.openclaw/credentials/onepassword/service-account-token"};
  settings.programs.owners = {::geteuid()};
  if (const char* sudo = ::geteuid() == 0 ? ::secure_getenv("SUDO_UID") : nullptr) {
    settings.programs.owners.push_back(static_cast<uid_t>(std::strtoul(sudo, nullptr, 10)));
  }
  return settings;
}

}  // namespace chela::services
