// Pays the outbox: tasks go to their backend, lines to whoever listens; what fails stays and is
// tried again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tasks/ledger.h"

namespace chela::heartbeat {

// One operation of the task backend `target` ("" = the default one): a document in, a document out.
using TaskBackend = std::function<boost::asio::awaitable<Result<json::value>>(
    std::string target, std::string op, json::value request)>;

// Takes one line for people; true once it is out.
using Say = std::function<bool(const std::string& line)>;

// What became of one message. not_found: no such notifier is on any more; invalid_argument: it will
// never be taken; anything else: tried again, where the service named a time not before that.
struct Told {
  Result<void> sent{};
  Timestamp not_before{};
};

// Hands one message (chela.notifier.message/1) to the notifier `target`.
using Notify = std::function<boost::asio::awaitable<Told>(std::string target, json::value message)>;

struct DispatchOutcome {
  int done = 0;
  std::vector<std::string> problems;  // one line per backend that could not be reached
  int waiting = 0;                    // rows that stay in the outbox
};

// Where owed effects go.
struct Outlets {
  const TaskBackend& backend;
  const Say& say;
  const Notify& notify;  // may be empty: what is owed to notifiers is said in plain lines
  // When a message may be sent, asked with `now` before and with the next try's time after a
  // failure; empty: at any time.
  std::function<Timestamp(const tasks::OutboxRow& row, Timestamp at)> not_before{};
  // Targets that another dispatch is sending to: left alone. May be null.
  std::set<std::string>* busy = nullptr;
  // Called once tasks and plain lines are paid, before messages are sent.
  std::function<void()> rows_are_paid{};
};

// Tries every row that is due, oldest first; after a failure the later rows of the same task wait.
// All operations are idempotent, so a row that was done but not crossed off before a crash may be
// done again. Messages go to their notifiers last, to all at once and to each one after the other,
// in order: a service that hangs holds up no task and no other notifier. `ledger` and the functions
// must outlive it.
boost::asio::awaitable<DispatchOutcome> dispatch(tasks::Ledger& ledger, Outlets outlets,
                                                 Timestamp now);

// The documents for one outbox row, in order; invalid_argument for a payload that is not ours.
//   create_task -> {"create", {"task":{..},"idempotency_key":".."}}
//   update_task -> {"update", {"id":"..","set":{..},"note":".."}}
struct BackendCall {
  std::string op;
  json::value request;
};
Result<BackendCall> backend_call(const tasks::OutboxRow& row);

}  // namespace chela::heartbeat
