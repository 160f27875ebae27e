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

#include <cstring>
#include <map>

#include "services/one_at_a_time.h"
#include "services/secret_file.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

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

}  // namespace

struct Secrets::State {
  State(SecretSettings given, const Clock& its_clock)
      : settings(std::move(given)),
        clock(its_clock),
        memory(settings.cache),
        op(settings.programs, [this](std::string_view token) {
          if (settings.on_value) settings.on_value("op service account", token);
        }) {}

  static asio::awaitable<SecretOutcome> get(std::shared_ptr<State> state, SecretRef ref);
  static asio::awaitable<bool> retry_due(std::shared_ptr<State> state);
  static asio::awaitable<void> fly(std::shared_ptr<State> self, std::shared_ptr<Flight> flight,
                                   SecretRef ref);
  asio::awaitable<std::optional<SecretRead>> read_remote(std::shared_ptr<Flight> flight,
                                                         SecretRef ref);
  void settle(const SecretRef& ref, SecretRead read) {
    memory.settle(memory.entry_of(ref), std::move(read), clock.now(), settings.on_value);
  }
  class Landing;

  SecretSettings settings;
  const Clock& clock;
  SecretMemory memory;
  OnePassword op;
  OneAtATime door;                                         // one `op` at a time: each may prompt
  std::map<std::string, std::shared_ptr<Flight>> flights;  // by SecretRef::key
  bool is_closed = false;
};

// What came of it; nothing where it was not begun, because another reading of `op` has just said
// that a person is needed.
asio::awaitable<std::optional<SecretRead>> Secrets::State::read_remote(
    std::shared_ptr<Flight> flight, SecretRef ref) {
  if (ref.source == SecretSource::exec) {
    co_return co_await read_from_program(settings.programs, std::move(ref));
  }
  const auto inside = co_await door.enter();
  SecretRead none;
  none.failure = cancelled_read();
  if (is_closed || flight->is_unwanted()) co_return std::move(none);
  if (memory.may_not_read(memory.entry_of(ref), clock.now())) co_return std::nullopt;
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
    const auto found = state_.flights.find(key_);
    if (found != state_.flights.end() && found->second == flight_) state_.flights.erase(found);
    for (const auto& bell : flight_->bells) bell->cancel();
    flight_->bells.clear();
  }

 private:
  State& state_;
  std::shared_ptr<Flight> flight_;
  std::string key_;
};

asio::awaitable<void> Secrets::State::fly(std::shared_ptr<State> self,
                                          std::shared_ptr<Flight> flight, SecretRef ref) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const Landing landing(*self, flight, ref.key);
  auto read = co_await self->read_remote(flight, ref);
  if (self->is_closed) co_return;
  if (read) {
    self->settle(ref, std::move(*read));
  } else {
    self->memory.hold_back(self->memory.entry_of(ref), self->clock.now());
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
  const auto flights = state_->flights;  // one that ends at once leaves the list
  for (const auto& [key, flight] : flights) flight->stop.emit(asio::cancellation_type::terminal);
}

// The coroutines share the state, so that this may go before they have begun.
asio::awaitable<SecretOutcome> Secrets::get(SecretRef ref) {
  return State::get(state_, std::move(ref));
}

asio::awaitable<SecretOutcome> Secrets::State::get(std::shared_ptr<State> state, SecretRef ref) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto is_cancelled = [](const asio::cancellation_state& its) {
    return its.cancelled() != asio::cancellation_type::none;
  };
  SecretOutcome gone;
  gone.failure = cancelled_read();
  const auto before = co_await asio::this_coro::cancellation_state;
  if (state->is_closed || is_cancelled(before)) co_return gone;
  auto& memory = state->memory;
  SecretEntry& entry = memory.entry_of(ref);
  const auto now = state->clock.now();
  const auto move = memory.move_of(entry, now);
  if (move == CacheMove::use) co_return SecretMemory::value_of(entry);
  if (move == CacheMove::use_stale || move == CacheMove::refuse) {
    memory.hold_back(entry, now);
    co_return memory.outcome_of(entry, now);
  }
  if (is_local(ref.source)) {
    state->settle(ref, read_local(state->settings.programs, ref));
    co_return memory.outcome_of(entry, now);
  }
  const auto executor = co_await asio::this_coro::executor;
  auto& slot = state->flights[ref.key];
  const bool is_under_way = slot && !slot->is_unwanted();
  if (!is_under_way) slot = std::make_shared<Flight>();
  const auto flight = slot;
  const bool is_refresh = move == CacheMove::use_and_refresh;
  if (is_refresh) flight->goes_on_alone = true;
  // Before it begins, which may be at once: a reading that nobody waits for ends itself.
  const Seat seat(flight);
  if (!is_under_way) {
    // The handler owns the flight: asio touches its slot once more after the coroutine has ended.
    asio::co_spawn(
        executor, fly(state, flight, ref),
        asio::bind_cancellation_slot(flight->stop.slot(), [flight](const std::exception_ptr&) {}));
  }
  if (is_refresh) co_return SecretMemory::value_of(entry);

  const auto bell = std::make_shared<asio::steady_timer>(executor);
  bell->expires_at(asio::steady_timer::time_point::max());
  if (!flight->is_done) flight->bells.push_back(bell);
  while (!flight->is_done) {
    error_code ignored;
    co_await bell->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto meanwhile = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(meanwhile)) break;
  }
  if (!flight->is_done || state->is_closed) co_return gone;
  co_return memory.outcome_of(entry, state->clock.now());
}

bool Secrets::invalidate(const SecretRef& ref, std::uint64_t generation) {
  return state_->memory.invalidate(ref, generation);
}

void Secrets::retry_now() {
  state_->memory.retry_now();
}

std::vector<WaitingSecret> Secrets::waiting() const {
  return state_->memory.waiting(state_->clock.now());
}

std::optional<Timestamp> Secrets::next_retry() const {
  return state_->memory.next_retry(state_->clock.now());
}

asio::awaitable<bool> Secrets::retry_due() {
  return State::retry_due(state_);
}

asio::awaitable<bool> Secrets::State::retry_due(std::shared_ptr<State> state) {
  // Each may find that a person is still needed; get() then asks no more.
  auto refs = state->memory.waiting_refs();
  for (auto& ref : refs) co_await get(state, std::move(ref));
  co_return state->memory.waiting_refs().empty();
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
