// What a pair looks like after its operations, and the keys that tie its tasks together.
#include <algorithm>
#include <cstdint>

#include "tasks/mirror.h"

namespace chela::tasks {
namespace {

// How the task looks once `operation` is done, going by what was seen before it.
MirrorTask after(const MirrorOperation& operation, const MirrorReply& reply,
                 const std::optional<MirrorTask>& listed) {
  const bool is_create = operation.kind == MirrorOperation::Kind::create;
  if (is_create && reply.is_new) return reply.task;
  MirrorTask task = is_create || !listed ? reply.task : *listed;
  task.updated = reply.task.updated;
  // A create that found its task: what we sent is what both sides had in common.
  const auto take = [&](std::string& field, const std::optional<std::string>& sent,
                        const std::string& shown) {
    if (sent) field = is_create ? *sent : shown;
  };
  take(task.title, operation.title, reply.task.title);
  take(task.state, operation.state, reply.task.state);
  take(task.priority, operation.priority, reply.task.priority);
  take(task.needs, operation.needs, reply.task.needs);
  task.is_derived = reply.task.is_derived;
  if (is_create) task.notes.clear();
  if (!task.notes.empty() && task.notes.back() != '\n') task.notes += '\n';
  for (const auto& line : operation.notes) task.notes += line + "\n";
  return task;
}

}  // namespace

std::optional<MirrorPair> settle(const PairPlan& plan, const std::vector<MirrorReply>& replies) {
  if (replies.size() < plan.operations.size()) return plan.before;
  if (plan.is_dropped) return std::nullopt;
  auto source = plan.source;
  auto mirror = plan.mirror;
  MirrorPair pair;
  for (std::size_t i = 0; i < plan.operations.size(); ++i) {
    const auto& operation = plan.operations[i];
    auto& task = operation.side == Side::source ? source : mirror;
    task = after(operation, replies[i], task);
    if (operation.kind == MirrorOperation::Kind::create) pair.made = operation.side;
  }
  if (source && mirror) {
    pair.source = std::move(*source);
    pair.mirror = std::move(*mirror);
    return pair;
  }
  if (!plan.before) return std::nullopt;
  // What the side that is left shows has been carried nowhere yet, so the old pictures stay.
  pair = *plan.before;
  pair.written.reset();
  pair.missing = plan.missing;
  pair.missing_since = plan.missing_since;
  if (!plan.operations.empty()) {
    const auto left = source ? Side::source : Side::mirror;
    on(left, pair) = source ? *source : *mirror;
    on(other_side(left), pair).state = "cancelled";
  }
  return pair;
}

std::string key_for_mirror(std::string_view source_name, std::string_view task_id) {
  const auto is_sign = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool is_key = task_id.size() >= 6 && task_id.size() <= 64 &&
                      std::all_of(task_id.begin(), task_id.end(), is_sign) &&
                      std::any_of(task_id.begin(), task_id.end(), [](char c) { return c >= 'a'; });
  return is_key ? std::string(task_id) : mirror_key(source_name, task_id);
}

std::string mirror_key(std::string_view backend, std::string_view task_id) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a: the same on every machine, and for ever
  const auto add = [&](char byte) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  };
  for (const char byte : backend) add(byte);
  add('\0');
  for (const char byte : task_id) add(byte);
  std::string key;
  for (int i = 0; i < 12; ++i, hash >>= 5) key += "0123456789abcdefghjkmnpqrstvwxyz"[hash & 31U];
  return key;
}

}  // namespace chela::tasks
