#include "services/http_deadlines.h"

namespace chela::services {

HttpLimit next_limit(const HttpDeadlines& deadlines, const HttpProgress& progress) {
  HttpLimit nearest;
  const auto offer = [&](HttpProgress::Time from, Duration span, HttpFailure kind) {
    if (span <= Duration(0) || from + span >= nearest.until) return;
    nearest = {from + span, kind};
  };
  offer(progress.began, deadlines.total, HttpFailure::total_timeout);
  if (progress.last_byte) {
    if (!progress.is_paused) {
      offer(*progress.last_byte, deadlines.idle, HttpFailure::idle_timeout);
    }
    return nearest;
  }
  if (progress.connected) {
    offer(*progress.connected, deadlines.first_byte, HttpFailure::first_byte_timeout);
    return nearest;
  }
  offer(progress.leg_began, deadlines.connect, HttpFailure::connect_timeout);
  return nearest;
}

std::string describe_timeout(HttpFailure kind, const HttpDeadlines& deadlines) {
  switch (kind) {
    case HttpFailure::connect_timeout:
      return "no connection within " + format_duration(deadlines.connect);
    case HttpFailure::first_byte_timeout:
      return "connected, but no answer began within " + format_duration(deadlines.first_byte);
    case HttpFailure::idle_timeout:
      return "the answer began, then nothing came for " + format_duration(deadlines.idle);
    default:
      return "the exchange was not over within " + format_duration(deadlines.total);
  }
}

}  // namespace chela::services
