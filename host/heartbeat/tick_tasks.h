// What a tick learns about our tasks from the backends that keep them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "heartbeat/alerts.h"
#include "heartbeat/tick_start.h"

namespace chela::heartbeat {

// Learns from the backends which of our open tasks a person has closed or removed meanwhile, and
// which tasks for what opens now are there already.
boost::asio::awaitable<void> refresh_tasks(TickContext& context, Start& start,
                                           const std::vector<AlertChanges>& changes);

// Closes the tasks that a person closed or removed, as soon as no open alert names them any more.
// Until then it may come back: a line that was cut is pasted elsewhere, a box is unticked.
void close_forgotten(const Start& start, tasks::TickRecord& record);

}  // namespace chela::heartbeat
